package main

import (
	"fmt"
	"strings"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// cpu is what LLVM calls a CPU, and how many accesses to the first-level cache it begins
// in a cycle, as its maker says: of vectors of up to 32 bytes, and of 64 bytes.
type cpu struct {
	name, title   string
	loads, stores ports
}

type ports struct{ narrow, wide float64 }

var cpus = []cpu{
	{"skylake-avx512", "Skylake-X", ports{2, 2}, ports{1, 1}},
	{"icelake-server", "Ice Lake", ports{2, 2}, ports{2, 1}},
	{"sapphirerapids", "Sapphire Rapids", ports{3, 2}, ports{2, 1}},
	{"znver4", "Zen 4", ports{2, 1}, ports{1, 0.5}},
}

// cycles is the least that accesses take. A 64-byte access takes its share of the ports,
// and narrow ones have the rest.
func (p ports) cycles(a accesses) float64 {
	return float64(a.narrow)/p.narrow + float64(a.wide)/p.wide
}

// limit is the least that a turn takes for its loads and stores alone.
func (c cpu) limit(l loop) float64 { return max(c.loads.cycles(l.loads), c.stores.cycles(l.stores)) }

const header = `<!-- Written by go run ./scripts/model >docs/model.md. Do not edit. -->

# What the kernels' main loops should take

Cycles for 64 bytes of output, the operands being in the first-level cache, as llvm-mca of
%s predicts them from the machine code. In brackets is the limit of the ports that load
and store, whichever is greater; it counts accesses, by what the CPU's maker says of them:

| CPU | loads a cycle, to 32 bytes | of 64 bytes | stores a cycle, to 32 bytes | of 64 bytes |
|---|---|---|---|---|
`

const legend = `
A cell is AVX2, AVX-512, and how many times as fast AVX-512 is in cycles, each taken as
no less than its limit. The clock is another matter: [performance.md](performance.md) says
which CPUs lower theirs. Where AVX-512 has no kernel of its own, AVX2's serves; tiles of whole
lines (tvw, ttw) and an out at a stride (2vv, 222, 22c and so on, whose output includes what lies
between) have kernels of AVX-512 alone. Stores past
the caches (patterns that end in n) wait for memory, of which this knows nothing.

`

const why = `
They are kept, because kernels are chosen by level and, but for some rows on two CPUs, not by CPU, for the mean of what they
gain on these CPUs: %s. [The measurements](measurements/2026-11-23-zen5.md#avx-512-against-avx2)
say what each of them waits for, what was tried, and what they gain where they were measured.
`

// table writes the document.
func table(version string, known []cpu, loops map[string]loop, times map[string]map[string]float64) string {
	var s strings.Builder
	fmt.Fprintf(&s, header, version)
	for _, c := range known {
		fmt.Fprintf(&s, "| %s (`%s`) | %g | %g | %g | %g |\n", c.title, c.name, c.loads.narrow, c.loads.wide, c.stores.narrow, c.stores.wide)
	}
	s.WriteString(legend)
	s.WriteString("| rule | pattern |")
	for _, c := range known {
		fmt.Fprintf(&s, " %s |", c.title)
	}
	s.WriteString("\n|---|---|" + strings.Repeat("---|", len(known)) + "\n")

	slower := map[string][]string{}
	var kept []string
	for _, id := range sortedKeys(loops) {
		name, isLower := strings.CutSuffix(id, "-"+kernel.AVX2.String())
		wide := name + "-" + kernel.AVX512.String()
		if !isLower { // a kernel that only AVX-512 has gets a row of its own
			if name = strings.TrimSuffix(id, "-"+kernel.AVX512.String()); hasKey(loops, name+"-"+kernel.AVX2.String()) {
				continue
			}
			wide = id
		}
		parts := strings.Split(name, "-")
		fmt.Fprintf(&s, "| %s | %s |", parts[0], parts[len(parts)-1])
		mean, behind := 0.0, false
		for _, c := range known {
			var cells []string
			var expected []float64
			for _, id := range []string{name + "-" + kernel.AVX2.String(), wide} {
				l, ok := loops[id]
				if !ok {
					continue
				}
				scale := 64 / float64(l.out)
				cells = append(cells, fmt.Sprintf("%.2f (%.2f)", times[c.name][id]*scale, c.limit(l)*scale))
				expected = append(expected, max(times[c.name][id], c.limit(l))*scale)
			}
			if len(expected) == 2 {
				gain := expected[0] / expected[1]
				cells = append(cells, fmt.Sprintf("%.1f", gain))
				mean += gain / float64(len(known))
				if gain < 0.995 {
					behind = true
					slower[c.title] = append(slower[c.title], fmt.Sprintf("%s-%s %.2f", parts[0], parts[len(parts)-1], gain))
				}
			}
			s.WriteString(" " + strings.Join(cells, ", ") + " |")
		}
		s.WriteString("\n")
		if behind {
			kept = append(kept, fmt.Sprintf("%s-%s %.2f", parts[0], parts[len(parts)-1], mean))
		}
	}
	s.WriteString("\nSlower at AVX-512, by this model:\n\n")
	for _, c := range known {
		list := strings.Join(slower[c.title], ", ")
		if list == "" {
			list = "none"
		}
		fmt.Fprintf(&s, "- %s: %s\n", c.title, list)
	}
	if len(kept) > 0 {
		fmt.Fprintf(&s, why, strings.Join(kept, ", "))
	}
	return s.String()
}

func hasKey[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}
