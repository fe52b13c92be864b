package bench

import (
	"context"
	"fmt"
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

// Options say how a case is run.
type Options struct {
	Planned bool // two operands by a Plan, which is made before the clock starts
	Plain   bool // by loops in Go instead of the library
	Quick   bool // few repeats, instead of what the protocol of the file asks for
}

// Measure runs a case that the library supports, by the protocol of the file.
func (c *Case) Measure(ctx context.Context, o Options) (Measurement, error) {
	m, err := dtypes[c.Out.DType].measure(ctx, c, o)
	if err != nil {
		return m, fmt.Errorf("case %q: %w", c.Name, err)
	}
	return m, nil
}

func (d dtype[T]) measure(ctx context.Context, c *Case, how Options) (m Measurement, err error) {
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

	var multiply interface{ times(n int) error }
	if how.Plain {
		multiply = newLoops(c, d.rows, result, buffers)
	} else if multiply, err = newMultiplier(how.Planned, out, in); err != nil {
		return m, err
	}
	if err := multiply.times(1); err != nil {
		return m, err
	}
	m.Check = d.check(&c.Out, result)

	batch := func(calls int) (ns float64, err error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start := time.Now()
		err = multiply.times(calls)
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
	if how.Quick {
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

// multiplier multiplies the same views again and again: as a program does that has
// them, or, with a plan, as one that made it beforehand.
type multiplier[T runtime.Element] struct {
	out  runtime.Array[T]
	in   []runtime.Array[T]
	plan *runtime.Plan[T]
}

func newMultiplier[T runtime.Element](planned bool, out runtime.Array[T], in []runtime.Array[T]) (m *multiplier[T], err error) {
	m = &multiplier[T]{out: out, in: in}
	if planned && len(in) == 2 {
		m.plan, err = runtime.NewPlan(out, in[0], in[1])
	}
	return m, err
}

// times calls the library n times.
func (m *multiplier[T]) times(n int) error {
	for range n {
		var err error
		switch {
		case m.plan != nil:
			err = m.plan.Run()
		case len(m.in) == 2:
			err = runtime.MultiplyTo(m.out, m.in[0], m.in[1])
		default:
			err = runtime.Product(m.out, m.in...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
