package flow

import (
	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Storage is how elements of an array are stored, and become those of a rule or are made of them.
type Storage struct {
	By   *kernel.Rule // the rule of one operand that converts them, nil for none
	Unit int          // the bytes that strides count, 0 for those of an element
	Swap int          // the bytes of the numbers in them whose byte order is not the machine's, 0 if it is
}

// stored returns how an operand is stored; 0 is a.
func (m *Mixed) stored(operand int) *Storage {
	switch {
	case operand == 0:
		return &m.A
	case operand == 1 || len(m.Others) == 0:
		return &m.B
	}
	return &m.Others[operand-2]
}

// arrayOf returns an array so stored, of elements of so many bytes.
func (s *Storage) arrayOf(x exec.Operand, size int) exec.Array {
	unit := s.Unit
	if unit == 0 {
		unit = size
	}
	return exec.Array{Operand: x, Size: size, Unit: unit}
}

// as reports whether elements of a rule are stored as they are.
func (s *Storage) as() bool { return s.By == nil && s.Swap == 0 }

// element returns what rules say of elements so stored, which become those of an operand of a rule.
func (s *Storage) element(of *kernel.Operand) *kernel.Operand {
	if s.By != nil {
		return &s.By.A
	}
	return of
}

// made is element of what is made of a result.
func (s *Storage) made(of *kernel.Operand) *kernel.Operand {
	if s.By != nil {
		return &s.By.Out
	}
	return of
}
