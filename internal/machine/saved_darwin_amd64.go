//go:build !purego

package machine

import "golang.org/x/sys/cpu"

// saved tells whether the system saves registers of 256 bits, and those of 512 and the masks:
// those only once they are used, so that XGETBV does not tell, and by some versions wrongly.
func saved() (ymm, zmm bool) { return cpu.X86.HasAVX, cpu.X86.HasAVX512F }
