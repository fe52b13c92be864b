// Modulate shifts eight radio channels in frequency by multiplying them by a carrier.
//
//	go run ./examples/modulate
//
// The channels are rows of a (8,4096) array of complex64 samples, the carrier is
// (4096,), and broadcasting repeats it for each channel. Samples arrive in blocks of
// the same layout, so the multiply is planned once and run for every block.
package main

import (
	"fmt"
	"log"
	"math"
	"math/cmplx"

	"github.com/hadamard-go/hadamard/runtime"
)

const (
	channels = 8
	samples  = 4096 // in a block
	shift    = 256  // the carrier's cycles in a block
)

func main() {
	log.SetFlags(0)
	block := make([]complex64, channels*samples)
	modulate, err := modulator(block, tone(shift))
	if err != nil {
		log.Fatal("modulate: ", err)
	}

	fmt.Println("channel  cycles per block before and after")
	// A real program would fill block again and again; here there is one.
	receive(block)
	before := peaks(block)
	if err := modulate.Run(); err != nil {
		log.Fatal("modulate: ", err)
	}
	for channel, after := range peaks(block) {
		fmt.Printf("%7d  %6d -> %d\n", channel, before[channel], after)
	}
}

// modulator plans the multiply of a block by a carrier, in place.
func modulator(block, carrier []complex64) (*runtime.Plan[complex64], error) {
	signal, err := runtime.New(block, len(block)/len(carrier), len(carrier))
	if err != nil {
		return nil, err
	}
	wave, err := runtime.New(carrier, len(carrier))
	if err != nil {
		return nil, err
	}
	return runtime.NewPlan(signal, signal, wave) // (8,4096) = (8,4096) * (4096,)
}

// tone returns a complex tone of unit amplitude with so many cycles in a block.
func tone(cycles int) []complex64 {
	wave := make([]complex64, samples)
	for i := range wave {
		wave[i] = complex64(cmplx.Rect(1, 2*math.Pi*float64(cycles*i%samples)/samples))
	}
	return wave
}

// receive fills a block: channel c carries a tone of 10+c cycles.
func receive(block []complex64) {
	for channel := range channels {
		copy(block[channel*samples:], tone(10+channel))
	}
}

// peaks returns, for each channel, how many cycles its strongest tone has: the
// largest of the first bins of a Fourier transform.
func peaks(block []complex64) []int {
	turn := tone(1)
	best := make([]int, channels)
	for channel := range best {
		signal := block[channel*samples : (channel+1)*samples]
		strongest := -1.0
		for cycles := range 2 * shift {
			var sum complex128
			for i, v := range signal {
				sum += complex128(v) * cmplx.Conj(complex128(turn[cycles*i%samples]))
			}
			if power := cmplx.Abs(sum); power > strongest {
				strongest, best[channel] = power, cycles
			}
		}
	}
	return best
}
