package chart

import (
	"slices"
	"testing"
)

func TestPlaceLabels(t *testing.T) {
	at := []float64{10, 60, 100, 280}
	widths := []float64{40, 60, 60, 50}
	want := []Label{{13, 0}, {63, 0}, {103, 1}, {227, 0}}
	if got := PlaceLabels(at, widths, 300); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRounded(t *testing.T) {
	for v, want := range map[float64]float64{1: 1, 1.1: 2, 2: 2, 4: 5, 5: 5, 6: 10, 99: 100, 0.03: 0.05, 230: 500} {
		if got := rounded(v); got != want {
			t.Errorf("%v: got %v, want %v", v, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{1: "1", 500: "500", 1000: "1000", 1e4: "10 k", 1e8: "100 M", 2e9: "2 G"} {
		if got := Short(v); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
}
