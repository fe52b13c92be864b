package npy

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// Headers in every odd form are read as NumPy reads them: testdata/headers.py has asked it.
func TestHeaders(t *testing.T) {
	var rows []struct {
		Version byte
		Header  string
		Want    *struct {
			DType   string
			Big     bool
			Shape   []int64
			Fortran bool
		}
	}
	if err := json.Unmarshal(fixture(t, "headers.json"), &rows); err != nil {
		t.Fatal(err)
	}
	// NumPy was asked on a machine that is little-endian, which an order left out stands for.
	native := ndarray.NativeEndian() == ndarray.LittleEndian
	read := 0
	for _, row := range rows {
		source := make([]byte, 0, len(row.Header)) // of latin-1
		for _, r := range row.Header {
			source = append(source, byte(r))
		}
		h, err := parseDict(string(source), row.Version)
		var shape []int
		if row.Want != nil {
			for _, n := range row.Want.Shape {
				shape = append(shape, int(n))
				if n > math.MaxInt {
					row.Want = nil
					break
				}
			}
		}
		switch {
		case row.Want == nil && err == nil:
			t.Errorf("version %d, %q: read as %+v, which NumPy does not", row.Version, source, *h)
		case row.Want == nil:
		case err != nil:
			t.Errorf("version %d, %q: %v, but NumPy reads it as %+v", row.Version, source, err, *row.Want)
		default:
			read++
			swapped := h.DType.WordSize() > 1 && row.Want.Big
			if h.DType.String() != row.Want.DType || native && h.Swapped != swapped || !slices.Equal(h.Shape, shape) || h.Fortran != row.Want.Fortran {
				t.Errorf("version %d, %q: read as %+v, NumPy has %+v", row.Version, source, *h, *row.Want)
			}
		}
	}
	if len(rows) < 1000 || read < 300 {
		t.Errorf("%d of %d headers were read: the table is not whole", read, len(rows))
	}
}
