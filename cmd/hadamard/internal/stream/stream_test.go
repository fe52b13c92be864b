package stream

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hadamard-go/hadamard/runtime"
)

// endless counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

// The first bytes say how many more are needed, and nothing after those is read.
func TestRead(t *testing.T) {
	need := func(start []byte) (int, error) {
		if len(start) == 0 {
			return 3, nil
		}
		return 100_000, nil
	}
	e := new(endless)
	data, err := Read(e, need)
	if err != nil || len(data) != 100_000 || e.read != 100_000 {
		t.Errorf("%d bytes, %d read, %v: want 100000 each", len(data), e.read, err)
	}
	text := strings.Repeat("0123456789", 1000)
	for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
		if data, err := Read(r, need); err != nil || string(data) != text {
			t.Errorf("a stream that ends: %d bytes, %v", len(data), err)
		}
	}
	if _, err := Read(iotest.ErrReader(io.ErrNoProgress), need); err != io.ErrNoProgress {
		t.Errorf("a stream that fails: %v", err)
	}
	if _, err := Read(e, func([]byte) (int, error) { return 0, io.ErrShortBuffer }); err != io.ErrShortBuffer {
		t.Errorf("a need that fails: %v", err)
	}
}

// A claim takes no memory: the buffer grows with what arrives.
func TestAppendGrows(t *testing.T) {
	claim := 1 << 30
	data, err := Append([]byte("ab"), strings.NewReader("cd"), claim)
	if err != nil || string(data) != "abcd" || cap(data) > 2*firstBytes {
		t.Errorf("%q of capacity %d, %v", data, cap(data), err)
	}
	data, err = Append(nil, bytes.NewReader(make([]byte, 300_000)), 300_000)
	if err != nil || len(data) != 300_000 || cap(data) != 300_000 {
		t.Errorf("%d bytes of capacity %d, %v: want no more than was asked for", len(data), cap(data), err)
	}
	if math.MaxInt == math.MaxInt32 {
		return // an int does not count what a process can not have
	}
	e := new(endless)
	var tooMuch *runtime.MemoryError
	if _, err := Append(nil, e, math.MaxInt); !errors.As(err, &tooMuch) || e.read != 0 {
		t.Errorf("error %v after %d bytes", err, e.read)
	}
}
