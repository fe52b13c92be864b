// Package hadamard is element-wise multiplication with NumPy broadcasting.
//
// Import [github.com/hadamard-go/hadamard/runtime] to multiply arrays. This
// package has no code of its own: it carries the line that rebuilds the kernels,
// and the benchmarks that compare them.
package hadamard

//go:generate go run ./gen/generate
