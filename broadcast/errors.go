package broadcast

import (
	"errors"
	"strconv"
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

// Texts are put together without fmt.Sprintf, which makes a program larger by 12 KiB.

// Error quotes the shapes as NumPy does and names the axis and both sizes.
func (e *ShapeError) Error() string {
	text := ""
	if e.Target && len(e.Shapes) == 2 {
		text = "shape " + FormatShape(e.Shapes[0]) + " does not broadcast to " + FormatShape(e.Shapes[1])
	} else {
		text = "shapes "
		for _, shape := range e.Shapes {
			text += FormatShape(shape) + " "
		}
		text += "do not broadcast"
	}
	if e.Axis == 0 {
		return text + ": it has " + axes(e.Sizes[0]) + ", the target " + axes(e.Sizes[1])
	}
	return text + ": axis " + strconv.Itoa(e.Axis) + " has sizes " + strconv.Itoa(e.Sizes[0]) + " and " + strconv.Itoa(e.Sizes[1])
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
	shape := "shape " + FormatShape(e.Shape)
	switch {
	case e.Err == ErrNegative && uint(e.Axis) < uint(len(e.Shape)):
		return shape + ": axis " + strconv.Itoa(e.Axis) + " has negative size " + strconv.Itoa(e.Shape[e.Axis])
	case e.Err == ErrRank && len(e.Shape) > MaxRank:
		return shape + " has " + axes(len(e.Shape)) + ", at most " + strconv.Itoa(MaxRank) + " are supported"
	case e.Err == ErrRank:
		return shape + " has " + axes(len(e.Shape)) + ", strides " + FormatShape(e.Strides) + " are for " + axes(len(e.Strides))
	case e.Err != ErrOverflow:
		return shape + " is that of no array"
	case e.Strides != nil:
		return shape + " with strides " + FormatShape(e.Strides) + ": element offsets overflow int"
	default:
		return shape + ": the number of elements overflows int"
	}
}

// Unwrap returns Err.
func (e *SizeError) Unwrap() error { return e.Err }

func axes(n int) string {
	if n == 1 {
		return "1 axis"
	}
	return strconv.Itoa(n) + " axes"
}
