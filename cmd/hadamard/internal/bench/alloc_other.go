//go:build !linux

package bench

func allocHuge(bytes int) (memory []byte, free func(), err error) {
	return aligned(make([]byte, hugeSpan(bytes)), hugePage), func() {}, nil
}
