package avo

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"

	"github.com/hadamard-go/hadamard/gen/lower"
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

// An Assembler compiles kernels, each once.
type Assembler struct {
	// Notice, if any, is told of each kernel that is other than most are.
	Notice func(Notice)
	// Codes holds the vector code of rules that have no body written by hand, by rule and
	// target.
	Codes   map[string]map[string]*lower.Code
	kernels map[string]compiled // by ID
	unroll  int                 // at most, if not 0
	sparing bool                // bodies are
}

// compiled is the file of one kernel, nil if there is none, or why it could not be made.
type compiled struct {
	file *ir.File
	err  error
}

// Has tells whether there is assembly for a kernel. There is for one that could not be
// compiled, too, of which Render says why.
func (a *Assembler) Has(k spec.Kernel) bool {
	c := a.kernel(k)
	return c.file != nil || c.err != nil
}

// Render emits one assembly file with the kernels.
func (a *Assembler) Render(kernels []spec.Kernel) ([]byte, error) {
	all := ir.NewFile()
	placed := map[string]bool{} // constants
	var errs []error
	for _, k := range kernels {
		c := a.kernel(k)
		switch {
		case c.err != nil:
			errs = append(errs, c.err)
			continue
		case c.file == nil:
			errs = append(errs, fmt.Errorf("%s: no body or no skeleton, or too long", k.ID()))
			continue
		}
		all.Constraints, all.Includes = c.file.Constraints, c.file.Includes
		for _, s := range c.file.Sections {
			if g, ok := s.(*ir.Global); ok {
				if placed[g.Symbol.Name] {
					continue
				}
				placed[g.Symbol.Name] = true
			}
			all.AddSection(s)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	asm, err := printer.NewGoAsm(printer.Config{Name: "github.com/hadamard-go/hadamard/gen", Pkg: "generated"}).Print(all)
	// Columns, and what the names of kernels and of levels say, would be a sixth of the text.
	asm = regexp.MustCompile(`(?m)^(\t[^ \n]+) +`).ReplaceAll(asm, []byte("$1 "))
	return joinLines(regexp.MustCompile(`(?m)^// (func|Requires).*\n`).ReplaceAll(asm, nil)), err
}

// joinLines puts the instructions of assembly side by side, as words of lines that labels, comments
// and jumps end: a program that links them has an entry for each line, in two tables, which took a
// third of what the instructions themselves take. Go vet looks for one instruction in a line: those
// that it checks, of arguments and ends of functions, stand alone. So does what has a comment behind it,
// which would take in the next instruction.
func joinLines(asm []byte) []byte {
	const wide = 100
	var text []byte
	alone := regexp.MustCompile(`^(JMP|RET)\b|\(FP\)|//`)
	begun := 0 // where the line of instructions that may go on begins, or 0
	for line := range bytes.Lines(asm) {
		instruction, is := bytes.CutPrefix(line, []byte{'\t'})
		ends := alone.Match(instruction)
		if begun > 0 && is && !ends && len(text)-begun+len(instruction) < wide {
			text = append(append(text[:len(text)-1], "; "...), instruction...)
		} else {
			begun = len(text)
			text = append(text, line...)
		}
		if !is || ends || instruction[0] == 'J' {
			begun = 0
		}
	}
	return text
}

// kernel compiles a kernel, once. There may be none: the level below or a more general pattern
// serve.
func (a *Assembler) kernel(k spec.Kernel) compiled {
	if c, done := a.kernels[k.ID()]; done {
		return c
	}
	var c compiled
	if b := a.body(k, a.sparing); exists(k, b) {
		c.file, c.err = a.fit(k, b)
	}
	if a.kernels == nil {
		a.kernels = map[string]compiled{}
	}
	a.kernels[k.ID()] = c
	return c
}

// A Notice says what became of a kernel whose expression is long, or takes many registers.
type Notice struct {
	Kernel spec.Kernel
	Became Became
	// Registers says that there are too few of them; or else there are too many instructions.
	Registers bool
	// Detail is what the check of the kernel says, in the assembler's words.
	Detail string
}

// Became is what becomes of kernels.
type Became int

const (
	Shorter Became = iota // its loops have fewer vectors a turn
	Sparing               // it is longer than others, or its body sparing
	Absent                // there is none
)

// fit compiles a kernel so that it is not too long: it unrolls its main loops less. What does not
// fit by that, or takes too many registers, is left to what is more general or of a lower level.
// Where nothing is more general, it may be longer, and its body sparing.
func (a *Assembler) fit(k spec.Kernel, b *body) (*ir.File, error) {
	most := cmp.Or(a.unroll, unroll)
	var misfit *misfitError
	var why error
	tell := func(became Became) {
		if a.Notice != nil {
			a.Notice(Notice{k, became, !misfit.long, why.Error()})
		}
	}
	for turn := most; turn > 0; turn /= 2 {
		file, err := compile(k, b, turn, spec.Budget)
		if !errors.As(err, &misfit) {
			if turn < most && err == nil {
				tell(Shorter)
			}
			return file, err
		}
		if why = err; !misfit.long {
			break
		}
	}
	if k.Pattern.General != "" {
		tell(Absent)
		return nil, nil
	}
	for _, s := range []*body{b, a.body(k, true)} {
		file, err := compile(k, s, 1, spec.Longest)
		if err == nil {
			tell(Sparing)
			return file, nil
		}
		if !errors.As(err, &misfit) {
			return nil, err
		}
		why = err
	}
	if !misfit.long {
		return nil, fmt.Errorf("rule %s takes more registers than there are at %s, in kernels of pattern %s: take the expression apart, or say Portable: true in its row (%w)", k.Rule.Name, k.Target(), k.Pattern.Name, why)
	}
	tell(Absent)
	return nil, nil
}

// body returns the body of a kernel, sparing if it can be, or nil.
func (a *Assembler) body(k spec.Kernel, sparing bool) *body {
	c := a.Codes[k.Rule.Name][k.Target()]
	if c == nil {
		return bodies[k.Rule.Name] // a nil or one by hand
	}
	if by := c.By[constantOf(k.Pattern)]; by != nil && !sparing {
		c = by
	}
	b := lowered(c, sparing)
	b.element = elements[k.Rule.Name]
	return b
}

// constantOf is the operand that is a constant of whole rows, or a number of none.
func constantOf(p spec.Pattern) lower.Value {
	switch {
	case p.Cols > 0:
	case p.A == spec.Fixed:
		return lower.X
	case p.B == spec.Fixed:
		return lower.Y
	}
	return -1
}

// exists tells whether there is a body and a skeleton for a kernel.
func exists(k spec.Kernel, b *body) bool {
	return (k.Pattern.Does == spec.Copies || k.Pattern.Does == spec.Masks || b != nil) && levels[k.Level.Name] != nil && skeletonOf(k, b) != nil
}

// compile builds and checks one kernel, with so many vectors in a turn of its main loops and a
// budget of instructions. An error begins with the kernel's ID.
func compile(k spec.Kernel, b *body, unroll, budget int) (file *ir.File, err error) {
	defer func() {
		x := recover()
		switch x := x.(type) {
		case nil:
		case *misfitError:
			err = x
		case runtime.Error: // a mistake in this package
			err = fmt.Errorf("panic: %v\n%s", x, debug.Stack())
		default:
			err = fmt.Errorf("%v", x)
		}
		if err != nil {
			file, err = nil, fmt.Errorf("%s: %w", k.ID(), err)
		}
	}()
	c := build.NewContext()
	c.ConstraintExpr(constraint)
	c.Function(k.Symbol())
	c.Attributes(attr.NOSPLIT)
	c.SignatureExpr(signature(k.Pattern))
	skeletonOf(k, b)(newEmitter(c, k, b, unroll))
	file, err = c.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(file); err != nil {
		if err.Error() == "failed to allocate registers" {
			err = &misfitError{err.Error(), false}
		}
		return nil, err
	}
	fn := file.Functions()[0]
	dropSelfMoves(fn)
	if err := check(fn, k, budget); err != nil {
		return nil, err
	}
	return file, encodeAll(fn)
}

// dropSelfMoves removes moves of a vector register to itself, which is what becomes
// of a move where both variables got the same register. avo does so for general ones.
func dropSelfMoves(fn *ir.Function) {
	fn.Nodes = slices.DeleteFunc(fn.Nodes, func(n ir.Node) bool {
		i, ok := n.(*ir.Instruction)
		return ok && i.Opcode == "VMOVUPS" && i.Operands[0] == i.Operands[1]
	})
}
