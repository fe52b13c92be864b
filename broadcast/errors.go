package broadcast

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// What a [SizeError] can be about; test for one with errors.Is.
var (
	ErrNegative = errors.New("negative size")
	ErrRank     = errors.New("wrong number of axes")
	ErrOverflow = errors.New("overflow of int")
)

// ShapeError reports shapes that do not broadcast together, or a shape that
// does not broadcast to a fixed target.
type ShapeError struct {
	Shapes [][]int // the shapes, the target last
	Target bool    // the last shape is fixed, only the first may stretch
	Axis   int     // counted from the end, -1 is the last; 0 when the first shape has more axes than the target
	Sizes  [2]int  // the two sizes that met on Axis; the two ranks when Axis is 0
}

// Error quotes the shapes as NumPy does and names the axis and both sizes.
func (e *ShapeError) Error() string {
	var s strings.Builder
	if e.Target {
		fmt.Fprintf(&s, "shape %s does not broadcast to %s: ", FormatShape(e.Shapes[0]), FormatShape(e.Shapes[1]))
	} else {
		s.WriteString("shapes ")
		for _, shape := range e.Shapes {
			s.WriteString(FormatShape(shape))
			s.WriteByte(' ')
		}
		s.WriteString("do not broadcast: ")
	}
	if e.Axis == 0 {
		fmt.Fprintf(&s, "it has %s, the target %s", count(e.Sizes[0], "axis", "axes"), count(e.Sizes[1], "axis", "axes"))
	} else {
		fmt.Fprintf(&s, "axis %d has sizes %d and %d", e.Axis, e.Sizes[0], e.Sizes[1])
	}
	return s.String()
}

// SizeError reports a shape, or a shape with its strides, that no array can
// have. It unwraps to [ErrNegative], [ErrRank] or [ErrOverflow].
type SizeError struct {
	Shape   []int
	Strides []int // nil when only the shape matters
	Axis    int   // the axis at fault, counted from 0, where Err is ErrNegative
	Err     error
}

// Error quotes the shape and, where they matter, the strides.
func (e *SizeError) Error() string {
	shape := FormatShape(e.Shape)
	switch {
	case e.Err == ErrNegative:
		return fmt.Sprintf("shape %s: axis %d has negative size %d", shape, e.Axis, e.Shape[e.Axis])
	case e.Err == ErrRank && len(e.Shape) > MaxRank:
		return fmt.Sprintf("shape %s has %d axes, at most %d are supported", shape, len(e.Shape), MaxRank)
	case e.Err == ErrRank:
		return fmt.Sprintf("shape %s has %s, strides %s are for %s", shape,
			count(len(e.Shape), "axis", "axes"), FormatShape(e.Strides), count(len(e.Strides), "axis", "axes"))
	case e.Strides != nil:
		return fmt.Sprintf("shape %s with strides %s: element offsets overflow int", shape, FormatShape(e.Strides))
	default:
		return fmt.Sprintf("shape %s: the number of elements overflows int", shape)
	}
}

// Unwrap returns Err.
func (e *SizeError) Unwrap() error { return e.Err }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
