package lower

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

const declarations = `package rules
type (
	Float16 uint16
	BFloat16 uint16
	UNorm8 uint8
	UNorm16 uint16
	Q15 int16
)
func (h Float16) Float32() float32
func (h BFloat16) Float32() float32
func NewFloat16(x float32) Float16
func NewBFloat16(x float32) BFloat16
func RoundUint8(x float32) uint8
func RoundInt8(x float32) int8
func RoundUint16(x float32) uint16
func RoundInt16(x float32) int16
func Bit(x bool) uint8
`

// rules are written as people write them: out, a, b and the expression.
var rules = []string{
	"int8 int8 int8 x * y", "uint8 uint8 uint8 x * y", "int16 int16 int16 x * y", "int32 int32 int32 x * y", "int64 int64 int64 x * y",
	"float32 float32 float32 x * y", "float64 float64 float64 x * y", "bool bool bool x && y",
	"Float16 Float16 Float16 NewFloat16(x.Float32() * y.Float32())",
	"BFloat16 BFloat16 BFloat16 NewBFloat16(x.Float32() * y.Float32())",
	"UNorm8 UNorm8 UNorm8 UNorm8((uint32(x)*uint32(y) + 127) / 255)",
	"UNorm8 UNorm8 UNorm8 func(t uint16) UNorm8 { return UNorm8((t + t>>8) >> 8) }(uint16(x)*uint16(y) + 128)",
	"UNorm16 UNorm16 UNorm16 UNorm16((uint32(x)*uint32(y) + 32767) / 65535)",
	"UNorm16 UNorm16 UNorm16 func(t uint32) UNorm16 { return UNorm16((t + t>>16) >> 16) }(uint32(x)*uint32(y) + 32768)",
	"int8 int8 int8 int8(min(max(int16(x)*int16(y), -128), 127))",
	"uint8 uint8 uint8 uint8(min(uint16(x)*uint16(y), 255))",
	"int16 int16 int16 int16(min(max(int32(x)*int32(y), -1<<15), 1<<15-1))",
	"uint16 uint16 uint16 uint16(min(uint32(x)*uint32(y), 1<<16-1))",
	"int32 int32 int32 int32(min(max(int64(x)*int64(y), -1<<31), 1<<31-1))",
	"uint32 uint32 uint32 uint32(min(uint64(x)*uint64(y), 1<<32-1))",
	"int8 int8 int8 int8(min((int16(x)*int16(y)+1<<6)>>7, 127))",
	"Q15 Q15 Q15 Q15(min((int32(x)*int32(y)+1<<14)>>15, 1<<15-1))",
	"int16 int16 int16 int16((int32(x)*int32(y))>>15)",
	"int32 int32 int32 int32(min((int64(x)*int64(y)+1<<30)>>31, 1<<31-1))",
	"int16 int8 int8 int16(x) * int16(y)", "uint64 uint32 uint32 uint64(x) * uint64(y)", "int64 int32 int32 int64(x) * int64(y)",
	"float32 uint8 float32 float32(x) * y", "float32 int16 float32 float32(x) * y", "float32 bool float32 float32(Bit(x)) * y",
	"float32 Float16 float32 x.Float32() * y", "BFloat16 BFloat16 float32 NewBFloat16(x.Float32() * y)", "Float16 Float16 float32 NewFloat16(x.Float32() * y)",
	"float64 int64 float64 float64(x) * y", "float64 int32 float64 float64(x) * y", "float64 float32 float64 float64(x) * y",
	"uint8 uint8 float32 RoundUint8(float32(x) * y)", "int8 int8 float32 RoundInt8(float32(x) * y)",
	"uint16 uint16 float32 RoundUint16(float32(x) * y)", "int16 int16 float32 RoundInt16(float32(x) * y)",
	// What lanes that are wider than their type would get wrong.
	"int8 int8 int8 x*y>>1", "uint8 uint8 uint8 x*y>>1", "int8 int8 int8 (x+y)>>1", "uint8 uint8 uint8 (x+y)/3", "int8 int8 int8 min(x*y, 3)",
	"int16 int16 int16 max(x-y, y<<3)", "int8 int8 int8 int8(uint8(x)>>3) ^ y", "int64 int64 int64 x>>7 - y", "uint16 uint16 uint16 x*y/10",
	"uint32 uint32 uint32 x*y/10", "uint32 uint32 uint32 x / 7 * y", "int16 int8 uint8 int16(x) * int16(y)", "uint8 uint8 int8 uint8(min(max(int16(x)*int16(y), 0), 255))",
	"int8 int32 int32 int8(x * y)", "int16 int64 int8 int16(x) - int16(y)", "uint8 uint16 uint16 uint8(x * y >> 8)",
	"int64 int64 int64 min(x, y)", "uint64 uint64 uint64 max(x, y)", "int8 int8 int8 -x & ^y", "float32 float32 float32 -x * y", "float32 float32 float32 float32(x*y) + x",
	"uint8 uint8 uint8 uint8(uint16(x)*uint16(y)>>4) | x", "int32 int16 int16 int32(x)*int32(y) + 1<<31>>31", "float32 uint16 int16 float32(x) - float32(y)",
	"uint16 uint16 uint16 x &^ y << 3", "int8 int8 int8 func(a int8) int8 { return a*a - y }(x + y)",
}

// compile parses one of the rules.
func compile(t testing.TB, rule string) *Expr {
	t.Helper()
	f := strings.SplitN(rule, " ", 4)
	e, err := Parse(Signature{Name: "test", Out: f[0], A: f[1], B: f[2], Expr: f[3]}, declarations)
	if err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
	return e
}

// Vector code computes what Go does, whatever the number of elements is.
func TestLower(t *testing.T) {
	for _, rule := range rules {
		t.Run(rule, func(t *testing.T) {
			e := compile(t, rule)
			for _, level := range levels {
				c, err := e.Lower(level)
				if err != nil {
					t.Error(err)
					continue
				}
				if diff := e.differs(t, c, 150); diff != "" {
					t.Errorf("%s: %s\n%s", level, diff, c)
				}
			}
		})
	}
}

// Idioms are what their examples are without them, and are used.
func TestIdioms(t *testing.T) {
	rows := append(idioms(), idiom{name: clamping, example: "int16 int16 int16 int16(min(max(int32(x)*int32(y), -1<<15), 1<<15-1))"})
	for _, i := range rows {
		e, err := Parse(i.signature(), declarations)
		if err != nil {
			t.Fatal(err)
		}
		used := 0
		for _, level := range levels {
			with, err := e.Lower(level)
			if err != nil {
				t.Fatal(err)
			}
			without, err := e.lower(level, i.name)
			if err != nil {
				t.Fatal(err)
			}
			if with.String() != without.String() {
				used++
			}
			if diff := e.differs(t, without, 500) + e.differs(t, with, 500); diff != "" {
				t.Errorf("%s at %s: %s\nwith:\n%s\nwithout:\n%s", i.name, level, diff, with, without)
			}
			if with.cost() > without.cost() {
				t.Errorf("%s at %s costs more than without it: %d, %d", i.name, level, with.cost(), without.cost())
			}
		}
		if used == 0 {
			t.Errorf("%s is not used in %s", i.name, i.example)
		}
	}
}

// differs runs code on random and special numbers and says where it is not what Go computes.
func (e *Expr) differs(t testing.TB, c *Code, rounds int) string {
	tree, err := e.newTree()
	if err != nil {
		t.Fatal(err)
	}
	out := (&builder{Expr: e}).kindOf(e.expr, e.out)
	r := rand.New(rand.NewPCG(1, uint64(len(c.List))))
	whole := 32
	if c.Level == "avx512" {
		whole = 64
	}
	for range rounds {
		n := whole / c.Wide >> r.IntN(2)
		x, y := make([]byte, n*tree.x.size), make([]byte, n*tree.y.size)
		for i := range n {
			put(x, tree.x.size, i, number(r, tree.x, isBool(e.x.Type())))
			put(y, tree.y.size, i, number(r, tree.y, isBool(e.y.Type())))
		}
		got := run(c, n, x, y)
		packed := got
		if c.Packing != nil {
			packed = runPacked(c, n, x, y)
		}
		for i := range n {
			a, b := get(x, tree.x.size, i), get(y, tree.y.size, i)
			want, have := tree.root.eval(a, b), get(got, out.size, i)
			if p := get(packed, out.size, i); p != have {
				return fmt.Sprintf("x %#x, y %#x, element %d of %d: %#x, packed %#x", a, b, i, n, have, p)
			}
			switch e.Out {
			case "Float16":
				if halfNaN(want, 10) && halfNaN(have, 10) {
					continue
				}
			case "BFloat16":
				if halfNaN(want, 7) && halfNaN(have, 7) {
					continue
				}
			}
			if !out.same(want, have) {
				return fmt.Sprintf("x %#x, y %#x, element %d of %d: %#x, want %#x", a, b, i, n, have, want)
			}
		}
	}
	return ""
}

// number is any number of a kind, often a special one.
func number(r *rand.Rand, n *node, isBool bool) uint64 {
	mask := uint64(1)<<(8*n.size) - 1
	if n.size == 8 {
		mask = math.MaxUint64
	}
	switch {
	case isBool:
		return r.Uint64() & 1
	case n.float && r.IntN(2) == 0:
		return n.fromFloat64(float64(r.IntN(1<<12)-1<<11) / float64(int(1)<<r.IntN(9)))
	case r.IntN(2) == 0:
		special := []uint64{0, 1, 2, mask, mask - 1, mask >> 1, mask>>1 + 1, 0x7f80 << max(8*n.size-16, 0), 0x7f800001, 0x7c00, 0x7e01}
		return special[r.IntN(len(special))] & mask
	}
	return r.Uint64() >> r.IntN(8*n.size) & mask
}

func TestReciprocal(t *testing.T) {
	for d := uint64(3); d < 2000; d += 2 {
		hi := uint64(math.MaxUint16)
		big := compile(t, "uint16 uint16 uint16 x").mustTree(t).x.num.hi
		m, by, ok := reciprocal(d, big, 16)
		if !ok {
			t.Fatalf("no reciprocal of %d", d)
		}
		for n := range hi + 1 {
			if n*m.Uint64()>>(16+by) != n/d {
				t.Fatalf("%d / %d is not * %v >> %d", n, d, m, 16+by)
			}
		}
	}
}

// A sum is divided by one shift less where that is right for all numbers that it can be.
func TestDivideSum(t *testing.T) {
	divided := 0
	for d := 3; d < 1<<12; d += 2 {
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
	if divided < 10 {
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

func TestCommutes(t *testing.T) {
	for rule, want := range map[string]bool{
		"int8 int8 int8 x * y": true, "float32 float32 float32 x * y": true, "int16 int8 int8 int16(y) * int16(x)": true,
		"int8 int8 int8 x - y": false, "int32 int32 int32 x - y": false, "int8 int8 int8 x ^ y ^ 3": true, "uint8 uint8 uint8 (x + y) * (y + x)": true,
		"int8 int8 int8 -(x - y) * (y - x)":   true, // tried
		"int16 int16 int16 (x + 1) * (y + 1)": true, "int16 int16 int16 (x + 1) * y": false, "float32 uint8 float32 float32(x) * y": false,
		"Q15 Q15 Q15 Q15(min((int32(x)*int32(y)+1<<14)>>15, 1<<15-1))": true,
	} {
		if got := compile(t, rule).Commutes(); got != want {
			t.Errorf("%s commutes: %t", rule, got)
		}
	}
}

// What is refused says where, and what to write.
func TestRefusals(t *testing.T) {
	for rule, want := range map[string]string{
		"int8 int8 int8 x * z":                     "column 5: undefined: z",
		"int8 int8 int16 x * y":                    "column 1: invalid operation: x * y (mismatched types int8 and int16)",
		"int16 int8 int8 x * y":                    "column 1: cannot use x * y",
		"int8 int8 int8 x *":                       "column 4: expected operand",
		"uint8 uint8 uint8 x * 300":                "column 5: 300 (untyped int constant) overflows uint8",
		"int8 int8 int8 x / y":                     "column 1, x / y: division is by constants",
		"int8 int8 int8 x / 3":                     "column 1, x / 3: division is of numbers that are never negative, and this can be -128",
		"uint8 uint8 uint8 x % 3":                  "column 1, x % 3: the operator % has no vector form",
		"uint8 uint8 uint8 x << y":                 "column 1, x << y: shifts are by constants",
		"uint8 uint8 uint8 x << 8":                 "column 1, x << 8: a shift of uint8 by 8 leaves none of its bits",
		"int32 int32 int32 int32(int(x) * int(y))": "column 7, int(x): int has another size on other machines",
		"float32 float32 float32 x*y + x":          "column 1, x * y + x: Go may fuse the product x * y with the sum",
		"float32 float32 float32 func(p float32) float32 { return p + x }(x * y)": "Go may fuse the product p with the sum",
		"float32 float32 float32 x / y":                                           "division of floats has no vector form",
		"float32 float32 float32 min(x, y)":                                       "column 1, min(x, y): of floats",
		"uint8 uint8 float32 uint8(float32(x) * y)":                               "Go leaves open what a float out of range becomes",
		"uint8 uint8 uint8 func() uint8 { for {} }()":                             "a function literal is one return of one value",
		"uint8 uint8 uint8 UNorm8(x)":                                             "cannot use UNorm8(x)",
		"float32 uint64 float32 float32(x) * y":                                   "float32 is made of 32 bits",
		"complex64 complex64 complex64 complex(real(x), imag(y))":                 "its type complex64 has no vector form",
		"float32 float32 float32 x - (-x*y)":                                      "Go may fuse the product",
		"float32 float32 float32 func(p float32) float32 { return p*p }(x) + y":   "Go may fuse the product",
		"int8 int8 int8 *new(int8)":                                               "a rule is made of operators",
		"int8 int8 int8 int8(len([]int8{x}))":                                     "a rule is made of operators",
		"int8 int8 int8 func() int8 { panic(1) }()":                               "a function literal is one return",
		"int8 int8 int8 x % y":                                                    "division is by constants",
		"float32 float32 float32 [1]float32{x}[0]":                                "a rule is made of operators",
		"complex64 complex64 complex64 x * y":                                     "Go rounds * of complex numbers",
		"uint8 uint8 uint8 x) + (y":                                               "column 2: expected 'EOF', found ')'",
	} {
		f := strings.SplitN(rule, " ", 4)
		e, err := Parse(Signature{Name: "test", Out: f[0], A: f[1], B: f[2], Expr: f[3]}, declarations)
		for _, level := range levels {
			if err == nil {
				_, err = e.Lower(level)
			}
		}
		var typed *Error
		if !errors.As(err, &typed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", rule, err, want)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than a line: %v", rule, err)
		}
	}
}

// Compositions are what they stand for, in each lane.
func TestCompositions(t *testing.T) {
	whole := map[form]meaning{
		{"mul", 1}: semantics["VPMULLB"], {"mul", 8}: semantics["VPMULLQ"],
		{"mulhigh unsigned", 4}: lanes(4, func(_ int, v []uint64) uint64 { return v[0] * v[1] >> 32 }),
		{"shr signed", 8}:       semantics["VPSRAQ"], {"shr signed", 1}: semantics["VPSRAB"],
		{"shr unsigned", 1}: semantics["VPSRLB"], {"shl", 1}: semantics["VPSLLB"],
		{"min signed", 8}: semantics["VPMINSQ"], {"max signed", 8}: semantics["VPMAXSQ"],
		{"min unsigned", 8}: semantics["VPMINUQ"], {"max unsigned", 8}: semantics["VPMAXUQ"],
		{"int64 to float", 8}: semantics["VCVTQQ2PD"],
		{"narrow 8", 2}:       semantics["VPMOVQW"], {"narrow 8", 1}: semantics["VPMOVQB"],
	}
	r := rand.New(rand.NewPCG(3, 4))
	for f := range compositions() {
		mean := whole[f]
		if mean == nil {
			t.Errorf("%s: nothing to compare it with", f)
			continue
		}
		composed := 0
		for _, level := range levels {
			if lookup(level, f) != "" {
				continue
			}
			composed++
			for range 200 {
				imm := -1
				if strings.HasPrefix(f.name, "sh") {
					imm = r.IntN(8 * f.lane)
				}
				const n = 32
				operand := max(f.lane, 8*strings.Count(f.name, "narrow"))
				c := &coder{Code: &Code{Level: level, Bytes: []int{operand, operand}, Constants: map[Value]Pattern{}}, found: map[want][]Value{}, same: map[string]Value{}}
				c.Out = c.resized(f.lane, f.name, f.lane, imm, X, Y)
				x, y := make([]byte, n*operand), make([]byte, n*operand)
				for i := range n {
					leaf := &node{kind: kind{size: operand}}
					put(x, operand, i, number(r, leaf, false))
					put(y, operand, i, number(r, leaf, false))
				}
				if got, want := run(c.Code, n, x, y), mean(imm, n*f.lane, [][]byte{x, y}); string(got) != string(want) {
					t.Fatalf("%s by %d at %s:\nof %x\nand %x\ngot  %x\nwant %x\n%s", f, imm, level, x, y, got, want, c)
				}
			}
		}
		if composed == 0 {
			t.Errorf("%s is never composed: both levels have an instruction", f)
		}
	}
}
