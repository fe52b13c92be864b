// Package hadamard is element-wise multiplication with NumPy broadcasting.
//
// Import [github.com/hadamard-go/hadamard/runtime] to multiply arrays. This
// package has no code of its own: it carries the lines that rebuild the kernels,
// and the benchmarks that compare them.
package hadamard

//go:generate go run ./gen/generate
//go:generate env GOWORK=off go -C examples/ownrule run ./gen
