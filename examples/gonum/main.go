// Gonum scales the columns of a gonum matrix, in its own memory.
//
//	GOWORK=off go -C examples/gonum run .
//
// A [mat.Dense] is rows of float64 at a stride, which is what a view is: parts of matrices and
// transposed ones are views, too, and nothing is copied in either direction. Gonum's own
// MulElem takes two matrices of one size; here a row and a column repeat.
package main

import (
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"github.com/hadamard-go/hadamard/runtime"
)

func main() {
	log.SetFlags(0)
	m := mat.NewDense(3, 4, []float64{
		1, 2, 3, 4,
		5, 6, 7, 8,
		9, 10, 11, 12,
	})
	// The middle of the matrix: a part of its memory.
	if err := scaleColumns(m.Slice(0, 3, 1, 3).(*mat.Dense), []float64{10, 100}); err != nil {
		log.Fatal("gonum: ", err)
	}
	fmt.Println(mat.Formatted(m))
}

// view returns a matrix as an array of shape (rows, columns), in the same memory.
func view(m *mat.Dense) (runtime.Array[float64], error) {
	raw := m.RawMatrix()
	return runtime.View(raw.Data, 0, []int{raw.Rows, raw.Cols}, []int{raw.Stride, 1})
}

// scaleColumns multiplies each column by its factor, in place: (rows, columns) * (columns,).
func scaleColumns(m *mat.Dense, factors []float64) error {
	a, err := view(m)
	if err != nil {
		return err
	}
	row, err := runtime.New(factors, len(factors))
	if err != nil {
		return err
	}
	return runtime.MultiplyTo(a, a, row)
}
