package lower

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
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
func (h UNorm8) Float32() float32
func (h UNorm16) Float32() float32
func NewFloat16(x float32) Float16
func NewBFloat16(x float32) BFloat16
func RoundUint8[F float32 | float64](x F) uint8
func RoundUint16[F float32 | float64](x F) uint16
func RoundUint32[F float32 | float64](x F) uint32
func RoundUint64[F float32 | float64](x F) uint64
func RoundInt8[F float32 | float64](x F) int8
func RoundInt16[F float32 | float64](x F) int16
func RoundInt32[F float32 | float64](x F) int32
func RoundInt64[F float32 | float64](x F) int64
func TruncUint8[F float32 | float64](x F) uint8
func TruncUint16[F float32 | float64](x F) uint16
func TruncUint32[F float32 | float64](x F) uint32
func TruncUint64[F float32 | float64](x F) uint64
func TruncInt8[F float32 | float64](x F) int8
func TruncInt16[F float32 | float64](x F) int16
func TruncInt32[F float32 | float64](x F) int32
func TruncInt64[F float32 | float64](x F) int64
func Float16Of(x float64) Float16
func BFloat16Of(x float64) BFloat16
func Odd[I int64 | uint64](x I) float64
func NewUNorm8(x float32) UNorm8
func NewUNorm16(x float32) UNorm16
func UNorm8Of(x float64) UNorm8
func UNorm16Of(x float64) UNorm16
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
	"float32 uint32 float32 float32(x) * y", "float64 uint64 float64 float64(x) * y", "float64 uint32 float64 float64(x) * y", "float32 uint32 uint16 float32(x*uint32(y))",
	"float32 float32 float32 x / y", "float64 float64 float64 float64(x/y) + 1/x", "float32 uint16 uint16 float32(x) / float32(y)",
	"int8 int8 int8 x / 3 * y", "int16 int16 int16 x*y / -10", "int32 int32 int32 x / 1000000007 - y", "int64 int64 int64 x / 8 + y/-16", "int16 int16 int16 int16(int32(x) * int32(y) / 32767)",
	"int8 int8 int8 int8((int16(x)*int16(y) + 64) / 128)", "int32 int32 int32 x % 10 + y % 8", "uint8 uint8 uint8 x % 10 * (y % 16)", "uint32 uint32 uint32 x / 4294967295 * y", "uint32 uint32 uint32 x % 4294967295",
	"int16 int8 int8 int16(x/7) * int16(y%7)", "int8 int8 int8 x >> 7 * y", "int64 int64 int64 x%1024 - y", "uint8 uint8 uint8 uint8((uint64(x)*uint64(y) + 127) / 255)", "int8 int8 int8 x / -128 + y % -128",
	"int32 int16 int16 int32(x * y)", "int32 int16 int16 max(int32(x*y), 3) - int32(y*3)", "int16 int16 int16 max(x*y, 3)",
	// What is one number by the bounds of its type.
	"float64 uint8 uint8 float64(min(x, 0)) + float64(y)", "float64 uint8 uint8 float64(x&0) + float64(y)", "float64 uint8 uint8 float64(uint16(x)/256) + float64(y)",
	"float64 uint8 uint8 float64(x>>4>>4) * float64(y)", "float64 uint8 uint8 float64(int32(x)>>8) + float64(y)", "int16 uint8 uint8 RoundInt16(float32(int32(x)>>8) * float32(y))",
	"int16 uint8 uint8 RoundInt16(float64(max(int16(x), 300))*3.5) + int16(y)", "uint8 uint8 uint8 Bit(min(x, 0) != 0) + y", "BFloat16 uint8 BFloat16 NewBFloat16(float32(x&0) - y.Float32())",
	// Comparisons with 0 of what takes wider lanes.
	"bool int8 int8 uint8(uint64(x)>>4) != 0", "bool int8 int8 int16(uint32(x)/4096) != 0 && y != 0", "bool int8 int8 int8(uint64(x)/16) != 0 && y != 0",
	"uint8 int8 int8 Bit(int8(uint64(x)/16) != 0) + uint8(y)", "float32 int8 int8 float32(Bit(uint8(uint32(x)>>4) != 0)) * float32(y)", "bool int16 float32 x != 0 && y != 0",
	"uint16 uint16 uint16 x &^ y << 3", "int8 int8 int8 func(a int8) int8 { return a*a - y }(x + y)",
}

// conversions are rules of x alone, written likewise: out, a, "-" and the expression.
var conversions = []string{
	"bool uint8 - x != 0", "bool int32 - x != 0", "bool int64 - x != 0", "bool float32 - x != 0", "bool float64 - x != 0", "bool Float16 - uint16(x)<<1 != 0",
	"int8 int64 - int8(x)", "uint64 int8 - uint64(x)", "uint8 int16 - uint8(min(max(x, 0), 1<<8-1))", "int8 uint64 - int8(min(x, 1<<7-1))",
	"float32 float64 - float32(x)", "float64 uint32 - float64(x)", "Float16 float32 - NewFloat16(x)", "BFloat16 float32 - NewBFloat16(x)",
	"uint8 float32 - RoundUint8(x)", "int8 float32 - RoundInt8(x)", "uint16 float32 - RoundUint16(x)", "int16 float32 - RoundInt16(x)", "uint32 float32 - RoundUint32(x)", "int32 float32 - RoundInt32(x)",
	"uint8 float32 - TruncUint8(x)", "int8 float32 - TruncInt8(x)", "uint16 float32 - TruncUint16(x)", "int16 float32 - TruncInt16(x)", "uint32 float32 - TruncUint32(x)", "int32 float32 - TruncInt32(x)",
	"uint8 float64 - RoundUint8(x)", "int8 float64 - RoundInt8(x)", "uint16 float64 - RoundUint16(x)", "int16 float64 - RoundInt16(x)", "uint32 float64 - RoundUint32(x)", "int32 float64 - RoundInt32(x)",
	"uint8 float64 - TruncUint8(x)", "int8 float64 - TruncInt8(x)", "uint16 float64 - TruncUint16(x)", "int16 float64 - TruncInt16(x)", "uint32 float64 - TruncUint32(x)", "int32 float64 - TruncInt32(x)",
	"UNorm8 float32 - NewUNorm8(x)", "UNorm16 float32 - NewUNorm16(x)", "UNorm8 float64 - UNorm8Of(x)", "UNorm16 float64 - UNorm16Of(x)", "float32 int64 - float32(x)", "float32 uint64 - float32(x)",
	"int64 float32 - RoundInt64(x)", "int64 float32 - TruncInt64(x)", "uint64 float32 - RoundUint64(x)", "uint64 float32 - TruncUint64(x)",
	"int64 float64 - RoundInt64(x)", "int64 float64 - TruncInt64(x)", "uint64 float64 - RoundUint64(x)", "uint64 float64 - TruncUint64(x)",
	"Float16 float64 - Float16Of(x)", "BFloat16 float64 - BFloat16Of(x)", "BFloat16 int64 - BFloat16Of(Odd(x))", "BFloat16 uint64 - BFloat16Of(Odd(x))", "float64 int64 - Odd(x)", "float64 uint64 - Odd(x)",
	"UNorm8 UNorm16 - UNorm8((uint32(x) + 128) / 257)", "UNorm8 bool - UNorm8(Bit(x) * 255)", "float32 UNorm16 - float32(uint16(x)) / 65535",
}

// targets are the levels, and those with features, whose instructions idioms use.
var targets = append(slices.Clone(levels), slices.Sorted(maps.Keys(beyond))...)

var declared = sync.OnceValue(func() *Declarations {
	d, err := Declare(declarations)
	if err != nil {
		panic(err)
	}
	return d
})

// compile parses one of the rules.
func compile(t testing.TB, rule string) *Expr {
	t.Helper()
	f := strings.SplitN(rule, " ", 4)
	e, err := declared().Parse(Signature{Name: "test", Out: f[0], A: f[1], B: strings.TrimPrefix(f[2], "-"), Expr: f[3]})
	if err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
	return e
}

// Vector code computes what Go does, whatever the number of elements is.
func TestLower(t *testing.T) {
	for _, rule := range slices.Concat(rules, conversions) {
		t.Run(rule, func(t *testing.T) {
			e := compile(t, rule)
			for _, level := range levels {
				c, err := e.Lower(level)
				if err != nil {
					t.Error(err)
					continue
				}
				for by, c := range map[Value]*Code{neither: c, X: c.By[X], Y: c.By[Y]} {
					if c == nil {
						continue
					}
					if diff := e.differs(t, c, by, 150); diff != "" {
						t.Errorf("%s: %s\n%s", level, diff, c)
					}
				}
			}
		})
	}
}

// Idioms are what their examples are without them, and are used, by any two numbers or by one.
func TestIdioms(t *testing.T) {
	rows := append(idioms(), idiom{name: clamping, example: "int16 int16 int16 int16(min(max(int32(x)*int32(y), -1<<15), 1<<15-1))"})
	for _, i := range rows {
		e, err := declared().Parse(i.signature())
		if err != nil {
			t.Fatal(err)
		}
		used := 0
		for _, level := range targets {
			for _, by := range []Value{neither, Y} {
				with, err := e.lower(level, by, "")
				if err != nil {
					t.Fatal(err)
				}
				without, err := e.lower(level, by, i.name)
				if err != nil {
					t.Fatal(err)
				}
				if with.String() != without.String() {
					used++
				}
				if diff := e.differs(t, without, by, 500) + e.differs(t, with, by, 500); diff != "" {
					t.Errorf("%s at %s: %s\nwith:\n%s\nwithout:\n%s", i.name, level, diff, with, without)
				}
				if with.cost(by) > without.cost(by) {
					t.Errorf("%s at %s costs more than without it: %d, %d", i.name, level, with.cost(by), without.cost(by))
				}
			}
		}
		if used == 0 {
			t.Errorf("%s is not used in %s", i.name, i.example)
		}
	}
}

// A float64 next to where float16 and bfloat16 are rounded the other way is rounded once, as is an
// integer that has more bits than a float64.
func TestRoundsOnce(t *testing.T) {
	for _, test := range []struct {
		of            string
		fraction      int // bits
		exponent, end int // of the least number, and of what is too large
	}{{"Float16", 10, -24, 16}, {"BFloat16", 7, -133, 128}} {
		var xs, whole []uint64
		for exponent := test.exponent - 2; exponent <= test.end; exponent++ {
			for steps := 0; steps < 2<<test.fraction; steps += 5 {
				half := math.Ldexp(float64(2*steps+1), exponent-test.fraction-2) // between two numbers
				for _, f := range []float64{half, math.Nextafter(half, 0), math.Nextafter(half, 1e300)} {
					xs = append(xs, math.Float64bits(f), math.Float64bits(-f))
				}
			}
		}
		for shift := range 64 - test.fraction - 2 {
			for steps := 0; steps < 2<<test.fraction; steps += 5 {
				for _, d := range []uint64{0, 1, math.MaxUint64} {
					whole = append(whole, uint64(2*steps+1)<<shift+d, -(uint64(2*steps+1)<<shift)+d)
				}
			}
		}
		for rule, xs := range map[string][]uint64{
			"float64 - " + test.of + "Of(x)":     xs,
			"int64 - " + test.of + "Of(Odd(x))":  whole,
			"uint64 - " + test.of + "Of(Odd(x))": whole,
		} {
			e := compile(t, test.of+" "+rule)
			tree, err := e.newTree()
			if err != nil {
				t.Fatal(err)
			}
			for _, level := range levels {
				c, err := e.Lower(level)
				if err != nil {
					t.Fatal(err)
				}
				const n = 256
				for xs := range slices.Chunk(xs, n) {
					x := make([]byte, 8*n)
					for i, v := range xs {
						put(x, 8, i, v)
					}
					got := run(c, n, x, x)
					for i, v := range xs {
						if want := tree.eval(v, v); get(got, 2, i) != want {
							t.Fatalf("%s at %s: of %#x %#x, want %#x\n%s", rule, level, v, get(got, 2, i), want, c)
						}
					}
				}
			}
		}
	}
}

// differs runs code on random and special numbers, of which x or y is one and the same, or
// neither, and says where it is not what Go computes.
func (e *Expr) differs(t testing.TB, c *Code, by Value, rounds int) string {
	for _, i := range c.List {
		if !slices.ContainsFunc(i.Args, func(a Value) bool { return !c.IsConst(a) }) {
			return fmt.Sprintf("%s is of constants alone, and no operand of a kernel", i.Name)
		}
	}
	tree, err := e.newTree()
	if err != nil {
		t.Fatal(err)
	}
	out := (&builder{Expr: e}).kindOf(e.expr, e.out)
	r := rand.New(rand.NewPCG(1, uint64(len(c.List))))
	whole := 32
	if strings.HasPrefix(c.Level, "avx512") {
		whole = 64
	}
	for range rounds {
		n := whole / c.Wide >> r.IntN(2)
		x, y := make([]byte, n*tree.x.size), make([]byte, n*tree.y.size)
		for i := range n {
			put(x, tree.x.size, i, number(r, tree.x, isBool(e.x.Type())))
			put(y, tree.y.size, i, number(r, tree.y, e.y != nil && isBool(e.y.Type())))
			switch by {
			case X:
				copy(x[i*tree.x.size:], x[:tree.x.size])
			case Y:
				copy(y[i*tree.y.size:], y[:tree.y.size])
			}
		}
		got := run(c, n, x, y)
		packed := got
		if c.Packing != nil {
			packed = runPacked(c, n, x, y)
		}
		for i := range n {
			a, b := get(x, tree.x.size, i), get(y, tree.y.size, i)
			want, have := tree.eval(a, b), get(got, out.size, i)
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
	case n.float && r.IntN(4) == 0: // from what is less than a bfloat16 to what is more than an integer
		return n.fromFloat64(math.Ldexp(float64(int64(r.Uint64())>>r.IntN(64)), r.IntN(220)-200))
	case n.float && r.IntN(2) == 0:
		return n.fromFloat64(float64(r.IntN(1<<12)-1<<11) / float64(int(1)<<r.IntN(9)))
	case r.IntN(2) == 0:
		special := []uint64{0, 1, 2, mask, mask - 1, mask >> 1, mask>>1 + 1, 0x7f80 << max(8*n.size-16, 0), 0x7f800001, 0x7fbfffff, 0x7c00, 0x7e01}
		return special[r.IntN(len(special))] & mask
	}
	return r.Uint64() >> r.IntN(8*n.size) & mask
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
		{"int64 to float", 8}: semantics["VCVTQQ2PD"], {"uint64 to float", 8}: semantics["VCVTUQQ2PD"], {"uint32 to float", 4}: semantics["VCVTUDQ2PS"],
		{"int64 to float", 4}: semantics["VCVTQQ2PS"], {"uint64 to float", 4}: semantics["VCVTUQQ2PS"],
		{"narrow 8", 2}: semantics["VPMOVQW"], {"narrow 8", 1}: semantics["VPMOVQB"],
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
				operand := f.lane
				if strings.HasPrefix(f.name, "narrow 8") || strings.Contains(f.name, "64 to") {
					operand = 8
				}
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
