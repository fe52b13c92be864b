package lower

import (
	"errors"
	"strings"
	"testing"
)

// nested is an expression of t, so many literals deep, of x.
func nested(expr string, deep int) string {
	if deep == 0 {
		return "x"
	}
	return "func(t uint8) uint8 { return " + expr + " }(" + nested(expr, deep-1) + ")"
}

// What is refused says where, and what to write.
func TestRefusals(t *testing.T) {
	for rule, want := range map[string]string{
		"int8 int8 int8 x * z":                     "column 5: undefined: z",
		"int8 int8 int16 x * y":                    "column 1: invalid operation: x * y (mismatched types int8 and int16)",
		"int16 int8 int8 x * y":                    "column 1: cannot use x * y",
		"int8 int8 int8 x *":                       "column 4: expected operand",
		"uint8 uint8 uint8 x * 300":                "column 5: 300 (untyped int constant) overflows uint8",
		"int8 int8 int8 x / y":                     "column 1, x / y: integers are divided by constants",
		"uint8 uint8 uint8 x << y":                 "column 1, x << y: shifts are by constants",
		"uint8 uint8 uint8 x << 8":                 "column 1, x << 8: a shift of uint8 by 8 leaves none of its bits",
		"int32 int32 int32 int32(int(x) * int(y))": "column 7, int(x): int has another size on other machines",
		"float32 float32 float32 x*y + x":          "column 1, x*y + x: Go may fuse the product x*y with the sum",
		"float32 float32 float32 func(p float32) float32 { return p + x }(x * y)": "Go may fuse the product p with the sum",
		"float32 float32 float32 min(x, y)":                                       "column 1, min(x, y): of floats",
		"uint8 uint8 float32 uint8(float32(x) * y)":                               "Go leaves open what a float out of range becomes",
		"uint8 uint8 uint8 func() uint8 { for {} }()":                             "a function literal gives parts names",
		"uint8 uint8 uint8 UNorm8(x)":                                             "cannot use UNorm8(x)",
		"complex64 complex64 complex64 complex(real(x), imag(y))":                 "its type complex64 has no vector form",
		"float32 float32 float32 x - (-x*y)":                                      "Go may fuse the product",
		"float32 float32 float32 func(p float32) float32 { return p*p }(x) + y":   "Go may fuse the product",
		"int8 int8 int8 *new(int8)":                                               "a rule is made of operators",
		"int8 int8 int8 int8(len([]int8{x}))":                                     "a rule is made of operators",
		"int8 int8 int8 func() int8 { panic(1) }()":                               "a function literal gives parts names",
		"int8 int8 int8 x % y":                                                    "column 1, x % y: integers are divided by constants, because a zero would panic; take the remainder by a number, as in x % 10",
		"float32 float32 float32 [1]float32{x}[0]":                                "a rule is made of operators",
		"complex64 complex64 complex64 x * y":                                     "Go rounds * of complex numbers",
		"uint8 uint8 uint8 x) + (y":                                               "column 2: expected 'EOF', found ')'",

		// Literals that are more than names for parts.
		"uint8 uint8 uint8 func(t ...uint8) uint8 { return x }()":                                                      "of one named parameter or more",
		"uint8 uint8 uint8 func(t ...uint8) uint8 { return x }(x, y)":                                                  "of one named parameter or more",
		"uint8 uint8 uint8 func(uint8) uint8 { return x }(y)":                                                          "of one named parameter or more",
		"uint8 uint8 uint8 func() uint8 { return x }()":                                                                "of one named parameter or more",
		"uint8 uint8 uint8 func(t uint8) uint8 { t++; return t }(x)":                                                   "one return of one value",
		"uint8 uint8 uint8 " + nested("(t + t)", 13):                                                                   "more than 12 deep",
		"uint8 uint8 uint8 " + strings.Repeat("func(t uint8) uint8 { return t }(", 13) + "x" + strings.Repeat(")", 13): "more than 12 deep",

		// What would take long to generate.
		"int16 int16 int16 " + strings.Repeat("-(", 400) + "x" + strings.Repeat(")", 400) + "*y": "rule test: it is made of 404 parts, operations and numbers, of which vector code has 128 at most; say Portable",

		// What is held as something else than its integer.
		"Float16 Float16 Float16 x * y":          "column 1, x * y: Float16 is held as its bits, on which * would work; say x.Float32(), or uint16(x) for the bits",
		"BFloat16 BFloat16 BFloat16 y + 1":       "say y.Float32()",
		"Float16 Float16 Float16 -x":             "on which - would work",
		"bool Float16 Float16 x == y":            "on which == would work",
		"Float16 Float16 Float16 x >> 1":         "on which >> would work",
		"Float16 Float16 Float16 max(x, y)":      "on which max would work",
		"float32 Float16 float32 float32(x) * y": "column 1, float32(x): it would convert the bits of x as an integer; say x.Float32()",
		"uint32 BFloat16 BFloat16 uint32(x)":     "it would convert the bits of x",
		"BFloat16 Float16 Float16 BFloat16(x)":   "it would convert the bits of x",
		"Float16 uint32 uint32 Float16(x)":       "say NewFloat16 of a float32, or uint16(x) first",
		"UNorm8 UNorm8 UNorm8 x * y":             "UNorm8 counts steps of a fraction, and * would multiply the counts, in uint8; convert first",
		"float32 UNorm8 float32 float32(x) * y":  "not the fraction; say float32(uint8(x)) for the steps",
		"UNorm16 UNorm8 UNorm8 UNorm16(x)":       "it would take the steps of one fraction for those of another",
		"float32 UNorm8 float32 x.Float32() * y": "UNorm8.Float32 has no vector form, as these have: BFloat16.Float32, BFloat16Of, Bit, ",

		// Sizes of the machine.
		"int32 int32 int32 int32(uint(x))":        "column 7, uint(x): uint has another size on other machines; say how many bits, as in uint32",
		"int32 int32 int32 int32(int(3)) * x":     "column 7, int(3): int has another size",
		"int32 int32 int32 int32(uintptr(x))":     "uintptr has another size",
		"int64 int32 int32 int64(x) << int(1<<3)": "int has another size",

		// Other ways to a product that Go may fuse.
		"float32 float32 float32 real(complex(x*y, 0)) + x":     "Go may fuse the product",
		"complex64 float32 complex64 complex(x*real(y), 0) + y": "Go may fuse a product in complex(x*real(y), 0)",

		// What to write instead.
		"bool uint8 uint8 x < y":                  "comparisons have no vector form, but x != 0; min and max choose",
		"int64 int64 int64 x / 3":                 "numbers of 64 bits are divided by powers of two alone; convert to 32 bits",
		"uint64 uint64 uint64 x % 10":             "numbers of 64 bits are divided by powers of two alone",
		"uint8 uint8 uint8 RoundByte(x)":          "undefined: RoundByte; there are x and y, the types of Go and of the rows, min and max, and BFloat16.Float32, BFloat16Of, Bit, ",
		"uint8 uint8 uint8 3":                     "it is the same whatever x and y are; an element of a result is made of",
		"uint16 uint16 uint16 x >> 20":            "leaves none of its bits; shift by less than 16",
		"int16 int16 int16 x << 20":               "leaves none of its bits",
		"int64 int64 int64 x*y >> 64":             "column 1, x*y >> 64: a shift of int64 by 64 leaves its sign alone; shift by less than 64",
		"bool uint8 uint8 string(x) == string(y)": "a rule is of numbers, and its type is string",
		"int16 int16 int16 /* a\n b */ x*y":       "column 1, /* a b */: an expression has no comments; say it beside the row",
		"int16 int16 int16 x*y // of all":         "column 5, // of all: an expression has no comments",
		"int16 int16 int16 \n x*y":                "column 1: it begins with a line break",
		"uint8 uint8 uint8 x +\n\t\ty / y":        "rule test, line 2, column 3, y / y: integers are divided",
		"uint8 uint8 uint8 x +\n\t\tz":            "rule test, line 2, column 3: undefined: z",
		"uint8 uint8 uint8 x +\n\t\t":             "rule test, line 2, column 3: expected operand",
		"uint8 uint8 uint8 roundUint8(x)":         "undefined: roundUint8; there is RoundUint8",
		"float32 Float16 float32 Float32(x)":      "undefined: Float32; there is BFloat16.Float32",
	} {
		f := strings.SplitN(rule, " ", 4)
		e, err := declared().Parse(Signature{Name: "test", Out: f[0], A: f[1], B: f[2], Expr: f[3]})
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

// Twelve literals in each other are one tree of few nodes, which is made at once.
func TestNested(t *testing.T) {
	e := compile(t, "uint8 uint8 uint8 "+nested("(t*t*t + t) ^ (t*t - y)", deepest))
	if n := len(e.mustTree(t).nodes); n > 100 {
		t.Errorf("%d nodes", n)
	}
	if e.Commutes() {
		t.Error("it commutes")
	}
	for _, level := range levels {
		c, err := e.Lower(level)
		if err != nil {
			t.Fatal(err)
		}
		if diff := e.differs(t, c, neither, 20); diff != "" {
			t.Errorf("%s: %s", level, diff)
		}
	}
}
