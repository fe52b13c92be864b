package bench

import (
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// period is the length after which every pattern repeats, whatever the seed.
const period = 13 * 7 * 3

// fills says what goes where: the value of buffer element i is of(one(i)), or
// the dtype's pattern where there is no function.
var fills = map[string]func(i int) bool{
	"":        nil,
	"pattern": nil,
	"ones":    func(int) bool { return true },
	"rand50":  func(i int) bool { return hash(i)&255 < 128 },
	"rand98":  func(i int) bool { return hash(i)&255 < 251 },
	"runs50":  func(i int) bool { return hash(i/64)&255 < 128 },
}

func hash(i int) uint32 {
	x := uint32(i) * 2654435761
	x ^= x >> 16
	x *= 73244475
	return x ^ x>>16
}

// fill sets a buffer to what the operand asks for.
func (d dtype[T]) fill(o *Operand, buffer any) {
	buf := buffer.([]T)
	if set := fills[o.Fill]; set != nil {
		for i := range buf {
			buf[i] = d.zero
			if set(i) {
				buf[i] = d.one
			}
		}
		return
	}
	for i := range min(period, len(buf)) {
		buf[i] = d.pattern(i + o.Seed)
	}
	for done := period; done < len(buf); done *= 2 {
		copy(buf[done:], buf[:done])
	}
}

// check adds up the elements of an array in C order, each weighted by its place,
// so that a value in a wrong place shows. It is exact for the values that
// fills make.
func (d dtype[T]) check(out ndarray.Array) (float64, error) {
	values, err := ndarray.As[T](out)
	sum, k := 0.0, 0
	for x := range values.Values() {
		re, im := d.parts(x)
		sum += (re + 2*im) * float64(k%31+1)
		k++
	}
	return sum, err
}
