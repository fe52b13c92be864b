package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/hadamard-go/hadamard/runtime"
)

// Measurement is what came out of running a case.
type Measurement struct {
	NsPerCall float64 // of the fastest batch
	MedianNs  float64
	Check     float64 // of the result after one call
}

const (
	maxCalls     = 1 << 24 // in a batch
	quickRepeats = 3
)

// Measure runs a case that the library supports, by the protocol of the file,
// or with few repeats if it is to be quick.
func (c *Case) Measure(ctx context.Context, quick bool) (Measurement, error) {
	m, err := dtypes[c.Out.DType].measure(ctx, c, quick)
	if err != nil {
		return m, fmt.Errorf("case %q: %w", c.Name, err)
	}
	return m, nil
}

func (d dtype[T]) measure(ctx context.Context, c *Case, quick bool) (m Measurement, err error) {
	var in []runtime.Array[T]
	var buffers [][]T
	for i := range c.Inputs {
		o := &c.Inputs[i]
		buf, free, err := alloc[T](o.BufLen)
		if err != nil {
			return m, err
		}
		defer free()
		d.fill(o, buf)
		x, err := runtime.View(buf, o.Offset, o.Shape, o.Strides)
		if err != nil {
			return m, err
		}
		in, buffers = append(in, x), append(buffers, buf)
	}
	var result []T
	if c.InplaceOf != nil {
		result = buffers[*c.InplaceOf]
	} else {
		var free func()
		if result, free, err = alloc[T](c.Out.BufLen); err != nil {
			return m, err
		}
		defer free()
		clear(result) // also touches every page
	}
	out, err := runtime.View(result, c.Out.Offset, c.Out.Shape, c.Out.Strides)
	if err != nil {
		return m, err
	}

	if err := multiply(1, out, in); err != nil {
		return m, err
	}
	m.Check = d.check(&c.Out, result)

	batch := func(calls int) (ns float64, err error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start := time.Now()
		err = multiply(calls, out, in)
		return float64(time.Since(start)), err
	}
	calls := 1
	for {
		ns, err := batch(calls)
		if err != nil {
			return m, err
		}
		if ns >= c.BatchNs || calls >= maxCalls {
			break
		}
		calls *= 2
	}
	times := make([]float64, c.Repeats)
	if quick {
		times = make([]float64, quickRepeats)
	}
	for i := range times {
		ns, err := batch(calls)
		if err != nil {
			return m, err
		}
		times[i] = ns / float64(calls)
	}
	slices.Sort(times)
	m.NsPerCall, m.MedianNs = times[0], times[len(times)/2]
	return m, nil
}

// multiply calls the library n times, as a program that has these views would.
func multiply[T runtime.Element](n int, out runtime.Array[T], in []runtime.Array[T]) error {
	for range n {
		var err error
		if len(in) == 2 {
			err = runtime.MultiplyTo(out, in[0], in[1])
		} else {
			err = runtime.Product(out, in...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Print writes a measurement as the drivers of other libraries do: one JSON
// object on a line.
func Print(w io.Writer, c *Case, peer string, m Measurement) error {
	names := make([]string, 2)
	for i, name := range []string{c.Name, peer} {
		text, err := json.Marshal(name)
		if err != nil {
			return err
		}
		names[i] = string(text)
	}
	_, err := fmt.Fprintf(w, `{"case": %s, "peer": %s, "ns_per_call": %.2f, "gb_per_s": %.3f, "elements": %d, "med_ns": %.2f, "check": %v}`+"\n",
		names[0], names[1], m.NsPerCall, float64(c.Bytes)/m.NsPerCall, c.Elements, m.MedianNs, m.Check)
	return err
}
