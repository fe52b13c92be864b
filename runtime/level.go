package runtime

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/hadamard-go/hadamard/generated"
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

// levelVariable is the environment variable that chooses the level.
const levelVariable = "HADAMARD_LEVEL"

// ActiveLevel returns the level that multiplies run at: the one that the environment
// variable HADAMARD_LEVEL names at program start, else the best that this machine and
// this build support, except that CPUs which pay for 512-bit vectors with their clock
// (Intel's Skylake-X, Cascade Lake and Cooper Lake) run at [AVX2]. The error is a *[LevelError] if that
// is no level, or one that is not supported here; every multiply returns it.
func ActiveLevel() (Level, error) { return active.level, active.err }

// BestLevel returns the highest level that this machine and this build support.
func BestLevel() Level { return active.best }

// Supported returns the levels up to [BestLevel], lowest first.
func Supported() []Level {
	levels := make([]Level, 0, kernel.NumLevels)
	for level := PureGo; level <= active.best; level++ {
		levels = append(levels, level)
	}
	return levels
}

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
	var s strings.Builder
	s.WriteString(levelVariable + "=" + strconv.Quote(e.Value) + ": " + e.Err.Error())
	separator := ", missing "
	for _, name := range e.Missing {
		s.WriteString(separator + name)
		separator = ", "
	}
	separator = "; this machine accepts "
	for _, level := range e.Levels {
		s.WriteString(separator + level.String())
		separator = ", "
	}
	return s.String()
}

// Unwrap returns Err.
func (e *LevelError) Unwrap() error { return e.Err }

// feature is something that a level needs and that may be there.
type feature struct {
	name  string
	level Level // the lowest level that needs it
	has   bool
}

// dispatch is the outcome of detection.
type dispatch struct {
	level, best Level
	row         uint // the number of elements up to which rows are called directly
	err         error
}

var active = detect(os.Getenv, features(), preferred())

// halved tells whether the CPU takes two steps for a vector of 512 bits.
var halved = halvesVectors()

// detect works out the level from the environment, the features at hand, and the level
// above which the CPU had better not go unasked.
func detect(getenv func(string) string, features []feature, preferred Level) dispatch {
	var levels []Level
	for level := PureGo; level < kernel.NumLevels && len(missing(features, level)) == 0; level++ {
		levels = append(levels, level)
	}
	best := levels[len(levels)-1]
	at := func(level Level) dispatch {
		d := dispatch{level: level, best: best}
		if level >= generated.RowLevel {
			d.row = generated.MostRow
		}
		return d
	}
	value := getenv(levelVariable)
	if value == "" {
		return at(min(best, preferred))
	}
	for level := PureGo; level < kernel.NumLevels; level++ {
		switch {
		case value != level.String():
		case slices.Contains(levels, level):
			return at(level)
		default:
			return dispatch{best: best, err: &LevelError{value, levels, missing(features, level), ErrUnsupportedLevel}}
		}
	}
	return dispatch{best: best, err: &LevelError{value, levels, nil, ErrUnknownLevel}}
}

// missing returns the names of the features that the level needs and lacks.
func missing(features []feature, level Level) []string {
	var names []string
	for _, f := range features {
		if f.level <= level && !f.has {
			names = append(names, f.name)
		}
	}
	return names
}
