// Package avo emits the assembly kernels. A kernel is composed of four small
// parts, and what differs between levels is a small piece of each:
//
//   - a skeleton (skeleton.go, which chooses one): the loop over rows, and the loop,
//     unrolling and tail of a row of contiguous operands (line.go), picked ones
//     (picked.go), both past the caches (bypass.go), repeated ones (repeated.go), those of
//     any stride (scattered.go) or of several (several.go), or of tiles (tile.go, direct.go);
//   - operands (operand.go, permute.go, permuted.go, sieve.go, arrange.go): where a
//     row's vectors come from, or go to;
//   - memory access (access.go, rest.go): loads and stores of whole, short and
//     masked vectors;
//   - a multiply body (bodies.go): the product of two vectors, free of loops.
//
// What was compiled is checked against the level's bundle (check.go) before it
// is printed.
package avo

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"

	"github.com/hadamard-go/hadamard/gen/spec"
)

const constraint = "amd64,!purego"

// signature returns the Go type of a pattern's kernels.
func signature(p spec.Pattern) string {
	if p.OneRow {
		return "func(dst, a, b *byte, n int)"
	}
	return "func(nest *byte)"
}

// Has tells whether Render can emit a kernel.
func Has(k spec.Kernel) bool {
	return (k.Pattern.Moves || bodyOf(k) != nil) && levels[k.Level.Name] != nil && skeletonOf(k) != nil
}

// Render emits one assembly file with the kernels.
func Render(kernels []spec.Kernel) ([]byte, error) {
	file, err := compile(kernels)
	if err != nil {
		return nil, err
	}
	return printer.NewGoAsm(printer.Config{Name: "github.com/hadamard-go/hadamard/gen", Pkg: "generated"}).Print(file)
}

// compile builds and checks the kernels of one file.
func compile(kernels []spec.Kernel) (*ir.File, error) {
	c := build.NewContext()
	c.ConstraintExpr(constraint)
	data := map[string]operand.Mem{}
	for _, k := range kernels {
		if !Has(k) {
			return nil, fmt.Errorf("%s: no body or no skeleton", k.ID())
		}
		c.Function(k.Symbol())
		c.Attributes(attr.NOSPLIT)
		c.SignatureExpr(signature(k.Pattern))
		skeletonOf(k)(newEmitter(c, k, data))
	}
	file, err := c.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return nil, err
	}
	var errs []error
	for i, fn := range file.Functions() {
		dropSelfMoves(fn)
		if err := check(fn, kernels[i].Level); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", kernels[i].ID(), err))
		}
	}
	return file, errors.Join(errs...)
}

// dropSelfMoves removes moves of a vector register to itself, which is what becomes
// of a move where both variables got the same register. avo does so for general ones.
func dropSelfMoves(fn *ir.Function) {
	fn.Nodes = slices.DeleteFunc(fn.Nodes, func(n ir.Node) bool {
		i, ok := n.(*ir.Instruction)
		return ok && i.Opcode == "VMOVUPS" && i.Operands[0] == i.Operands[1]
	})
}
