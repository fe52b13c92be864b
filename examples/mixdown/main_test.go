package main

import (
	"encoding/binary"
	"fmt"
	"math/cmplx"
	"os"
	"path/filepath"
	"testing"

	"github.com/hadamard-go/hadamard/runtime"
)

// The recording's tone is at 0 afterwards, as large as full scale, and each sample is what the
// definition says.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "mixed.cf32")
	blocks, err := run("../recording.cs16", out)
	if err != nil || blocks != 4 {
		t.Fatalf("%d blocks, %v", blocks, err)
	}
	got, in := make([]complex64, 4*samples), make([]int16, 8*samples)
	load(t, out, got)
	load(t, "../recording.cs16", in)
	wave := oscillator(shift)
	var mean complex128
	for i, v := range got {
		a, b := complex(float32(in[2*i])*gain, float32(in[2*i+1])*gain), wave[i%samples]
		want := complex(
			float32(real(a)*real(b))-float32(imag(a)*imag(b)),
			float32(real(a)*imag(b))+float32(imag(a)*real(b)),
		)
		if v != want {
			t.Fatalf("sample %d: %v, want %v", i, v, want)
		}
		mean += complex128(v) / (4 * samples)
	}
	if cmplx.Abs(mean-1) > 0.01 {
		t.Errorf("the mean is %v, want 1", mean)
	}
}

// A file may end within a block, but not within a sample.
func TestRunEnds(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.cs16"), filepath.Join(dir, "out.cf32")
	for size, want := range map[int]int64{0: 0, 4: 8, 4*samples + 8: 8*samples + 16, 6: -1} {
		if err := os.WriteFile(in, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := run(in, out)
		if (err != nil) != (want < 0) {
			t.Errorf("%d bytes: %v", size, err)
		}
		if info, err := os.Stat(out); want >= 0 && (err != nil || info.Size() != want) {
			t.Errorf("%d bytes became %d, want %d; %v", size, info.Size(), want, err)
		}
	}
}

func load(t *testing.T, name string, values any) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := binary.Decode(data, binary.LittleEndian, values); err != nil || n != len(data) {
		t.Fatalf("%s: %d of %d bytes, %v", name, n, len(data), err)
	}
}

// Four samples of a tone that falls by a quarter of a turn each, shifted up by as much.
func Example() {
	m, err := newMixer([]complex64{1, 1i, -1, -1i}, 1./(1<<15))
	if err != nil {
		fmt.Println(err)
		return
	}
	copy(m.iq, []int16{16384, 0, 0, -16384, -16384, 0, 0, 16384})
	fmt.Println(m.run(), m.mixed)
	// Output:
	// <nil> [(0.5+0i) (0.5+0i) (0.5-0i) (0.5+0i)]
}

// BenchmarkMixer is what a block takes, beside a plain multiply of as many bytes.
func BenchmarkMixer(b *testing.B) {
	const bytes = 4*samples + 8*samples + 8*samples // in, oscillator, out
	b.Run("mixer", func(b *testing.B) {
		m, err := newMixer(oscillator(shift), gain)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(bytes)
		for b.Loop() {
			if err := m.run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("plain", func(b *testing.B) {
		x, y, z := make([]float32, bytes/12), make([]float32, bytes/12), make([]float32, bytes/12)
		b.SetBytes(bytes)
		for b.Loop() {
			if err := runtime.MulSlice(x, y, z); err != nil {
				b.Fatal(err)
			}
		}
	})
}
