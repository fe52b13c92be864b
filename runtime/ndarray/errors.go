package ndarray

import (
	"errors"
	"strconv"
)

// Errors about shapes, views and memory are those of package runtime. What is wrong with dtypes,
// test for by errors.Is and errors.As.
var (
	// ErrDType is about Invalid and other numbers that are no dtype.
	ErrDType = errors.New("no dtype")

	// ErrCasting is about a number that is no casting rule, and ErrOrder about one that is no
	// order of axes or of bytes.
	ErrCasting = errors.New("no casting rule")
	ErrOrder   = errors.New("no order")

	// ErrBytes is about elements that Go can not have where they are, see [As].
	ErrBytes = errors.New("bytes that are no values of Go")
)

// NameError is about a text that names no dtype.
type NameError struct{ Name string }

func (e *NameError) Error() string { return strconv.Quote(clip(e.Name)) + " names no dtype" }

// clip shortens hostile text for a message.
func clip(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// CastError is about a conversion that a casting rule does not allow.
type CastError struct {
	Operand  string // what would be converted: "a", "b", "where", "out", "x", or of a list of one or of three and more the number
	From, To DType  // the same where it is the byte order that would change
	Casting  Casting
}

func (e *CastError) Error() string {
	if e.From == e.To {
		return e.Operand + " can not be brought into this machine's byte order by the rule " + e.Casting.String()
	}
	return e.Operand + " can not be cast from " + e.From.String() + " to " + e.To.String() + " by the rule " + e.Casting.String()
}

// TypeError is about an array of another dtype than a type of Go has, see [As].
type TypeError struct{ Have, Want DType }

func (e *TypeError) Error() string {
	return "the array's dtype is " + e.Have.String() + ", not " + e.Want.String()
}

// NumberError is about an integer of Go that a dtype can not hold, see [Weak].
type NumberError struct {
	Operand string // as that of a CastError, or "" for none
	Number  string // in decimal
	DType   DType
}

func (e *NumberError) Error() string {
	what := "the number " + e.Number
	if e.Operand != "" {
		what = e.Operand + ", " + what + ","
	}
	return what + " is out of the range of " + e.DType.String()
}
