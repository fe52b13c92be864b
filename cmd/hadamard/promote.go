package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// setDTypes finds what the operands are multiplied in, and what the result is.
func (p *product) setDTypes(how arithmetic, format format) error {
	isFraction := how.dtype != how.dtype.Stored()
	if isFraction && format.isPicture() && how.casting == ndarray.SameKind {
		how.casting = ndarray.Saturate // as is everything that a picture holds
	}
	p.casting = how.casting
	if err := p.promote(how); err != nil {
		return err
	}
	last := p.steps[len(p.steps)-1]
	if p.dtype = last; how.dtype != ndarray.Invalid {
		p.dtype = how.dtype
	}
	if !ndarray.CanCast(last, p.dtype, p.casting) {
		return p.castError(len(p.inputs)-1, &ndarray.CastError{From: last, To: p.dtype, Casting: p.casting})
	}
	isFloat := slices.Contains([]ndarray.DType{ndarray.Float16, ndarray.BFloat16, ndarray.Float32, ndarray.Float64}, last)
	switch {
	case format.isPicture() && isFloat && (how.dtype == ndarray.Invalid || isFraction):
		// Fractions. What a picture stores is multiplied as it is, so that it is rounded once.
		p.casting = ndarray.Saturate
		depth := ndarray.UNorm8
		for _, in := range p.inputs {
			if d := in.array.DType; in.picture != nil && d != ndarray.Bool && (p.gain == nil || d.Size() > depth.Size()) {
				p.gain, depth = in, d
			}
		}
		if p.dtype = how.dtype; p.dtype == ndarray.Invalid {
			p.dtype = depth
		}
		if p.dtype != depth || len(p.inputs) == 1 {
			p.gain = nil
		}
		wide := ndarray.Promote(last, ndarray.Float32)
		for i := range p.steps {
			p.steps[i] = wide
		}
	case format.isSignal() && isFloat && last.Size() < 4:
		p.dtype = ndarray.Float32 // which has them all
	}
	return nil
}

// promote finds the dtypes of the products from left to right, by NumPy's rules.
func (p *product) promote(how arithmetic) error {
	by := ndarray.Options{Casting: how.casting}
	if how.casting == ndarray.Saturate {
		by.Casting = ndarray.SameKind // of the product alone
	} else {
		by.DType = how.dtype
	}
	var product ndarray.Array
	for i, in := range p.inputs {
		x, err := in.sample()
		if err != nil {
			return err
		}
		if i > 0 {
			x, err = by.Multiply(product, x)
		} else if len(p.inputs) == 1 && how.dtype != ndarray.Invalid {
			x, err = ndarray.Convert(x, how.dtype, how.casting)
		}
		if err != nil {
			return p.castError(i, err)
		}
		product = x
		p.steps = append(p.steps, x.DType())
	}
	if last := product.DType(); how.casting == ndarray.Saturate && ndarray.CanCast(last, how.dtype, ndarray.Safe) {
		for i := range p.steps {
			p.steps[i] = how.dtype // which is wider
		}
	}
	return nil
}

// castError says which operand can not be multiplied, and what allows it.
func (p *product) castError(i int, err error) error {
	names := p.inputs[i].name
	if i > 0 {
		names = p.inputs[i-1].name + " by " + names
	}
	var cast *ndarray.CastError
	if errors.As(err, &cast) {
		if cast.From == cast.To {
			return fmt.Errorf("%s: the byte order of one is not this machine's, and stays by the casting rule %s; --casting equiv changes it alone", names, cast.Casting)
		}
		hint := "; --casting unsafe cuts off what does not fit, --casting saturate rounds and clamps"
		if cast.Casting == ndarray.Saturate { // of complex numbers
			hint = "; --casting unsafe leaves out the imaginary part"
		}
		return fmt.Errorf("%s: %s is no %s by the casting rule %s%s", names, cast.From, cast.To, cast.Casting, hint)
	}
	var number *ndarray.NumberError
	if errors.As(err, &number) {
		number.Operand = "" // it is the last of those named
		err = number
	}
	return fmt.Errorf("%s: %w", names, err)
}
