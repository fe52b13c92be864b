package runtime

import (
	"bytes"
	"encoding/binary"
)

// eachIndex calls do with each index of a shape.
func eachIndex(shape []int, do func(index []int)) {
	index := make([]int, len(shape))
	for {
		do(index)
		axis := len(shape) - 1
		for ; axis >= 0; axis-- {
			if index[axis]++; index[axis] < shape[axis] {
				break
			}
			index[axis] = 0
		}
		if axis < 0 {
			return
		}
	}
}

// sameAs compares an element of a dtype, NaNs as a class.
func sameAs(dtype string, x, y []byte, size int) bool {
	if bytes.Equal(x[:size], y[:size]) {
		return true
	}
	ne := binary.NativeEndian
	part := map[string]int{"float16": 2, "bfloat16": 2, "float32": 4, "complex64": 4, "float64": 8, "complex128": 8}[dtype]
	if part == 0 {
		return false
	}
	for i := 0; i < size; i += part {
		p, q := x[i:i+part], y[i:i+part]
		nan := func(p []byte) bool {
			switch dtype {
			case "float16":
				return ne.Uint16(p)&0x7fff > 0x7c00
			case "bfloat16":
				return ne.Uint16(p)&0x7fff > 0x7f80
			case "float32", "complex64":
				return ne.Uint32(p)&^(1<<31) > 0x7f80_0000
			}
			return ne.Uint64(p)&^(1<<63) > 0x7ff0_0000_0000_0000
		}
		if !bytes.Equal(p, q) && !(nan(p) && nan(q)) {
			return false
		}
	}
	return true
}
