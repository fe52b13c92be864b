package imagefile

import (
	"math"
)

// Units, in pixels per metre.
const (
	perInch       = 1 / 0.0254
	perCentimetre = 100
)

// Resolution is how many pixels there are to a metre, across and down; 0 where
// that is not known.
type Resolution struct{ X, Y float64 }

// times multiplies both, and is 0 unless both are positive numbers.
func (r Resolution) times(factor float64) Resolution {
	r = Resolution{r.X * factor, r.Y * factor}
	if !(r.X > 0 && r.Y > 0) || math.IsInf(r.X, 0) || math.IsInf(r.Y, 0) {
		return Resolution{}
	}
	return r
}

// whole returns the resolution in a unit as whole numbers up to limit, and how
// far from whole it is; ok is false if it does not fit.
func (r Resolution) whole(unit float64, limit uint32) (x, y uint32, off float64, ok bool) {
	fx, fy := r.X/unit, r.Y/unit
	rx, ry := math.Round(fx), math.Round(fy)
	if !(rx >= 1 && ry >= 1 && rx <= float64(limit) && ry <= float64(limit)) {
		return 0, 0, 0, false
	}
	return uint32(rx), uint32(ry), max(math.Abs(fx/rx-1), math.Abs(fy/ry-1)), true
}
