package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hadamard-go/hadamard/broadcast"
)

// describe says what was multiplied, by what and how fast.
func describe(p *product, path, format string, size int) string {
	var s strings.Builder
	t := tabwriter.NewWriter(&s, 0, 0, 2, ' ', 0)
	bytes := size
	for _, in := range p.all() {
		a := &in.array
		bytes += in.bytes()
		fmt.Fprintf(t, "read    \t%s\t%s\t%s\t%s\t%s\n", in.name, in.format, a.DType, broadcast.FormatShape(a.Shape), in.layout())
	}
	order := "C order"
	if p.fortran {
		order = "Fortran order"
	}
	fmt.Fprintf(t, "write   \t%s\t%s\t%s\t%s\t%s\n", path, format, p.dtype, broadcast.FormatShape(p.shape), order)
	t.Flush()

	verb := "multiply"
	if len(p.inputs) == 1 {
		verb = "convert "
	}
	fmt.Fprintf(&s, "%s  %s\n", verb, p.plan())
	fmt.Fprintf(&s, "moved     %s of operands and product in %s of %s\n", decimalSize(int64(bytes)), count(p.blocks, "block"), decimalSize(int64(min(size, p.limit()))))
	fmt.Fprintf(&s, "took      %s multiplying, %s with writing\n", rate(bytes, p.multiply), rate(bytes, p.total))
	return s.String()
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// rate writes a time and the GB/s (10⁹ bytes per second) that it means.
func rate(bytes int, d time.Duration) string {
	if d <= 0 || bytes == 0 {
		return round(d).String()
	}
	return fmt.Sprintf("%s (%.2f GB/s)", round(d), float64(bytes)/float64(d.Nanoseconds()))
}

// round keeps three digits or so.
func round(d time.Duration) time.Duration {
	for unit := time.Second; unit > time.Nanosecond; unit /= 10 {
		if d >= 10*unit {
			return d.Round(unit / 10)
		}
	}
	return d
}

// decimalSize writes bytes in powers of 1000.
func decimalSize(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	x := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		if x /= 1000; x < 999.5 || unit == "TB" {
			return fmt.Sprintf("%.3g %s", x, unit)
		}
	}
	return ""
}
