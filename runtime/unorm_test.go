package runtime

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// Every fraction is the float32 nearest to it, and made of that again.
func TestUNormFloat32(t *testing.T) {
	nearest := func(n, full int64) float32 {
		x, _ := big.NewRat(n, full).Float32()
		return x
	}
	for n := range 1 << 8 {
		x := UNorm8(n).Float32()
		if want := nearest(int64(n), 1<<8-1); x != want || NewUNorm8(x) != UNorm8(n) {
			t.Errorf("UNorm8 %d: %v, want %v; back %d", n, x, want, uint8(NewUNorm8(x)))
		}
	}
	for n := range 1 << 16 {
		x := UNorm16(n).Float32()
		if want := nearest(int64(n), 1<<16-1); x != want || NewUNorm16(x) != UNorm16(n) {
			t.Errorf("UNorm16 %d: %v, want %v; back %d", n, x, want, uint16(NewUNorm16(x)))
		}
	}
}

func TestNewUNorm(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		x  float32
		n  UNorm8
		n2 UNorm16
	}{
		{0, 0, 0},
		{float32(math.Copysign(0, -1)), 0, 0},
		{-1, 0, 0},
		{-inf, 0, 0},
		{float32(math.NaN()), 0, 0},
		{math.SmallestNonzeroFloat32, 0, 0},
		{0.5, 128, 32768}, // half-way between two, to the even one
		{1, 255, 65535},
		{math.Nextafter32(1, 0), 255, 65535},
		{math.Nextafter32(1, 2), 255, 65535},
		{math.MaxFloat32, 255, 65535},
		{inf, 255, 65535},
	} {
		if n, n2 := NewUNorm8(c.x), NewUNorm16(c.x); n != c.n || n2 != c.n2 {
			t.Errorf("%v: got %d and %d, want %d and %d", c.x, uint8(n), uint16(n2), uint8(c.n), uint16(c.n2))
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	near := func(x float32, n, full int64) bool { // |x - n/full| is at most half a step
		exact := new(big.Rat).SetFloat64(float64(x))
		apart := exact.Sub(exact, big.NewRat(n, full))
		return apart.Abs(apart).Cmp(big.NewRat(1, 2*full)) <= 0
	}
	for range 20_000 {
		x := r.Float32()
		if n, n2 := NewUNorm8(x), NewUNorm16(x); !near(x, int64(n), 1<<8-1) || !near(x, int64(n2), 1<<16-1) {
			t.Fatalf("%v: %d and %d are not the nearest", x, uint8(n), uint16(n2))
		}
	}
}

// Widening is exact, narrowing rounds to the nearest.
func TestUNormWidths(t *testing.T) {
	for n := range 1 << 8 {
		wide := UNorm8(n).UNorm16()
		if int(wide)*(1<<8-1) != n*(1<<16-1) || wide.UNorm8() != UNorm8(n) {
			t.Errorf("%d: wide %d, back %d", n, uint16(wide), uint8(wide.UNorm8()))
		}
	}
	for n := range 1 << 16 {
		// n/65535 is n/257 steps of 1/255, and 257 is odd.
		if apart := int(UNorm16(n).UNorm8())*257 - n; max(apart, -apart) > 128 {
			t.Errorf("%d: narrow %d", n, uint8(UNorm16(n).UNorm8()))
		}
	}
}

func TestUNormString(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{UNorm8(0).String(), "0"},
		{UNorm8(255).String(), "1"},
		{UNorm8(51).String(), "0.2"},
		{UNorm8(128).String(), "0.5019608"},
		{UNorm16(65535).String(), "1"},
		{UNorm16(13107).String(), "0.2"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}
