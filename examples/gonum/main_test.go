package main

import (
	"errors"
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/hadamard-go/hadamard/runtime"
)

// A part of a matrix is scaled as gonum scales it, and what is beside it stays.
func TestScaleColumns(t *testing.T) {
	const rows, columns = 37, 53
	m := mat.NewDense(rows, columns, nil)
	m.Apply(func(i, j int, _ float64) float64 { return float64(i*columns + j) }, m)
	factors := make([]float64, columns-5)
	for j := range factors {
		factors[j] = 1 / float64(j+3)
	}
	want := mat.DenseCopyOf(m)
	part := want.Slice(2, rows-1, 4, columns-1).(*mat.Dense)
	part.Mul(part, mat.NewDiagDense(len(factors), factors))
	if err := scaleColumns(m.Slice(2, rows-1, 4, columns-1).(*mat.Dense), factors); err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(m, want) {
		t.Error("the matrix is not what gonum makes of it")
	}
}

func TestScaleColumnsOfOtherSize(t *testing.T) {
	err := scaleColumns(mat.NewDense(2, 3, nil), []float64{1, 2})
	if !errors.As(err, new(*runtime.ShapeError)) {
		t.Errorf("error %v, want one about shapes", err)
	}
}

// A matrix by its own transpose, which is a view of the same memory.
func Example() {
	m := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	a, err := view(m)
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := a.Transpose()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(runtime.MultiplyTo(a, a, t))
	fmt.Println(mat.Formatted(m))
	// Output:
	// <nil>
	// ⎡ 1   6⎤
	// ⎣ 6  16⎦
}
