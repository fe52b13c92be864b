package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
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
	Planned bool // two operands, those of several dtypes, or under a mask, by a Plan, which is made before the clock starts
	Plain   bool // by loops in Go instead of the library
	Quick   bool // few repeats, instead of what the protocol of the file asks for
}

// Measure runs a case by the protocol of the file.
func (c *Case) Measure(ctx context.Context, o Options) (Measurement, error) {
	m, err := c.measure(ctx, o)
	if err != nil {
		return m, fmt.Errorf("case %q: %w", c.Name, err)
	}
	return m, nil
}

func (c *Case) measure(ctx context.Context, how Options) (m Measurement, err error) {
	var in []ndarray.Array
	var buffers []any
	for i := range c.Inputs {
		o := &c.Inputs[i]
		d := dtypes[o.DType]
		buf, free, err := d.buffer(o)
		if err != nil {
			return m, err
		}
		defer free()
		d.fill(o, buf)
		x, err := d.view(o, buf)
		if err != nil {
			return m, err
		}
		in, buffers = append(in, x), append(buffers, buf)
	}
	var result any
	d := dtypes[c.Out.DType]
	if c.InplaceOf != nil {
		result = buffers[*c.InplaceOf]
	} else {
		var free func()
		if result, free, err = d.buffer(&c.Out); err != nil {
			return m, err
		}
		defer free()
	}
	out, err := d.view(&c.Out, result)
	if err != nil {
		return m, err
	}

	var multiply multiplier
	if how.Plain {
		multiply = d.loops(c, result, buffers)
	} else if multiply, err = c.calls(how.Planned, out, in); err != nil {
		return m, err
	}
	if err := multiply.times(1); err != nil {
		return m, err
	}
	if m.Check, err = d.check(out); err != nil {
		return m, err
	}

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

// multiplier multiplies the same views again and again.
type multiplier interface{ times(n int) error }

// calls returns what multiplies by the library: as a program does that has the views, or, with a
// plan, as one that made it beforehand.
func (c *Case) calls(planned bool, out ndarray.Array, in []ndarray.Array) (multiplier, error) {
	var mask ndarray.Array
	if c.Op == maskedOp {
		in, mask = in[:2], in[2]
	}
	differs := func(x ndarray.Array) bool { return x.DType() != out.DType() }
	if planned && c.Op == maskedOp || slices.ContainsFunc(in, differs) { // package runtime has no plan of a mask
		m := &mixed{how: ndarray.Options{Where: mask}, out: out, in: in}
		var err error
		if planned {
			m.plan, err = m.how.NewPlan(out, in...)
		}
		return m, err
	}
	return dtypes[c.Out.DType].calls(planned, out, in, mask)
}

// mixed multiplies arrays of several dtypes, or by a plan under a mask.
type mixed struct {
	how  ndarray.Options
	out  ndarray.Array
	in   []ndarray.Array
	plan *ndarray.Plan
}

func (m *mixed) times(n int) (err error) {
	for ; n > 0 && err == nil; n-- {
		switch {
		case m.plan != nil:
			err = m.plan.Run()
		case len(m.in) == 2:
			err = m.how.MultiplyTo(m.out, m.in[0], m.in[1])
		default:
			err = m.how.Product(m.out, m.in...)
		}
	}
	return err
}

// alike multiplies arrays of one dtype.
type alike[T runtime.Element] struct {
	out    runtime.Array[T]
	in     []runtime.Array[T]
	mask   runtime.Array[bool]
	masked bool
	plan   *runtime.Plan[T]
}

func (dtype[T]) calls(planned bool, out ndarray.Array, in []ndarray.Array, mask ndarray.Array) (multiplier, error) {
	m := &alike[T]{in: make([]runtime.Array[T], len(in)), masked: mask.DType() != ndarray.Invalid}
	var err error
	if m.out, err = ndarray.As[T](out); err != nil {
		return nil, err
	}
	for i := range in {
		if m.in[i], err = ndarray.As[T](in[i]); err != nil {
			return nil, err
		}
	}
	if m.masked {
		m.mask, err = ndarray.As[bool](mask)
	} else if planned && len(in) == 2 {
		m.plan, err = runtime.NewPlan(m.out, m.in[0], m.in[1])
	}
	return m, err
}

// times has a loop for each call, in which there is nothing else: the smallest take nine cycles.
func (m *alike[T]) times(n int) (err error) {
	out := m.out
	switch {
	case m.plan != nil:
		for p := m.plan; n > 0 && err == nil; n-- {
			err = p.Run()
		}
	case m.masked:
		for a, b := m.in[0], m.in[1]; n > 0 && err == nil; n-- {
			err = runtime.MultiplyWhere(out, a, b, m.mask)
		}
	case len(m.in) == 2:
		for a, b := m.in[0], m.in[1]; n > 0 && err == nil; n-- {
			err = runtime.MultiplyTo(out, a, b)
		}
	default:
		for ; n > 0 && err == nil; n-- {
			err = runtime.Product(out, m.in...)
		}
	}
	return err
}
