package ndarray

// Casting says which conversions are allowed. Each rule but the last allows what those before it
// do, as in NumPy; [Saturate] is beside them.
type Casting uint8

// The casting rules. SameKind is the zero value, as it is NumPy's default for multiplying.
const (
	SameKind Casting = iota // safe ones, and within a kind: float64 to float32, int64 to int8, int64 to float16
	No                      // none
	Equiv                   // of byte order alone
	Safe                    // those that keep all values, see [Promote]
	Unsafe                  // all: integers wrap, floats become integers by cutting off, and what is out of range the nearest one; imaginary parts are dropped
	Saturate                // all but complex to real: rounded half to even, and clamped; NaN becomes 0
	numCastings
)

// String returns NumPy's name of the rule, such as "same_kind", and "saturate".
func (c Casting) String() string {
	if c >= numCastings {
		return "invalid"
	}
	return [numCastings]string{"same_kind", "no", "equiv", "safe", "unsafe", "saturate"}[c]
}

// ParseCasting returns the rule of a name.
func ParseCasting(name string) (Casting, bool) {
	for c := range numCastings {
		if c.String() == name {
			return c, true
		}
	}
	return 0, false
}

// kinds is a set of kinds, a bit each.
type kinds uint8

// sameKind are the kinds that each kind may become by the rule same_kind. Integers are no
// fractions, nor the other way round.
var sameKind = [...]kinds{
	boolKind:    1<<boolKind | 1<<uintKind | 1<<intKind | 1<<unormKind | 1<<floatKind | 1<<complexKind,
	uintKind:    1<<uintKind | 1<<intKind | 1<<floatKind | 1<<complexKind,
	intKind:     1<<intKind | 1<<floatKind | 1<<complexKind,
	unormKind:   1<<unormKind | 1<<floatKind | 1<<complexKind,
	floatKind:   1<<floatKind | 1<<complexKind,
	complexKind: 1 << complexKind,
}

// CanCast reports whether a casting rule allows that a dtype is converted to another.
func CanCast(from, to DType, by Casting) bool {
	if !from.isValid() || !to.isValid() {
		return false
	}
	switch by {
	case No, Equiv:
		return from == to
	case Safe:
		return dtypes[from].held.has(to)
	case SameKind:
		return sameKind[from.kind()]>>to.kind()&1 != 0
	case Saturate:
		return from.kind() != complexKind || to.kind() == complexKind
	case Unsafe:
		return true
	}
	return false
}
