package lower

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// An author writes random expressions of some type.
type author struct {
	*rand.Rand
	a, b string // the types of x and y
}

var integers = []string{"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}

// expression is one of a type, so many operators deep.
func (w *author) expression(typ string, deep int) string {
	isFloat := strings.HasPrefix(typ, "float")
	sub := func() string { return w.expression(typ, deep-1) }
	leaf := func() string {
		from, name := w.a, "x"
		if w.IntN(2) == 0 {
			from, name = w.b, "y"
		}
		switch {
		case from == typ:
			return name
		case strings.HasPrefix(from, "float") && !isFloat:
			if strings.HasSuffix(typ, "8") || strings.HasSuffix(typ, "16") {
				return fmt.Sprintf("Round%s%s(float32(%s))", strings.ToUpper(typ[:1]), typ[1:], name)
			}
			return fmt.Sprintf("%s(RoundInt16(float32(%s)))", typ, name)
		}
		return fmt.Sprintf("%s(%s)", typ, name)
	}
	size := 0
	fmt.Sscanf(strings.TrimLeft(typ, "uintfloa"), "%d", &size)
	if deep == 0 {
		return leaf()
	}
	if isFloat {
		switch w.IntN(5) {
		case 0:
			return fmt.Sprintf("(%s + %s(%s))", leaf(), typ, sub())
		case 1:
			return fmt.Sprintf("-(%s)", sub())
		case 2:
			return fmt.Sprintf("%s(%s)", typ, w.expression(integers[w.IntN(3)], deep-1))
		}
		return fmt.Sprintf("(%s %s %s)", sub(), []string{"*", "/"}[w.IntN(2)], sub())
	}
	switch w.IntN(17) {
	case 0, 1, 2:
		return fmt.Sprintf("(%s * %s)", sub(), sub())
	case 3:
		return fmt.Sprintf("(%s + %s)", sub(), sub())
	case 4:
		return fmt.Sprintf("(%s - %s)", sub(), sub())
	case 5:
		return fmt.Sprintf("(%s %s %s)", sub(), []string{"&", "|", "^", "&^"}[w.IntN(4)], sub())
	case 6:
		return fmt.Sprintf("(%s << %d)", sub(), w.IntN(size))
	case 7:
		return fmt.Sprintf("(%s >> %d)", sub(), w.IntN(size))
	case 8:
		return fmt.Sprintf("%s(%s, %s)", []string{"min", "max"}[w.IntN(2)], sub(), sub())
	case 9:
		return fmt.Sprintf("min(max(%s, %d), %d)", sub(), w.IntN(50), 50+w.IntN(77))
	case 10:
		d := 1 + w.IntN(127)
		if size == 64 {
			return fmt.Sprintf("%s(u%s(%s) / %d)", typ, strings.TrimPrefix(typ, "u"), sub(), d)
		}
		if typ[0] == 'i' && w.IntN(2) == 0 {
			d = -d
		}
		return fmt.Sprintf("(%s %s %d)", sub(), []string{"/", "%"}[w.IntN(2)], d)
	case 11:
		return fmt.Sprintf("(%s + %d)", sub(), w.IntN(100))
	case 12: // often one number, whatever x and y are
		return fmt.Sprintf("min(max(%s, %d) >> %d, %d)", sub(), w.IntN(127), w.IntN(size), w.IntN(127))
	case 13:
		return fmt.Sprintf("(%s & %d)", sub(), w.IntN(2))
	case 14:
		return fmt.Sprintf("%s(Bit(%s != 0))", typ, w.expression(integers[w.IntN(len(integers))], deep-1))
	}
	return fmt.Sprintf("%s(%s)", typ, w.expression(integers[w.IntN(len(integers))], deep-1))
}

// What random expressions are lowered to is what Go computes; few are refused, and by an
// Error.
func TestRandomExpressions(t *testing.T) {
	count := 1000
	if testing.Short() {
		count = 200
	}
	types := append([]string{"float32", "float64"}, integers...)
	lowered, refused := 0, map[string]int{}
	for seed := range uint64(count) {
		r := rand.New(rand.NewPCG(seed, 7))
		any := func() string { return types[r.IntN(len(types))] }
		a, out := any(), any()
		b := a
		if r.IntN(2) == 0 {
			b = any()
		} else if r.IntN(2) == 0 {
			out = a
		}
		w := &author{r, a, b}
		rule := strings.Join([]string{out, a, b, w.expression(out, 1+r.IntN(4))}, " ")
		f := strings.SplitN(rule, " ", 4)
		e, err := declared().Parse(Signature{Name: "random", Out: f[0], A: f[1], B: f[2], Expr: f[3]})
		if err != nil {
			refused["parse"]++
			continue
		}
		for _, level := range levels {
			c, err := e.Lower(level)
			var typed *Error
			switch {
			case errors.As(err, &typed):
				refused[typed.Reason]++
			case err != nil:
				t.Fatalf("%s at %s: %v", rule, level, err)
			default:
				lowered++
				if diff := e.differs(t, c, neither, 12); diff != "" {
					t.Fatalf("seed %d: %s at %s: %s\n%s", seed, rule, level, diff, c)
				}
			}
		}
	}
	total := 0
	for _, n := range refused {
		total += n
	}
	if lowered < total {
		t.Errorf("%d were lowered, %d refused: %v", lowered, total, refused)
	}
	t.Logf("%d were lowered, %d refused: %v", lowered, total, refused)
}
