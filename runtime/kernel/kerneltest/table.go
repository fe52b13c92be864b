package kerneltest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// table checks the tables against each other: every entry of every set is a kernel of the list,
// of the right rule and pattern, at its own level or below, and kernels that share code have that
// of the right one. Kernels that use a feature stand in an override of it alone.
func (r *run) table() error {
	if len(r.Kernels) == 0 || len(r.Rules) == 0 {
		return fmt.Errorf("there is nothing to test: %d kernels of %d rules", len(r.Kernels), len(r.Rules))
	}
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if r.lost > 0 {
		wrong("%d of the rules are nil", r.lost)
	}
	errs = append(errs, r.names()...)
	list := map[string]kernel.Info{}
	for _, k := range r.Kernels {
		if err := r.sound(k); err != nil {
			errs = append(errs, err)
			if k.Pattern >= kernel.NumPatterns {
				continue
			}
		}
		if _, twice := list[k.ID]; twice {
			wrong("%s is listed twice", k.ID)
		}
		if !strings.HasPrefix(k.ID, k.Rule+"-") || !strings.HasSuffix(k.ID, fmt.Sprintf("-%v-%v", k.Pattern, target{k.Level, k.Feature})) {
			wrong("%s is of pattern %v at %v of %s", k.ID, k.Pattern, k.Level, k.Rule)
		}
		list[k.ID] = k
	}
	used := map[string]bool{}
	for _, rule := range r.Rules {
		if len(rule.Via) > 0 {
			if err := way(rule); err != nil {
				errs = append(errs, err)
			}
			continue
		}
		if rule.Kernels == nil {
			wrong("%s has no kernels", rule.Name)
			continue
		}
		for _, o := range []kernel.Operand{rule.Out, rule.A, rule.B} {
			if o.Move != nil && o.Move.Out.Size != o.Size {
				wrong("%s: elements of %s have %d bytes, and are moved by %s", rule.Name, o.DType, o.Size, o.Move.Name)
			}
		}
		if err := r.commutes(rule); err != nil {
			errs = append(errs, err)
		}
		entries := func(l kernel.Level, feature kernel.Feature, of *[kernel.NumPatterns]kernel.Entry, under bool) {
			for p, e := range of {
				p := kernel.Pattern(p)
				if e.Func == nil && (under || !has(rule, p)) {
					continue
				}
				if p.Form().Under != under {
					wrong("%s: pattern %v at %v stands in the wrong set", rule.Name, p, target{l, feature})
					continue
				}
				if e.Pattern >= kernel.NumPatterns {
					wrong("%s: the entry of pattern %v at %v has pattern %d, which there is not", rule.Name, p, target{l, feature}, e.Pattern)
					continue
				}
				id := rule.ID(&e)
				k := list[id]
				own := rule.Name + strings.TrimPrefix(id, rule.Code) // the same code by this rule's name
				switch {
				case e.Func == nil:
					wrong("%s: pattern %v has no kernel at %v", rule.Name, p, target{l, feature})
				case k.Func == nil || list[own].Func == nil:
					wrong("%s: entry %s at %v is not in the list of kernels", rule.Name, id, target{l, feature})
				case pc(k.Func) != pc(e.Func) || e.Level > l || e.Feature != 0 && (e.Feature != feature || e.Level != l) || k.Code != k.ID || k.Rule != rule.Code || sizes(k) != operands(rule) || !covers(k.Pattern, p):
					wrong("%s: entry %s at %v has the wrong kernel %+v", rule.Name, id, target{l, feature}, k)
				}
				used[id] = true
				if e.Halves != 0 {
					half := max(e.Level, 1) - 1
					if h := rule.Kernels[half][e.Pattern]; h.Pattern != e.Pattern || h.Level != half || half == kernel.PureGo || h.Halves != 0 || e.Feature != 0 {
						wrong("%s: entry %s at %v has no half", rule.Name, id, target{l, feature})
					}
				}
			}
		}
		for l := range rule.Kernels {
			entries(kernel.Level(l), 0, &rule.Kernels[l], false)
		}
		if under := r.Under[rule.Name]; under != nil {
			for l := range under {
				entries(kernel.Level(l), 0, &under[l], true)
			}
		}
		if o := rule.Override; o != nil && o.Feature != 0 {
			entries(o.Level, o.Feature, &o.Kernels, false)
			for p, e := range o.Kernels {
				if by := rule.Kernels[o.Level][p].Override; by != e.Feature {
					wrong("%s: pattern %v at %v is overridden by %q, and by %q in its entry", rule.Name, kernel.Pattern(p), o.Level, e.Feature, by)
				}
			}
		}
	}
	for id, k := range list {
		if !used[k.Code] {
			wrong("%s is in no set", id)
		}
		code := list[k.Code]
		if code.Code != code.ID || code.Pattern != k.Pattern || code.Level != k.Level || code.Feature != k.Feature || pc(code.Func) != pc(k.Func) || sizes(code) != sizes(k) {
			wrong("%s has the wrong code, %+v", id, code)
		}
	}
	return errors.Join(errs...)
}

// sound refuses a kernel that can not be tried.
func (r *run) sound(k kernel.Info) error {
	rule := r.rules[k.Rule]
	switch {
	case k.Func == nil:
		return fmt.Errorf("%s has no Func", k.ID)
	case k.Pattern >= kernel.NumPatterns || k.Level >= kernel.NumLevels:
		return fmt.Errorf("%s is of pattern %d at level %d, which there are not", k.ID, k.Pattern, k.Level)
	case rule == nil && !k.Pattern.Form().Moves:
		return fmt.Errorf("%s is of rule %s, which is not of the package", k.ID, k.Rule)
	case rule != nil && rule.Kernels == nil:
		return fmt.Errorf("%s is of rule %s, which has no kernels", k.ID, k.Rule)
	case rule != nil && sizes(k) != operands(rule):
		return fmt.Errorf("%s: out, a and b have elements of %v bytes, and those of rule %s %v", k.ID, sizes(k), k.Rule, operands(rule))
	}
	for _, size := range sizes(k) {
		if walkers[size] == nil {
			return fmt.Errorf("%s: no element has %d bytes", k.ID, size)
		}
	}
	return nil
}

// plain lists the dtypes that are stored as Go has them, and are no floats.
var plain = []string{"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}

// names checks that what the package says of rules and dtypes by their names is of some, and that it
// lists each rule once.
func (r *run) names() (errs []error) {
	dtypes := map[string]bool{}
	for i, rule := range r.Rules {
		if slices.ContainsFunc(r.Rules[:i], func(other *kernel.Rule) bool { return other.Name == rule.Name }) {
			errs = append(errs, fmt.Errorf("rule %s is listed twice", rule.Name))
		}
		for _, o := range []kernel.Operand{rule.Out, rule.A, rule.B} {
			dtypes[o.DType] = true
		}
	}
	for name, product := range r.Products {
		if r.rules[name] == nil || product == nil {
			errs = append(errs, fmt.Errorf("%q is in Products, and is no rule of the package, or nil for it", name))
		}
	}
	for name, by := range r.Stored {
		if _, float := fractions[by]; !dtypes[name] || !float && !slices.Contains(plain, by) {
			errs = append(errs, fmt.Errorf("%q is in Stored, as %q: no rule of the package is of such a dtype, or none is stored so", name, by))
		}
	}
	return errs
}

// commutes tries whether the operands of a rule may change places, if it says so.
func (r *run) commutes(rule *kernel.Rule) error {
	if !rule.Commutes || rule.Unary || rule.A.Move == nil {
		return nil
	}
	if rule.A.DType != rule.B.DType {
		return fmt.Errorf("%s: x is of %s and y of %s, so that they can not change places, as Commutes says", rule.Name, rule.A.DType, rule.B.DType)
	}
	one := rule.Kernels[kernel.PureGo][kernel.II].Func
	if one == nil {
		return nil
	}
	s := operands(rule)
	t, err := r.trialOf(kernel.Info{ID: rule.Name, Code: rule.Name, Rule: rule.Name, Pattern: kernel.II, Func: one, OutSize: s[0], ASize: s[1], BSize: s[2]}, "")
	if err != nil {
		return err
	}
	const some = 48
	pool := t.elements(t.rng, t.formats[1], t.ASize)
	xy, yx := make([]byte, t.OutSize), make([]byte, t.OutSize)
	for i := range some {
		for j := range i {
			x, y := pool[i*t.ASize:][:t.ASize], pool[j*t.ASize:][:t.ASize]
			t.multiply(xy, x, y)
			t.multiply(yx, y, x)
			if !t.formats[0].same(xy, yx) {
				return fmt.Errorf("%s: of %x and %x it makes %x, of %x and %x %x, and Commutes says that they may change places", rule.Name, x, y, xy, y, x, yx)
			}
		}
	}
	return nil
}

// pc returns where the code of a kernel is.
func pc(k kernel.Func) uintptr { return reflect.ValueOf(k).Pointer() }

// sizes are those of elements of out, a and b.
func sizes(k kernel.Info) [3]int { return [3]int{k.OutSize, k.ASize, k.BSize} }

func operands(r *kernel.Rule) [3]int { return [3]int{r.Out.Size, r.A.Size, r.B.Size} }

// has tells whether a rule has kernels of a pattern: a product of a dtype those of all, others
// the needed ones, and those with a constant on the left where it can not be on the right. Rules
// that copy, convert or copy under a mask have those of the patterns of that.
func has(r *kernel.Rule, p kernel.Pattern) bool {
	f := p.Form()
	masks := r.Kernels[kernel.PureGo][kernel.VVM].Func != nil
	switch {
	case f.Under: // which stands beside the set
		return false
	case f.Moves || r.A.Move == nil:
		return f.Moves && r.A.Move == nil && (!f.Lists || r.A.Size <= 2)
	case f.Masks || masks:
		return f.Masks && masks
	case f.Converts || r.Unary:
		return f.Converts && r.Unary
	}
	switch p {
	case kernel.CV, kernel.CVN, kernel.CV1, kernel.CV3, kernel.PV96, kernel.PV128:
		return !r.Commutes
	case kernel.VV, kernel.VC, kernel.II, kernel.VVN, kernel.VCN, kernel.VV1, kernel.VC1,
		kernel.VC3, kernel.VP96, kernel.VP128:
		return true
	}
	return r.Default
}

// covers tells whether a kernel of pattern p may stand in for one of pattern q.
func covers(p, q kernel.Pattern) bool {
	f, g := p.Form(), q.Form()
	free := func(x, y int) bool { return x == y || x == kernel.AnyStep }
	return free(f.Dst, g.Dst) && free(f.A, g.A) && free(f.B, g.B) && f.Several == g.Several && f.Under == g.Under && f.Lists == g.Lists && (f.Cols == g.Cols || f.Cols == 0)
}
