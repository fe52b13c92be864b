package lower

import (
	"fmt"
	"math"
	"math/big"
	"testing"
)

// Reciprocals are right for all numbers of 16 bits by all divisors that a product is for; of 32
// bits, where they are tried at each quotient's first and last number, by those around powers of
// two and some between. None is refused.
func TestReciprocal(t *testing.T) {
	try := func(d, hi uint64, bits int) {
		m, by, ok := reciprocal(d, new(big.Int).SetUint64(hi), bits)
		if !ok {
			t.Fatalf("no reciprocal of %d for numbers up to %d of %d bits", d, hi, bits)
		}
		right := func(n uint64) {
			product := new(big.Int).Mul(new(big.Int).SetUint64(n), m)
			if q := product.Rsh(product, uint(bits+by)).Uint64(); q != n/d {
				t.Fatalf("%d / %d is not * %v >> %d, but %d", n, d, m, bits+by, q)
			}
		}
		// The error grows with n: the last number of a quotient shows it first.
		for _, q := range []uint64{0, 1, 2, hi/d - 1, hi / d} {
			for _, n := range []uint64{q * d, q*d + d - 1, hi} {
				if n <= hi {
					right(n)
				}
			}
		}
	}
	for d := uint64(3); d <= math.MaxUint16; d += 2 {
		for _, hi := range []uint64{math.MaxUint16, d, 255 * 255, math.MaxUint16 / 2} {
			try(d, hi, 16)
		}
		if d > 1<<12 && d%64 != 1 {
			continue
		}
		try(d, math.MaxUint32, 32)
		try(math.MaxUint32-d+1, math.MaxUint32, 32)
		try(d<<15+1, math.MaxUint32, 32)
		try(d*65537|1, math.MaxUint32, 32)
	}
	try(math.MaxUint32, math.MaxUint32, 32)
	for d := uint64(3); d < 2000; d += 2 {
		m, by, _ := reciprocal(d, big.NewInt(math.MaxUint16), 16)
		for n := range uint64(1 << 16) {
			if n*m.Uint64()>>(16+by) != n/d {
				t.Fatalf("%d / %d is not * %v >> %d", n, d, m, 16+by)
			}
		}
	}
}

// Quotients and remainders by constants are those of Go, of all bytes and of special numbers.
func TestDivideByConstants(t *testing.T) {
	for d := math.MinInt8; d <= math.MaxInt8; d++ {
		if d == 0 {
			continue
		}
		q, r := compile(t, fmt.Sprintf("int8 int8 int8 x / %d ^ y", d)).mustTree(t), compile(t, fmt.Sprintf("int8 int8 int8 x %% %d ^ y", d)).mustTree(t)
		for x := math.MinInt8; x <= math.MaxInt8; x++ {
			if got, want := int8(q.eval(uint64(uint8(x)), 0)), int8(x)/int8(d); got != want {
				t.Fatalf("%d / %d: %d, want %d", x, d, got, want)
			}
			if got, want := int8(r.eval(uint64(uint8(x)), 0)), int8(x)%int8(d); got != want {
				t.Fatalf("%d %% %d: %d, want %d", x, d, got, want)
			}
		}
	}
	for _, d := range []int32{1, -1, 2, -2, 3, 7, -10, 1000, 1 << 30, math.MaxInt32, math.MinInt32} {
		q, r := compile(t, fmt.Sprintf("int32 int32 int32 x / %d ^ y", d)).mustTree(t), compile(t, fmt.Sprintf("int32 int32 int32 x %% %d ^ y", d)).mustTree(t)
		for _, x := range []int32{0, 1, -1, 2, -2, 999, -1000, math.MaxInt32, math.MinInt32, math.MinInt32 + 1, d, -d, d - 1, d + 1} {
			if got, want := int32(q.eval(uint64(uint32(x)), 0)), x/d; got != want {
				t.Errorf("%d / %d: %d, want %d", x, d, got, want)
			}
			if got, want := int32(r.eval(uint64(uint32(x)), 0)), x%d; got != want {
				t.Errorf("%d %% %d: %d, want %d", x, d, got, want)
			}
		}
	}
}

// The vector code of quotients and remainders is right at both levels, whatever the divisor.
func TestDividedVectors(t *testing.T) {
	for _, typ := range []string{"int8", "uint8", "int16", "uint16", "int32", "uint32"} {
		k := compile(t, fmt.Sprintf("%[1]s %[1]s %[1]s x + y", typ)).mustTree(t).x.kind
		hi := k.bounds().hi.Int64()
		for _, d := range []int64{2, 3, 5, 7, 10, 11, 64, 100, 127, hi / 2, hi - 1, hi, -2, -3, -7, -100, -hi, -hi - 1} {
			if d < 0 && !k.signed {
				continue
			}
			for _, operator := range []string{"/", "%"} {
				e := compile(t, fmt.Sprintf("%[1]s %[1]s %[1]s x %[2]s %[3]d ^ y", typ, operator, d))
				for _, level := range levels {
					c, err := e.Lower(level)
					if err != nil {
						t.Error(err)
					} else if diff := e.differs(t, c, neither, 60); diff != "" {
						t.Errorf("%s %s %d at %s: %s\n%s", typ, operator, d, level, diff, c)
					}
				}
			}
		}
	}
}

// A sum is divided by one shift less where that is right for all numbers that it can be.
func TestDivideSum(t *testing.T) {
	divided := 0
	for d := 3; d < 1<<12; d += 2 + d>>10<<2 { // fewer of the larger ones
		e := compile(t, fmt.Sprintf("uint16 uint8 uint8 (uint16(x)*uint16(y) + %d) / %d", d/2%256, d))
		c, err := e.Lower("avx2")
		if err != nil {
			t.Fatal(err)
		}
		last := c.List[len(c.List)-1]
		if last.Name != "VPMULHUW" {
			continue
		}
		divided++
		m := c.Constants[last.Args[1]].Word() & 0xffff
		for n := range uint64(255*255 + d/2%256 + 1) {
			if (n+1)*m>>16 != n/uint64(d) {
				t.Fatalf("(%d + 1) * %d >> 16 is not %d / %d", n, m, n, d)
			}
		}
	}
	if divided < 8 {
		t.Errorf("%d divisors of a sum need no shift", divided)
	}
}

func (e *Expr) mustTree(t testing.TB) *tree {
	tree, err := e.newTree()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
