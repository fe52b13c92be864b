package runtime

import "fmt"

// String prints the elements in brackets, one pair per axis, columns aligned.
// Of more than 1000 elements it prints those at the ends of the axes, and of more than four
// axes, where these are still many, those at index 0 of the outer ones.
func (x Array[T]) String() string {
	if x.operand.Lay == nil {
		return "no array"
	}
	return x.operand.Lay.Text(func(offset int) string { return fmt.Sprint(*x.element(offset)) })
}
