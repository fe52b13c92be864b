package runtime

import (
	"strconv"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/internal/machine"
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Level is a bundle of instruction sets that kernels are written for. Levels
// are ordered: each includes those below it.
type Level = kernel.Level

// The levels.
const (
	PureGo = kernel.PureGo // Go alone, on every architecture
	AVX2   = kernel.AVX2   // amd64 with AVX2, FMA, F16C, BMI1 and BMI2
	AVX512 = kernel.AVX512 // AVX2 with AVX-512 F, BW, DQ and VL
)

// ActiveLevel returns the level that multiplies run at: the one that the environment
// variable HADAMARD_LEVEL names at program start, else the best that this machine and
// this build support, except that CPUs which pay for 512-bit vectors with their clock
// (Intel's Skylake-X, Cascade Lake and Cooper Lake) run at [AVX2]. The error is a *[LevelError] if that
// is no level, or one that is not supported here, or a *[CacheError]; every multiply returns it.
func ActiveLevel() (Level, error) { return active.Level, active.err }

// BestLevel returns the highest level that this machine and this build support.
func BestLevel() Level { return active.Best }

// Supported returns the levels up to [BestLevel], lowest first.
func Supported() []Level { return active.Supported() }

// LevelError says why HADAMARD_LEVEL can not be followed. It unwraps to
// [ErrUnknownLevel] or [ErrUnsupportedLevel].
type LevelError struct {
	Value   string   // what HADAMARD_LEVEL says
	Levels  []Level  // what would be accepted here
	Missing []string // unsupported only: the CPU features that are missing, or what else the level needs
	Err     error
}

// Error names the value, what is missing, and what is accepted.
func (e *LevelError) Error() string {
	text := machine.LevelVariable + "=" + strconv.Quote(e.Value)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	separator := ", missing "
	for _, name := range e.Missing {
		text += separator + name
		separator = ", "
	}
	separator = "; this machine accepts "
	for _, level := range e.Levels {
		text += separator + level.String()
		separator = ", "
	}
	return text
}

// Unwrap returns Err.
func (e *LevelError) Unwrap() error { return e.Err }

// CacheError says that HADAMARD_CACHE, which is for measurements, is no number of bytes or a
// negative one.
type CacheError struct {
	Value string // what HADAMARD_CACHE says
}

// Error names the value, and what is accepted.
func (e *CacheError) Error() string {
	return machine.CacheVariable + "=" + strconv.Quote(e.Value) + ": not a number of bytes from 0 on"
}

// dispatch is what is known of the machine, and what follows for multiplies.
type dispatch struct {
	err error // where the environment can not be followed
	row uint  // the number of elements up to which rows are called directly
	machine.Machine
}

// active is this machine, looked at once, when the program starts.
var active = dispatchOf(machine.Read())

// Where products of dtypes run, and where any rule does, and products of short elements.
var (
	products = exec.Site{Machine: &active.Machine}
	anyRule  = exec.Site{Machine: &active.Machine, Moves: exec.InBlocks()}
)

func dispatchOf(facts machine.Facts) dispatch {
	d := dispatch{Machine: machine.Of(facts)}
	switch r := d.Refused; {
	case r == nil:
		if d.Level >= generated.RowLevel {
			d.row = generated.MostRow
		}
	case r.Variable == machine.CacheVariable:
		d.err = &CacheError{r.Value}
	default:
		reason := ErrUnknownLevel
		if len(r.Missing) > 0 {
			reason = ErrUnsupportedLevel
		}
		d.err = &LevelError{r.Value, d.Supported(), r.Missing, reason}
	}
	return d
}
