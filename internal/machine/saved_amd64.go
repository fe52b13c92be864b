//go:build amd64 && !darwin && !purego

package machine

// saved tells whether the system saves registers of 256 bits, and those of 512 and the masks.
func saved() (ymm, zmm bool) {
	const avx, avx512 = 0x06, 0xe6
	c := components()
	return c&avx == avx, c&avx512 == avx512
}
