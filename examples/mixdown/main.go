// Mixdown shifts a recording of I/Q samples in frequency and scales it.
//
//	go run ./examples/mixdown [IN.cs16 OUT.cf32]
//
// The file holds int16, I and Q in turn, as receivers save them. They come in blocks, and a
// block takes two steps while it is in the cache: int16 by a factor, as float32, which are the
// parts of complex64 samples; and these by an oscillator. Both are planned once and run for
// every block, and no array of the file's size is made.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"math/cmplx"
	"os"

	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

const (
	samples = 1024           // in a block: all that belongs to it fits into the first-level cache
	shift   = 64             // cycles in a block, by which frequencies go up
	gain    = 8. / (1 << 15) // full scale is 1, and the recording an eighth of that
)

func main() {
	log.SetFlags(0)
	args := []string{"examples/recording.cs16", "mixed.cf32"}
	copy(args, os.Args[1:])
	blocks, err := run(args[0], args[1])
	if err != nil {
		log.Fatal("mixdown: ", err)
	}
	fmt.Printf("wrote %s, blocks of %d samples: %d\n", args[1], samples, blocks)
}

// run mixes a file down, block by block, and returns how many there were.
func run(in, out string) (blocks int, err error) {
	source, err := os.Open(in)
	if err != nil {
		return 0, err
	}
	defer source.Close()
	target, err := os.Create(out)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	m, err := newMixer(oscillator(shift), gain)
	if err != nil {
		return 0, err
	}
	r, w := bufio.NewReader(source), bufio.NewWriter(target)
	raw := make([]byte, 4*samples)
	for {
		n, err := io.ReadFull(r, raw)
		switch {
		case err == io.EOF:
			return blocks, w.Flush()
		case err != nil && err != io.ErrUnexpectedEOF:
			return blocks, err
		case n%4 != 0:
			return blocks, fmt.Errorf("%s ends within a sample", in)
		}
		if _, err := binary.Decode(raw[:n], binary.LittleEndian, m.iq[:n/2]); err != nil {
			return blocks, err
		}
		if err := m.run(); err != nil {
			return blocks, err
		}
		if err := binary.Write(w, binary.LittleEndian, m.mixed[:n/4]); err != nil {
			return blocks, err
		}
		blocks++
	}
}

// mixer mixes blocks down.
type mixer struct {
	iq    []int16     // comes in: I and Q of each sample
	mixed []complex64 // goes out

	scale *runtime.Plan[float32]
	mix   *runtime.Plan[complex64]
}

// newMixer plans what happens to a block as long as the oscillator.
func newMixer(oscillator []complex64, gain float32) (*mixer, error) {
	n := len(oscillator)
	m := &mixer{iq: make([]int16, 2*n), mixed: make([]complex64, n)}
	in, err := runtime.New(m.iq, n, 2)
	if err != nil {
		return nil, err
	}
	out, err := runtime.New(m.mixed, n)
	if err != nil {
		return nil, err
	}
	wave, err := runtime.New(oscillator, n)
	if err != nil {
		return nil, err
	}
	// The same memory as parts and as samples.
	memory := make([]byte, 8*n)
	parts, err := view[float32](memory, ndarray.Float32, n, 2)
	if err != nil {
		return nil, err
	}
	scaled, err := view[complex64](memory, ndarray.Complex64, n)
	if err != nil {
		return nil, err
	}
	// (n,2) int16 * () float32, then (n,) * (n,) complex64.
	if m.scale, err = rules.ScaleInt16.NewPlan(parts, in, runtime.Scalar(gain)); err != nil {
		return nil, err
	}
	m.mix, err = runtime.NewPlan(out, scaled, wave)
	return m, err
}

// view returns memory as an array of a type of Go.
func view[T runtime.Element](memory []byte, dtype ndarray.DType, shape ...int) (runtime.Array[T], error) {
	x, err := ndarray.FromBytes(memory, dtype, ndarray.NativeEndian(), shape...)
	if err != nil {
		return runtime.Array[T]{}, err
	}
	return ndarray.As[T](x)
}

// run mixes the block that has come in.
func (m *mixer) run() error {
	if err := m.scale.Run(); err != nil {
		return err
	}
	return m.mix.Run()
}

// oscillator returns a tone of so many cycles in a block, which goes on in the next.
func oscillator(cycles int) []complex64 {
	wave := make([]complex64, samples)
	for i := range wave {
		wave[i] = complex64(cmplx.Rect(1, 2*math.Pi*float64(cycles*i%samples)/samples))
	}
	return wave
}
