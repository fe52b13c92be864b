package broadcast

import (
	_ "embed"
	"encoding/json"
	"slices"
	"testing"
)

// goldenJSON holds what NumPy answers; testdata/golden.py makes it.
//
//go:embed testdata/golden.json
var goldenJSON []byte

type goldenTable struct {
	Shapes []struct {
		Of   [][]int
		Want []int // null where NumPy refuses
	}
	Layouts []struct {
		Shape []int
		Of    [][]int
		Want  []int
	}
}

func golden(t *testing.T) goldenTable {
	t.Helper()
	var table goldenTable
	if err := json.Unmarshal(goldenJSON, &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Shapes) < 100 || len(table.Layouts) < 100 {
		t.Fatalf("golden table has %d shapes and %d layouts", len(table.Shapes), len(table.Layouts))
	}
	return table
}

func TestShapeAsNumPy(t *testing.T) {
	for _, row := range golden(t).Shapes {
		got, err := Shape(row.Of...)
		if (err != nil) != (row.Want == nil) || err == nil && !slices.Equal(got, row.Want) {
			t.Errorf("Shape(%v) = %v, %v; NumPy has %v", row.Of, got, err, row.Want)
		}
	}
}

func TestKeepOrderAsNumPy(t *testing.T) {
	for _, row := range golden(t).Layouts {
		if got := KeepOrder(row.Shape, row.Of...); !slices.Equal(got, row.Want) {
			t.Errorf("KeepOrder(%v, %v) = %v; NumPy has %v", row.Shape, row.Of, got, row.Want)
		}
	}
}
