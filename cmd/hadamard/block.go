package main

import (
	"iter"
	"slices"
)

// block is a part of an array in C order that is contiguous in memory: extents
// of 1, then part of an axis, then whole axes.
type block struct {
	start, extent []int // per axis
	size          int   // elements
}

// blocks cuts an array in C order into blocks of at most limit elements, in the
// order of memory. The slices in a block are reused for the next.
func blocks(shape []int, limit int) iter.Seq[block] {
	return func(yield func(block) bool) {
		if slices.Contains(shape, 0) {
			return
		}
		// Whole axes from the right, as many as fit.
		axis, inner := len(shape)-1, 1
		for axis >= 0 && shape[axis] <= limit/inner {
			inner *= shape[axis]
			axis--
		}
		b := block{start: make([]int, len(shape)), extent: slices.Clone(shape), size: inner}
		if axis < 0 {
			yield(b)
			return
		}
		for i := range axis {
			b.extent[i] = 1
		}
		// The axis that is cut, in parts of nearly one size.
		rows := max(1, limit/inner)
		parts := (shape[axis]-1)/rows + 1
		rows = (shape[axis]-1)/parts + 1
		for {
			b.extent[axis] = min(rows, shape[axis]-b.start[axis])
			b.size = b.extent[axis] * inner
			if !yield(b) || !b.next(shape, axis, rows) {
				return
			}
		}
	}
}

// next moves the block on by rows along axis and carries into the axes before.
func (b *block) next(shape []int, axis, rows int) bool {
	for step := rows; axis >= 0; axis, step = axis-1, 1 {
		if b.start[axis] += step; b.start[axis] < shape[axis] {
			return true
		}
		b.start[axis] = 0
	}
	return false
}

// offset returns where the block starts, in elements.
func (b *block) offset(strides []int) int {
	offset := 0
	for i, at := range b.start {
		offset += at * strides[i]
	}
	return offset
}
