// Package broadcast works out shapes and strides: the shape of a result under
// NumPy's broadcasting rules, whether views overlap, and the normal form of
// the loop nest that visits every element. It sees no data, so one package
// serves every dtype.
//
// A shape lists extents, outermost axis first; strides are counted in
// elements, may be negative or zero, and belong to the axis of the same
// index. Shapes are aligned at their last axes: axis -1 of one operand meets
// axis -1 of the other, a missing axis counts as one of size 1, and size 1
// stretches to any size, 0 included.
//
// A rank is at most [MaxRank]. Arithmetic that leaves the range of int is an
// error ([ErrOverflow]) and never wraps.
//
// The way from arrays to loops:
//
//   - [Shape] gives the result shape, [KeepOrder] the strides of a fresh result;
//   - [Strides] stretches an operand to that shape;
//   - [SelfOverlaps] and [Overlaps] tell when an output needs care;
//   - [Normalize] reduces the three to the fewest loops, a [Layout].
package broadcast
