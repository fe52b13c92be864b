package main

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/broadcast"
)

// Blocks follow each other in memory, cover all of it, and are no larger than
// allowed.
func TestBlocks(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		shape := make([]int, rng.IntN(6))
		for i := range shape {
			shape[i] = rng.IntN(8)
		}
		limit := 1 + rng.IntN(300)
		strides := broadcast.Contiguous(nil, shape)
		size, err := broadcast.Size(shape)
		if err != nil {
			t.Fatal(err)
		}
		next, count := 0, 0
		for b := range blocks(shape, limit) {
			if got := b.offset(strides); got != next {
				t.Fatalf("%v by %d: a block starts at %d, want %d", shape, limit, got, next)
			}
			extent, err := broadcast.Size(b.extent)
			if err != nil || extent != b.size || b.size > limit || b.size == 0 || !broadcast.IsContiguous(b.extent, strides) {
				t.Fatalf("%v by %d: bad block %+v", shape, limit, b)
			}
			next += b.size
			count++
		}
		if next != size {
			t.Fatalf("%v by %d: %d of %d elements", shape, limit, next, size)
		}
		if size <= limit && count > 1 {
			t.Fatalf("%v by %d: %d blocks", shape, limit, count)
		}
	}
}

func TestBlocksStop(t *testing.T) {
	count := 0
	for b := range blocks([]int{10, 10}, 10) {
		if count++; b.start[0] == 3 {
			break
		}
	}
	if count != 4 {
		t.Errorf("%d blocks until the break, want 4", count)
	}
	if got := slices.Collect(blocks([]int{}, 1)); len(got) != 1 || got[0].size != 1 {
		t.Errorf("rank 0: %v", got)
	}
}
