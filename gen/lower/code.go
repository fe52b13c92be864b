package lower

import (
	"fmt"
	"slices"
	"strings"
)

// A Value is a vector that vector code computes, by its number. X and y are the first two.
type Value int

const (
	X Value = iota
	Y
	given // how many are given
)

// A Pattern is what fills a constant vector: a number in each lane.
type Pattern struct {
	Lane int // bytes
	Bits uint64
}

// Word is the pattern as lanes of 8 bytes.
func (p Pattern) Word() uint64 {
	bits := p.Bits
	if p.Lane < 8 {
		bits &= 1<<(8*p.Lane) - 1
	}
	for at := p.Lane; at < 8; at *= 2 {
		bits |= bits << (8 * at)
	}
	return bits
}

// An Instruction computes a vector from others. Name is a mnemonic of the assembler or, in
// lower case, a macro of several. Arguments stand as in Intel's manuals, the first source first.
type Instruction struct {
	Name string
	Imm  int // none if negative
	Args []Value
	To   Value
}

// Code is what a body does for one level: a list of instructions of which each vector is
// computed once.
type Code struct {
	Level string
	// Wide is the bytes that an element takes where vectors are widest, so that a whole
	// vector of so many bytes each is what is multiplied at once.
	Wide int

	List      []Instruction
	Bytes     []int // of an element in each vector
	Constants map[Value]Pattern
	Out       Value
	Packing   *Packing // if the result can be packed, too

	// By is code that is better where x or y is a constant of many products, if there is any:
	// what depends on the constant alone is computed once.
	By map[Value]*Code
}

// A Packing says that the result is also what the packing instructions make of several vectors
// of lanes that are wider than its elements: clamped from signed numbers to signed or unsigned
// ones of half the bytes, until they have the result's.
type Packing struct {
	Lanes  Value
	Lane   int // bytes
	Signed bool
}

func (c *Code) IsConst(v Value) bool {
	_, ok := c.Constants[v]
	return ok
}

// String prints the code, one instruction a line. Equal code is printed equally.
func (c *Code) String() string {
	names := map[Value]string{X: "x", Y: "y"}
	name := func(v Value) string {
		if p, ok := c.Constants[v]; ok {
			return fmt.Sprintf("%#x", p.Word())
		}
		if names[v] == "" {
			names[v] = fmt.Sprint("v", len(names)-2)
		}
		return names[v]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d bytes an element, x of %d, y of %d\n", c.Wide, c.Bytes[X], c.Bytes[Y])
	for _, i := range c.List {
		var args []string
		for _, a := range i.Args {
			args = append(args, name(a))
		}
		if i.Imm >= 0 {
			args = append(args, fmt.Sprint(i.Imm))
		}
		fmt.Fprintf(&b, "%s = %s %s\n", name(i.To), i.Name, strings.Join(args, ", "))
	}
	if p := c.Packing; p != nil {
		fmt.Fprintf(&b, "or pack %s, signed %t\n", name(p.Lanes), p.Signed)
	}
	fmt.Fprintf(&b, "return %s of %d bytes\n", name(c.Out), c.Bytes[c.Out])
	for v := range given {
		if by := c.By[v]; by != nil {
			fmt.Fprintf(&b, "by one %s: %s", name(v), by)
		}
	}
	return b.String()
}

// DependsOn tells of each vector whether it depends on v.
func (c *Code) DependsOn(v Value) []bool {
	depends := make([]bool, len(c.Bytes))
	depends[v] = true
	for _, i := range c.List {
		depends[i.To] = slices.ContainsFunc(i.Args, func(a Value) bool { return depends[a] })
	}
	return depends
}

// varies tells of each vector whether it is another one for each product by a constant operand.
func (c *Code) varies(by Value) []bool {
	if by == neither {
		return slices.Repeat([]bool{true}, len(c.Bytes))
	}
	return c.DependsOn(X + Y - by)
}

// Uses counts how often each vector is an argument, or the result.
func (c *Code) Uses() []int {
	uses := make([]int, len(c.Bytes))
	uses[c.Out]++
	for _, i := range c.List {
		for _, a := range i.Args {
			uses[a]++
		}
	}
	return uses
}

// needs tells of each vector whether some others need it.
func (c *Code) needs(results ...Value) []bool {
	needed := make([]bool, len(c.Bytes))
	for _, v := range results {
		needed[v] = true
	}
	for _, i := range slices.Backward(c.List) {
		if needed[i.To] {
			for _, a := range i.Args {
				needed[a] = true
			}
		}
	}
	return needed
}

// prune drops what the result does not need.
func (c *Code) prune() {
	needed := c.needs(c.Out)
	if c.Packing != nil {
		needed = c.needs(c.Out, c.Packing.Lanes)
	}
	c.List = slices.DeleteFunc(c.List, func(i Instruction) bool { return !needed[i.To] })
}
