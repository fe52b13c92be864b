package broadcast

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	for _, c := range []struct {
		name             string
		shape, out, a, b []int
		want             string
	}{
		{"scalar", nil, nil, nil, nil, "1 out() a() b()"},
		{"unit axes", []int{1, 1}, []int{5, -1}, []int{0, 0}, []int{1, 1}, "1 out() a() b()"},
		{"empty", []int{2, 0, 3}, []int{-3, 3, 1}, []int{0, 0, 0}, []int{3, 3, 1}, "empty"},
		{"vector", []int{7}, []int{1}, []int{1}, []int{0}, "7 out(1) a(1) b(0)"},
		{"all contiguous", []int{2, 3, 4}, []int{12, 4, 1}, []int{12, 4, 1}, []int{12, 4, 1}, "24 out(1) a(1) b(1)"},
		{"all Fortran", []int{2, 3, 4}, []int{1, 2, 6}, []int{1, 2, 6}, []int{1, 2, 6}, "24 out(1) a(1) b(1)"},
		{"image times mask", []int{512, 512, 3}, []int{1536, 3, 1}, []int{1536, 3, 1}, []int{512, 1, 0}, "262144x3 out(3,1) a(3,1) b(1,0)"},
		{"image times row", []int{512, 1536}, []int{1536, 1}, []int{1536, 1}, []int{0, 1}, "512x1536 out(1536,1) a(1536,1) b(0,1)"},
		{"outer product", []int{20, 30}, []int{30, 1}, []int{1, 0}, []int{0, 1}, "20x30 out(30,1) a(1,0) b(0,1)"},
		{"transposed operand", []int{20, 30}, []int{30, 1}, []int{1, 20}, []int{30, 1}, "20x30 out(30,1) a(1,20) b(30,1)"},
		{"transposed output", []int{20, 30}, []int{1, 20}, []int{30, 1}, []int{0, 0}, "30x20 out(20,1) a(1,30) b(0,0)"},
		{"all reversed", []int{4, 5}, []int{-5, -1}, []int{-5, -1}, []int{-5, -1}, "20 out(1)-19 a(1)-19 b(1)-19"},
		{"reversed operand", []int{9}, []int{1}, []int{-1}, []int{1}, "9 out(1) a(-1) b(1)"},
		{"reversed output", []int{9}, []int{-1}, []int{1}, []int{0}, "9 out(1)-8 a(-1)+8 b(0)"},
		{"rows upside down", []int{4, 5}, []int{-5, 1}, []int{-5, 1}, []int{0, 1}, "4x5 out(5,1)-15 a(5,1)-15 b(0,1)"},
		{"a short loop stays inside", []int{100, 2}, []int{2, 1}, []int{1, 100}, []int{2, 1}, "100x2 out(2,1) a(1,100) b(2,1)"},
	} {
		var l Layout
		Normalize(&l, c.shape, c.out, c.a, c.b)
		if got := l.String(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// randomNest returns a shape and three strides for it: any sign, zeros,
// overlapping, often those of packed arrays with their axes in some order.
func randomNest(r *rand.Rand) (shape []int, operands [3][]int) {
	rank := r.IntN(9)
	if r.IntN(10) == 0 {
		rank = r.IntN(MaxRank + 1)
	}
	shape = make([]int, rank)
	size := 1
	for i := range shape {
		switch {
		case size > 3000:
			shape[i] = 1
		case r.IntN(40) == 0:
			shape[i] = 0
		default:
			shape[i] = 1 + r.IntN(4)
			if rank > 8 && r.IntN(4) > 0 {
				shape[i] = 1
			}
		}
		size *= max(shape[i], 1)
	}
	if rank > 8 && r.IntN(2) == 0 { // many short loops
		for i := range shape {
			shape[i] = 1
		}
		for _, i := range r.Perm(rank)[:9] {
			shape[i] = 2
		}
	}
	order := r.Perm(rank)
	for o := range operands {
		strides := make([]int, rank)
		if r.IntN(3) == 0 {
			order = r.Perm(rank)
		}
		step := 1 + r.IntN(8)/7
		kind := r.IntN(3)
		for _, i := range order {
			strides[i] = step
			step *= max(shape[i], 1)
			if kind == 1 && r.IntN(3) == 0 {
				strides[i] = 0
			}
			if kind == 2 {
				strides[i] = r.IntN(13) - 6
			}
		}
		if sign := r.IntN(3); sign > 0 {
			for i := range strides {
				if sign == 1 || r.IntN(2) == 0 {
					strides[i] = -strides[i]
				}
			}
		}
		operands[o] = strides
	}
	return shape, operands
}

// naive lists the triples of offsets of the plain loops over shape.
func naive(shape []int, operands [3][]int) [][3]int {
	var by [3][]int
	for o := range by {
		by[o] = offsets(shape, operands[o])
	}
	all := make([][3]int, len(by[0]))
	for i := range all {
		all[i] = [3]int{by[0][i], by[1][i], by[2][i]}
	}
	return all
}

// visits lists those of a layout.
func visits(l *Layout) [][3]int {
	if l.Empty {
		return nil
	}
	all := [][3]int{l.Offset}
	for i := range l.Rank {
		loop := l.Loop(i)
		next := make([][3]int, 0, len(all)*loop.Extent)
		for _, base := range all {
			for range loop.Extent {
				next = append(next, base)
				for o := range base {
					base[o] += loop.Stride[o]
				}
			}
		}
		all = next
	}
	return all
}

func sorted(triples [][3]int) [][3]int {
	slices.SortFunc(triples, func(x, y [3]int) int { return slices.Compare(x[:], y[:]) })
	return triples
}

// checkLayout holds a layout to the contract of the file layout.go.
func checkLayout(t *testing.T, shape []int, operands [3][]int, l *Layout) {
	t.Helper()
	if !slices.Equal(sorted(naive(shape, operands)), sorted(visits(l))) {
		t.Fatalf("shape %v, strides %v: %s visits other elements", shape, operands, l)
	}
	size, _ := Size(shape)
	if l.Empty != (size == 0) || l.Empty && l.Rank != 0 {
		t.Fatalf("shape %v: Empty %v, Rank %d", shape, l.Empty, l.Rank)
	}
	for i := range l.Rank {
		loop := l.Loop(i)
		if loop.Extent < 2 {
			t.Fatalf("shape %v, strides %v: %s has a loop without purpose", shape, operands, l)
		}
		first := loop.Stride[Out]
		if first == 0 {
			first = cmp.Or(loop.Stride[A], loop.Stride[B])
		}
		if first < 0 {
			t.Fatalf("shape %v, strides %v: %s walks backwards", shape, operands, l)
		}
	}
}

func TestNormalizeVisitsTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	for range 10_000 {
		shape, operands := randomNest(r)
		var l Layout
		Normalize(&l, shape, operands[Out], operands[A], operands[B])
		checkLayout(t, shape, operands, &l)

		// A used Layout and axes in another order give the same.
		again, p := l, r.Perm(len(shape))
		Normalize(&again, permute(shape, p), permute(operands[Out], p), permute(operands[A], p), permute(operands[B], p))
		if l.String() != again.String() {
			t.Fatalf("shape %v, strides %v: %s, but permuted %s", shape, operands, &l, &again)
		}
	}
}

// TestFit holds that Fit takes what is in order, and makes of it what the long way makes.
func TestFit(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	fitted := 0
	for range 10_000 {
		shape, strides := randomNest(r)
		out := Strided{shape, strides[Out]}
		if r.IntN(4) > 0 {
			out.Strides = Contiguous(nil, shape)
		}
		var operands [2]Strided
		fits := true
		for o := range operands {
			x := &operands[o]
			x.Shape, x.Strides = slices.Clone(shape), slices.Clone(strides[A+Operand(o)])
			for axis := range x.Shape {
				if r.IntN(3) == 0 {
					x.Shape[axis] = 1
				}
			}
			lead := r.IntN(len(shape) + 1)
			x.Shape, x.Strides = x.Shape[lead:], x.Strides[lead:]
			if r.IntN(10) == 0 { // another axis, or one of another size
				x.Shape, x.Strides = append([]int{2}, x.Shape...), append([]int{1}, x.Strides...)
			}
			stretched, err := Strides(nil, x.Shape, x.Strides, shape)
			fits = fits && err == nil
			strides[A+Operand(o)] = stretched
		}
		var l, long Layout
		got := l.Fit(&out, &operands[0], &operands[1])
		last, loops := 0, 0
		for axis := len(shape) - 1; axis >= 0; axis-- {
			if shape[axis] != 1 {
				fits = fits && shape[axis] > 0 && out.Strides[axis] > last
				last = out.Strides[axis]
				loops++
			}
		}
		if got != fits && (got || loops <= inline) { // more merge, or not
			t.Fatalf("out %v, operands %v: %v, want %v", out, operands, got, fits)
		}
		if !got {
			continue
		}
		fitted++
		if long.sort(shape, out.Strides, strides[A], strides[B]); l.String() != long.String() {
			t.Fatalf("out %v, operands %v: %s, want %s", out, operands, &l, &long)
		}
	}
	if fitted < 1000 {
		t.Errorf("only %d nests were in order", fitted)
	}
}

func permute(s, p []int) []int {
	q := make([]int, len(s))
	for i, from := range p {
		q[i] = s[from]
	}
	return q
}

// FuzzNormalize reads four bytes per axis: extent, and the strides of out, a, b.
func FuzzNormalize(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{3, 4, 4, 4, 4, 1, 1, 1})
	f.Add([]byte{2, 12, 0, 12, 3, 4, 4, 0, 4, 1, 1, 1})
	f.Add([]byte{4, 252, 252, 252, 4, 255, 255, 1})
	f.Add([]byte{0, 1, 1, 1, 2, 2, 2, 2})
	f.Add([]byte{2, 0, 0, 0, 3, 0, 255, 0, 4, 0, 0, 255})
	f.Add([]byte(strings.Repeat("\x02\x01\xff\x00", 10)))
	f.Add([]byte(strings.Repeat("\x01\x01\xff\x00", MaxRank)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var shape []int
		var operands [3][]int
		size := 1
		for ; len(data) >= 4 && len(shape) < MaxRank; data = data[4:] {
			extent := int(data[0] % 5)
			if size > 2000 {
				extent = 1
			}
			size *= max(extent, 1)
			shape = append(shape, extent)
			for o := range operands {
				operands[o] = append(operands[o], int(int8(data[1+o])))
			}
		}
		var l Layout
		Normalize(&l, shape, operands[Out], operands[A], operands[B])
		checkLayout(t, shape, operands, &l)
	})
}

func TestLayoutNames(t *testing.T) {
	if got := Out.String() + A.String() + B.String() + Operand(3).String(); got != "outabOperand(3)" {
		t.Error(got)
	}
}

// nest returns rank axes of extent 5 that do not merge: out and a packed, b broadcast on every other axis.
func nest(rank int) (shape, out, a, b []int) {
	shape = slices.Repeat([]int{5}, rank)
	out = Contiguous(nil, shape)
	b = slices.Clone(out)
	for i := range b {
		b[i] *= i % 2
	}
	return shape, out, out, b
}

func TestNormalizeAllocatesNothing(t *testing.T) {
	for rank := range 9 {
		shape, out, a, b := nest(rank)
		// Unit axes do not count.
		shape = append(shape, slices.Repeat([]int{1}, 10)...)
		zeros := make([]int, 10)
		out, a, b = append(out, zeros...), append(slices.Clone(a), zeros...), append(b, zeros...)
		if n := testing.AllocsPerRun(100, func() {
			var l Layout
			Normalize(&l, shape, out, a, b)
			if l.Rank != rank {
				t.Fatalf("rank %d became %d", rank, l.Rank)
			}
		}); n != 0 {
			t.Errorf("rank %d: %v allocations", rank, n)
		}
	}
}

func BenchmarkNormalize(b *testing.B) {
	bench := func(name string, shape, out, x, y []int) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var l Layout
				Normalize(&l, shape, out, x, y)
				if l.Empty {
					b.Fatal("empty")
				}
			}
		})
	}
	for _, rank := range []int{0, 1, 2, 3, 4, 8, 16} {
		shape, out, x, y := nest(rank)
		bench("rank="+string(rune('0'+rank/10))+string(rune('0'+rank%10)), shape, out, x, y)
	}
	shape := []int{2, 3, 4, 5}
	c := Contiguous(nil, shape)
	bench("contiguous", shape, c, c, c)
	slices.Reverse(shape)
	f := Contiguous(nil, shape)
	slices.Reverse(shape)
	slices.Reverse(f)
	bench("fortran", shape, f, f, c)
}

// TestPart holds that the parts of a loop, whichever it is, make up the layout.
func TestPart(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		shape, operands := randomNest(r)
		var l Layout
		Normalize(&l, shape, operands[0], operands[1], operands[2])
		if l.Rank == 0 {
			continue
		}
		whole := l.String()
		i := r.IntN(l.Rank)
		extent := l.Loop(i).Extent
		var got [][3]int
		for first := 0; first < extent; {
			n := 1 + r.IntN(extent-first)
			part := l.Part(i, first, n)
			got = append(got, visits(&part)...)
			first += n
		}
		want := visits(&l)
		if !slices.Equal(sorted(got), sorted(want)) {
			t.Fatalf("loop %d of %s: the parts visit %d places, the whole %d", i, whole, len(got), len(want))
		}
		if l.String() != whole {
			t.Fatalf("%s became %s", whole, l.String())
		}
	}
}
