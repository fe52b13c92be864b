package ndarray

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// What is converted as it is multiplied has the bits of a conversion, a product and a conversion.
func TestFused(t *testing.T) {
	widens, narrows, halves := 0, 0, 0
	rng := rand.New(rand.NewPCG(1, 2))
	const rows, cols = 5, 37
	for _, x := range DTypes() {
		for _, y := range DTypes() {
			dtype := Promote(x, y)
			wide, narrow := widening(x, dtype), narrowing(dtype, x, Saturate)
			if wide == nil {
				wide = wideningBoth(x, y, dtype)
			}
			if wide == nil && x.kind() != complexKind && partOf(dtype) != Invalid {
				wide = widening(partOf(dtype), dtype)
			}
			asFloats := x == dtype && y != dtype && narrowing(Float32, x, SameKind) != nil
			if wide == nil && narrow == nil && !asFloats {
				continue
			}
			outs := []DType{dtype}
			if wide != nil {
				widens++
			}
			if narrow != nil {
				narrows++
				outs = append(outs, x)
			}
			if asFloats {
				halves++
			}
			for _, out := range outs {
				for _, order := range []ByteOrder{NativeEndian(), 1 - NativeEndian()} {
					a, b := random(rng, x, order, rows, cols), random(rng, y, NativeEndian(), rows, cols)
					fusesAs(t, out, a, b)
					fusesAs(t, out, b, a)
					row := fatal(b.Index(0))
					fusesAs(t, out, a, row)
					fusesAs(t, out, a, fatal(row.Index(1)))
					fusesAs(t, out, fatal(a.Transpose()), fatal(b.Transpose()))
				}
			}
		}
	}
	if widens < 113 || narrows < 5 || halves != 6 {
		t.Errorf("%d pairs of dtypes, of which %d narrow their results, and %d with halves", widens, narrows, halves)
	}
}

// random returns an array of small numbers of any bits behind the point, and of a few that are not.
func random(rng *rand.Rand, d DType, order ByteOrder, shape ...int) Array {
	n := 1
	for _, extent := range shape {
		n *= extent
	}
	values := make([]float64, n)
	for i := range values {
		values[i] = rng.NormFloat64() * 100
		if rng.IntN(9) == 0 {
			values[i] = []float64{0, 1, -1, 255, 1e4, -7000, 1e-40}[rng.IntN(7)]
		}
	}
	x := fatal(FromBytes(aligned(make([]byte, n*d.Size())), d, order, shape...))
	if err := ConvertTo(x, fatal(New(values, shape...)), Unsafe); err != nil {
		panic(err)
	}
	return x
}

func fusesAs(t *testing.T, out DType, a, b Array) {
	t.Helper()
	dtype := Promote(a.DType(), b.DType())
	want := fatal(Convert(fatal(Multiply(fatal(Convert(a, dtype, Unsafe)), fatal(Convert(b, dtype, Unsafe)))), out, Saturate))
	want = fatal(want.Clone())
	for _, where := range []Array{{}, fatal(Scalar(true).BroadcastTo(want.Shape()...))} {
		got := fatal(Zeros(out, want.Shape()...))
		if err := (Options{Casting: Saturate, Where: where}).MultiplyTo(got, a, b); err != nil {
			t.Fatal(err)
		}
		have, _ := got.Bytes()
		if expected, _ := want.Bytes(); !bytes.Equal(have, expected) {
			t.Errorf("%v by %v to %v, shapes %v and %v, where %v: got %v, want %v", a.DType(), b.DType(), out, a.Shape(), b.Shape(), where.DType(), got, want)
		}
	}
}
