package gen

import (
	"errors"
	"slices"

	"github.com/hadamard-go/hadamard/gen/lower"
	"github.com/hadamard-go/hadamard/gen/spec"
	"github.com/hadamard-go/hadamard/gen/templates"
)

// derive makes the vector code of the rules from their expressions, by rule and target, and
// says in the table which rules commute and which share it. Rules that are byHand have none. All
// that is wrong with any rule is in the error, a line each.
//
// Code that several rules share has the name of the first that is of Go's own types, of numbers, or
// else of the first, so that a row more does not rename files.
func derive(t *templates.Table, byHand func(spec.Rule) bool) (map[string]map[string]*lower.Code, error) {
	var errs []error
	source, err := t.Declarations()
	if err != nil {
		return nil, err
	}
	declarations, err := lower.Declare(source)
	if err != nil {
		return nil, err
	}
	codes, exprs := map[string]map[string]*lower.Code{}, map[string]*lower.Expr{}
	for i, r := range t.Rules {
		signature := lower.Signature{Name: r.Name, Out: r.Out.Type, A: r.A.Type, Expr: r.Expr}
		if r.Does == spec.Multiplies {
			signature.B = r.B.Type
		}
		e, err := declarations.Parse(signature)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if e.Commutes() {
			t.Commutes(i)
		}
		if byHand(r) || r.Portable || len(r.Via) > 0 {
			continue
		}
		if b := r.Bits; b.Expr != "" {
			if e, err = declarations.Parse(lower.Signature{Name: r.Name, Out: b.Out, A: b.A, Expr: b.Expr}); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		own := map[string]*lower.Code{}
		for _, l := range spec.Levels {
			if l.Portable() {
				continue
			}
			if own[l.Name], err = e.Lower(l.Name); err != nil {
				errs = append(errs, err)
				break
			}
		}
		codes[r.Name], exprs[r.Name] = own, e
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	order := func(r spec.Rule) int {
		if r.Out.Under != "" || r.Does == spec.Converts && (r.A.Under != "" || r.A.Type == "bool") {
			return 1
		}
		return 0
	}
	sorted := slices.Clone(t.Rules)
	slices.SortStableFunc(sorted, func(a, b spec.Rule) int { return order(a) - order(b) })
	for i, r := range t.Rules {
		for _, s := range sorted {
			if serves(s, r, codes[s.Name], codes[r.Name]) {
				t.Share(i, s.Name)
				break
			}
		}
	}
	for _, r := range t.Rules {
		for _, l := range spec.Levels {
			f, found := spec.FeatureOf(r.Name, l)
			if e := exprs[r.Name]; found && e != nil && r.Code == r.Name {
				target := spec.Kernel{Level: l, Feature: f}.Target()
				if codes[r.Name][target], err = e.Lower(target); err != nil {
					return nil, err
				}
			}
		}
	}
	return codes, spec.Check(t.Rules)
}

// serves tells whether the kernels of a rule are right for another one, or the same: the same
// code at each level, with the same patterns.
func serves(s, r spec.Rule, code, own map[string]*lower.Code) bool {
	if s.Default != r.Default || s.Commutes != r.Commutes || s.Does != r.Does || s.Bits != r.Bits || s.Out.Size != r.Out.Size || len(own) == 0 || len(code) != len(own) {
		return false
	}
	for level, c := range own {
		if c.String() != code[level].String() {
			return false
		}
	}
	return true
}
