// Package bench measures the library on files of cases: multiplies that are
// described by dtypes, shapes and strides, so that drivers in other languages
// run the very same. bench/gen_cases.py writes such files, and the key
// "protocol" in them says what each field means.
package bench

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hadamard-go/hadamard/broadcast"
)

// Suite is a file of cases.
type Suite struct {
	Name  string `json:"-"` // of the file
	Title string `json:"title"`
	Cases []Case `json:"cases"`
}

// Case is one multiply.
type Case struct {
	Name      string    `json:"name"`
	Group     string    `json:"group"`
	Op        string    `json:"op"`
	Out       Operand   `json:"out"`
	Inputs    []Operand `json:"inputs"`
	InplaceOf *int      `json:"inplace_of"` // the input whose buffer the output is in
	Elements  int       `json:"elements"`
	Bytes     int       `json:"bytes"` // distinct ones, read and written
	DRAM      bool      `json:"dram"`  // larger than caches
	BatchNs   float64   `json:"batch_ns"`
	Repeats   int       `json:"repeats"`
}

// Shared tells whether multiplies of so many bytes have several threads.
func (c *Case) Shared() bool { return c.Bytes >= SharedFrom }

// SharedFrom is the number of bytes from which on multiplies have several threads.
const SharedFrom = 16 << 20

// Operand is an array: element (i0,i1,…) is buffer[offset + Σ strides[k]*ik].
// All numbers count elements.
type Operand struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Strides []int  `json:"strides"`
	Offset  int    `json:"offset"`
	BufLen  int    `json:"buflen"`
	Fill    string `json:"fill"` // of inputs; outputs start as zeros
	Seed    int    `json:"seed"`
}

// maskedOp has a mask behind its operands.
const maskedOp = "mul_where"

// inputsOf counts the inputs of each op.
var inputsOf = map[string]int{"mul": 2, "mul3": 3, "mul4": 4, maskedOp: 3}

//go:generate python3 ../../../../bench/gen_cases.py --seed seed.json
//go:generate python3 ../../../../bench/gen_cases.py cases.json
var (
	//go:embed seed.json
	seed []byte
	//go:embed cases.json
	layouts []byte
)

// Seed returns the seed benchmark: (x,2048) * (x,2048), from what fits in the
// first-level cache to 100 million elements.
func Seed() (*Suite, error) { return parse("seed.json", seed) }

// All returns the seed benchmark and the cases of other layouts.
func All() (*Suite, error) {
	all, err := Seed()
	if err != nil {
		return nil, err
	}
	others, err := parse("cases.json", layouts)
	if err != nil {
		return nil, err
	}
	return &Suite{Name: "all cases", Cases: append(all.Cases, others.Cases...)}, nil
}

// Open returns the cases in a file, or the seed benchmark if it has no name.
func Open(path string) (*Suite, error) {
	if path == "" {
		return Seed()
	}
	return Load(path)
}

// Select keeps the cases in a group or with a part of a name, and of these, with dram, those
// that are larger than caches. That there are none is an error.
func (s *Suite) Select(filter string, dram bool) error {
	var groups []string
	for _, c := range s.Cases {
		if !slices.Contains(groups, c.Group) {
			groups = append(groups, c.Group)
		}
	}
	s.Cases = slices.DeleteFunc(s.Cases, func(c Case) bool {
		return dram && !c.DRAM || !strings.Contains(c.Name, filter) && c.Group != filter
	})
	if len(s.Cases) == 0 {
		return fmt.Errorf("%s: no case is in a group %q or has it in its name; the groups are %s", s.Name, filter, strings.Join(groups, ", "))
	}
	return nil
}

// Load reads a file of cases, and checks that each can be built.
func Load(path string) (*Suite, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parse(path, text)
}

func parse(name string, text []byte) (*Suite, error) {
	s := &Suite{Name: name}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: is no file of cases: %w", name, err)
	}
	if len(s.Cases) == 0 {
		return nil, fmt.Errorf("%s: has no cases", name)
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		if err := c.validate(); err != nil {
			return nil, fmt.Errorf("%s: case %d, %q: %w", name, i, c.Name, err)
		}
	}
	return s, nil
}

func (c *Case) validate() error {
	n, known := inputsOf[c.Op]
	switch {
	case c.Name == "":
		return errors.New("has no name")
	case !known:
		return fmt.Errorf("unknown op %q", c.Op)
	case len(c.Inputs) != n:
		return fmt.Errorf("%s takes %d inputs, got %d", c.Op, n, len(c.Inputs))
	case c.BatchNs <= 0 || c.Repeats <= 0:
		return fmt.Errorf("batch_ns is %v and repeats is %d, want more than 0", c.BatchNs, c.Repeats)
	}
	for i := range c.Inputs {
		if err := c.Inputs[i].validate(); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
	}
	if c.Op == maskedOp && c.Inputs[2].DType != "bool" {
		return fmt.Errorf("%s takes a mask of bool, got %s", c.Op, c.Inputs[2].DType)
	}
	if err := c.Out.validate(); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	if size, _ := broadcast.Size(c.Out.Shape); size != c.Elements { // validate has checked the size
		return fmt.Errorf("elements is %d, the output has %d", c.Elements, size)
	}
	if k := c.InplaceOf; k != nil {
		if *k < 0 || *k >= n {
			return fmt.Errorf("inplace_of is %d, there are %d inputs", *k, n)
		}
		if in := &c.Inputs[*k]; in.DType != c.Out.DType || in.BufLen != c.Out.BufLen {
			return fmt.Errorf("inplace_of is %d, but the output has %d of %s and the input %d of %s", *k, c.Out.BufLen, c.Out.DType, in.BufLen, in.DType)
		}
	}
	return nil
}

func (o *Operand) validate() error {
	dtype, known := dtypes[o.DType]
	if !known {
		return fmt.Errorf("unknown dtype %q", o.DType)
	}
	if _, known := fills[o.Fill]; !known {
		return fmt.Errorf("unknown fill %q", o.Fill)
	}
	if o.Seed < 0 {
		return fmt.Errorf("seed is %d, want 0 or more", o.Seed)
	}
	if o.BufLen < 0 || o.BufLen > maxBytes/dtype.size() {
		return fmt.Errorf("buflen is %d, want 0 to %d elements of %s", o.BufLen, maxBytes/dtype.size(), o.DType)
	}
	lo, hi, err := broadcast.Bounds(o.Shape, o.Strides)
	if err != nil {
		return err
	}
	if o.Offset < 0 || o.Offset > o.BufLen || lo < -o.Offset || hi >= o.BufLen-o.Offset {
		return fmt.Errorf("shape %s with strides %s and offset %d leaves the buffer of %d elements",
			broadcast.FormatShape(o.Shape), broadcast.FormatShape(o.Strides), o.Offset, o.BufLen)
	}
	return nil
}

// Contiguous reports whether the case multiplies two arrays element by element in the order in
// which they are in memory.
func (c *Case) Contiguous() bool {
	if c.Op != "mul" || c.InplaceOf != nil {
		return false
	}
	for _, o := range []*Operand{&c.Out, &c.Inputs[0], &c.Inputs[1]} {
		step := 1
		for i := len(o.Shape) - 1; i >= 0; i-- {
			if o.Shape[i] != 1 && o.Strides[i] != step {
				return false
			}
			step *= o.Shape[i]
		}
		if step != c.Elements || o.DType != c.Out.DType || o.Offset != 0 {
			return false
		}
	}
	return true
}
