package ndarray

import (
	"encoding/binary"
	"math/bits"
)

// swap reverses the bytes of every word of so many bytes, in place.
func swap(data []byte, word int) {
	order := binary.NativeEndian
	switch word {
	case 2:
		for ; len(data) >= 2; data = data[2:] {
			order.PutUint16(data, bits.ReverseBytes16(order.Uint16(data)))
		}
	case 4:
		for ; len(data) >= 4; data = data[4:] {
			order.PutUint32(data, bits.ReverseBytes32(order.Uint32(data)))
		}
	case 8:
		for ; len(data) >= 8; data = data[8:] {
			order.PutUint64(data, bits.ReverseBytes64(order.Uint64(data)))
		}
	}
}
