package spec

import (
	"go/token"
	"slices"
	"strings"
	"testing"
)

func product(name string) Rule {
	d := Predeclared(name)
	return Rule{Name: name, Out: d, A: d, B: d, Expr: "x * y", Commutes: true, Default: true, Code: name}
}

func TestCheckDTypesRefuses(t *testing.T) {
	tests := []struct {
		name string
		rows []DType
		want string
	}{
		{"no name", []DType{{Type: "int8", Size: 1}}, "a name and a type are needed"},
		{"a name twice", []DType{Predeclared("int8"), Declared("int8", "Tiny", "int8")}, "two rows"},
		{"a type twice", []DType{Declared("a", "Q", "int8"), Declared("b", "Q", "int8")}, "two rows"},
		{"an unknown type", []DType{Predeclared("string")}, `no element is stored as "string"`},
		{"a size that is not the type's", []DType{{Name: "a", Type: "int8", Size: 2}}, "in 2 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := CheckDTypes(tt.rows); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	with := func(r Rule, change func(*Rule)) Rule {
		change(&r)
		return r
	}
	int32s, uint32s := product("int32"), product("uint32")
	shared := with(uint32s, func(r *Rule) { r.Code = "int32" })
	if err := Check([]Rule{shared, int32s, with(int32s, func(r *Rule) { r.Name, r.Code = "q_31", "q_31" })}); err != nil {
		t.Error(err)
	}
	tests := []struct {
		want  string
		rules []Rule
	}{
		{`rule "Int8": a name begins with a letter`, []Rule{with(int32s, func(r *Rule) { r.Name = "Int8" })}},
		{`rule "a-b": a name`, []Rule{with(int32s, func(r *Rule) { r.Name = "a-b" })}},
		{`rule "a_": a name`, []Rule{with(int32s, func(r *Rule) { r.Name = "a_" })}},
		{`rule "": a name`, []Rule{with(int32s, func(r *Rule) { r.Name = "" })}},
		{`rule "8": a name`, []Rule{with(int32s, func(r *Rule) { r.Name = "8" })}},
		{"rule int32: two rows have this name", []Rule{int32s, int32s}},
		{"rule q7: in Go it would be called Q7, as rule q_7 is", []Rule{with(int32s, func(r *Rule) { r.Name = "q_7" }), with(int32s, func(r *Rule) { r.Name = "q7" })}},
		{`rule uint32: there is no rule "int32" whose code`, []Rule{shared}},
		{"rule int64: rule uint32 has no code of its own but shares that of int32", []Rule{int32s, shared, with(product("int64"), func(r *Rule) { r.Code = "uint32" })}},
		{"rule uint32: it can not share the code of int16, whose elements have other sizes", []Rule{product("int16"), with(shared, func(r *Rule) { r.Code = "int16" })}},
		{"rule int32: x and y must be able to change places", []Rule{with(int32s, func(r *Rule) { r.Commutes = false })}},
		{"rule uint32: it can not share the code of int32, which has kernels of other patterns", []Rule{int32s, with(shared, func(r *Rule) { r.Default = false })}},
	}
	for _, tt := range tests {
		if err := Check(tt.rules); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got error %v, want one with %q", err, tt.want)
		}
	}
}

// A rule has kernels of one feature beyond their levels at the most.
func TestCheckOverrides(t *testing.T) {
	if err := CheckOverrides(Overrides); err != nil {
		t.Error(err)
	}
	twice := append(slices.Clone(Overrides), Override{Rules: "q7 float16", Patterns: "ii", Level: "avx2", Feature: "vbmi"})
	want := "rule float16: rows of Overrides have kernels of it by fp16 and by vbmi, but a rule has those of one feature"
	if err := CheckOverrides(twice); err == nil || err.Error() != want {
		t.Errorf("got error %v, want %q", err, want)
	}
}

func TestEnumerate(t *testing.T) {
	shared := product("uint32")
	shared.Code = "int32"
	products := []Rule{product("int32"), shared, product("bool")}
	convert := Rule{Name: "int8_to_int32", Out: Predeclared("int32"), A: Predeclared("int8"), B: Predeclared("int8"), Expr: "int32(x)", Code: "int8_to_int32", Does: Converts}
	through := convert
	through.Name, through.Code, through.Via = "int8_to_int64", "int8_to_int64", []string{"int8_to_int32", "int32_to_int64"}
	rules := slices.Concat(Moves(), Masked(), products, []Rule{convert, through})
	kernels := Enumerate(rules, func(k Kernel) bool { return k.Rule.Name == "int32" && k.Pattern.Name == "vv" })
	ids := map[string]bool{}
	for _, k := range kernels {
		if ids[k.ID()] {
			t.Errorf("%s twice", k.ID())
		}
		ids[k.ID()] = true
		if k.Rule.Name == "uint32" && (k.Code() != "int32"+strings.TrimPrefix(k.ID(), "uint32") || k.Symbol() != strings.ReplaceAll(k.Code(), "-", "_")) {
			t.Errorf("%s has the code %s", k.ID(), k.Code())
		}
	}
	general, moves, lists, others := 0, 0, 0, map[Does]int{} // patterns that have portable kernels
	for _, p := range Patterns {
		switch {
		case p.General != "", p.Under:
		case p.A == Listed:
			lists += len(Moves()) - 3 // of elements of 1 and 2 bytes
		case p.Does == Copies:
			moves++
		case p.Does != Multiplies:
			others[p.Does]++
		default:
			general++
		}
	}
	// Those of int32 at each level of assembly serve uint32. Operands that
	// may change places have none with a constant on the left.
	for _, p := range Patterns {
		if p.Left() && p.General == "" {
			general--
		}
	}
	if want := len(products)*general + len(Moves())*moves + lists + len(Masked())*others[Masks] + others[Converts] + 2*(len(Levels)-1); len(ids) != want {
		t.Errorf("%d kernels, want %d: %v", len(ids), want, ids)
	}
	for _, id := range []string{"int32-vv-avx2", "uint32-vv-avx2", "int32-vv-avx512", "bool-ii-purego", "move32-i-purego", "move128-oi-purego", "mask8-vvm-purego", "mask128-iim-purego", "int8_to_int32-v-purego"} {
		if !ids[id] {
			t.Errorf("no %s", id)
		}
	}
}

// A name is spelled by the motions and modifiers that it is read as, and what stands in for a
// pattern is one of the list that accepts what the pattern does.
func TestPatterns(t *testing.T) {
	if Patterns[0].Name != "vv" {
		t.Errorf("%s stands before vv, which the zero pattern must be", Patterns[0].Name)
	}
	letters := map[string]bool{"p": true, "o": true, "w": true, "m": true, "u": true, "n": true, "a": true, "1": true} // modifiers
	for m, row := range motions {
		if len(row.letter) != 1 || letters[row.letter] || row.step != AnyStep && MotionBy(row.step) != Motion(m) {
			t.Errorf("motion %q by %d elements: the letter or the step stands for something else", row.letter, row.step)
		}
		letters[row.letter] = true
	}
	names, funcs, docs := map[string]Pattern{}, map[string]bool{}, map[string]bool{}
	for _, p := range Patterns {
		names[p.Name], funcs[p.Func], docs[p.Doc] = p, true, true
		q := Pattern{Dst: p.Dst, A: p.A, B: p.B, Cols: p.Cols, Bytes: p.Bytes, SameA: p.SameA, Bypass: p.Bypass, Lines: p.Lines, OneRow: p.OneRow, DstRow: p.DstRow, Under: p.Under, Does: p.Does}
		if read, err := ParsePattern(q.spell()); read != p || err != nil {
			t.Errorf("%s: spelled %s, read as %+v, %v", p.Name, q.spell(), read, err)
		}
		if !token.IsExported(p.Func) || !token.IsIdentifier(p.Func) {
			t.Errorf("%s: %s is no Go name", p.Name, p.Func)
		}
	}
	if len(names) != len(Patterns) || len(funcs) != len(Patterns) || len(docs) != len(Patterns) {
		t.Errorf("%d patterns have %d names, %d Go names and %d docs", len(Patterns), len(names), len(funcs), len(docs))
	}
	for _, p := range Patterns {
		g, found := names[p.General]
		if p.General == "" {
			continue
		}
		free := func(of, at Motion) bool { return of == at || of == Strided }
		if !found || !free(g.Dst, p.Dst) || !free(g.A, p.A) || !free(g.B, p.B) || g.Does != p.Does || g.Bypass && !p.Bypass || g.Lines && !p.Lines || g.Cols != 0 && g.Cols != p.Cols || g.Bytes != 0 || g.OneRow {
			t.Errorf("%s can not stand in for %s", p.General, p.Name)
		}
	}
	for name, want := range map[string]string{
		"vv":    "VV: out and both operands are contiguous; general ",
		"vc3n":  "VC3N: out and a are contiguous in rows of 3, b is one constant in each row, out bypasses the caches; general vc3",
		"cv1":   "CV1: out and b are contiguous, a is one constant, in one row; general cv",
		"pv96":  "PV96: out and b are contiguous in rows of 96 bytes, a is the same in each row; general vv",
		"33c":   "O33C: out and a take every third element, b is one constant in each row; general ii",
		"2vv":   "O2VV: both operands are contiguous, out takes every second element; general ivv",
		"44n":   "S4N: out is contiguous, both operands take every fourth element, out bypasses the caches; general 44",
		"tvwn":  "TVWN: out and b are contiguous, a runs along the columns, in tiles of whole cache lines, out bypasses the caches; general tvw",
		"vn":    "VN: out and a are contiguous, out bypasses the caches; b is not used; general v",
		"iim":   "IIM: out and both operands have any stride, and b is a mask; general ",
		"vcu":   "VCU: out and a are contiguous, b is one constant in each row, stored under a mask; general ",
		"or":    "ToR: a is contiguous and is copied, out runs backwards; b is not used; general oi",
		"vp256": "VP256: out and a are contiguous in rows of 256 bytes, b is the same in each row; general vv", // not in the list
	} {
		p, err := ParsePattern(name)
		if got := p.Func + ": " + p.Doc + "; general " + p.General; got != want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
	for _, name := range []string{"", "o", "ov", "vm", "im", "vvmn", "vu", "vvun", "vru", "vv1u", "vc3u", "iiu", "vv1m", "tvwm", "vc3m", "vx", "vvv", "vv3", "cc1", "v31", "vc", "vvw", "vcwn", "vnn", "vp", "vc03", "33c1", "vpn", "pp96", "VV", "vv ", "sv"} {
		if p, err := ParsePattern(name); (err == nil) != (name == "vc") {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// Rules that are no dtype's product have the needed patterns, and those with a constant on the
// left if x and y may not change places.
func TestNeeded(t *testing.T) {
	all := func(k Kernel) bool { return k.Level.Name == "avx2" }
	for commutes, want := range map[bool]string{
		true:  "vv vc ii / vv vc ii vvn vcn vv1 vc1 vc3 vp96 vp128",
		false: "vv vc ii cv / vv vc ii vvn vcn vv1 vc1 vc3 vp96 vp128 cv cvn cv1 cv3 pv96 pv128",
	} {
		r := product("int32")
		r.Default, r.Commutes = false, commutes
		got := map[string][]string{}
		for _, k := range Enumerate([]Rule{r}, all) {
			got[k.Level.Name] = append(got[k.Level.Name], k.Pattern.Name)
		}
		if text := strings.Join(got["purego"], " ") + " / " + strings.Join(got["avx2"], " "); text != want {
			t.Errorf("commutes %v: got %s, want %s", commutes, text, want)
		}
		r.Portable = true
		if ks := Enumerate([]Rule{r}, all); len(ks) != len(got["purego"]) {
			t.Errorf("commutes %v: %d kernels where portable ones are enough", commutes, len(ks))
		}
	}
}

// TestNestOffset pins the offsets that assembly reads fields at.
func TestNestOffset(t *testing.T) {
	for i, f := range slices.Concat(NestOperands, NestLoops) {
		if got := NestOffset(f); got != 8*i {
			t.Errorf("%s lies at %d, want %d", f, got, 8*i)
		}
	}
}

func TestResolve(t *testing.T) {
	place := func(id string) Kernel {
		for _, p := range Patterns {
			for _, l := range Levels {
				for _, f := range append(Features, Feature{}) {
					if k := (Kernel{product("float32"), p, l, f}); k.ID() == id {
						return k
					}
				}
			}
		}
		t.Fatalf("no place %s", id)
		return Kernel{}
	}
	tests := []struct {
		place, exist, want string
	}{
		{"float32-vv-avx512", "float32-vv-avx512 float32-vv-avx2 float32-vv-purego", "float32-vv-avx512"},
		{"float32-vv-avx512", "float32-vv-avx2 float32-vv-purego", "float32-vv-avx2"},
		{"float32-vv-avx2", "float32-vv-avx512 float32-vv-purego", "float32-vv-purego"},
		{"float32-vr-avx512", "float32-vr-avx2 float32-ii-avx512 float32-ii-purego", "float32-vr-avx2"},
		{"float32-vr-avx512", "float32-ii-avx2 float32-ii-purego", "float32-ii-avx2"},
		{"float32-vr-purego", "float32-vr-avx2 float32-ii-purego", "float32-ii-purego"},
		{"float32-vr-avx2", "float32-vv-avx2", ""},
		{"float32-vr-avx512-fp16", "float32-vr-avx512-fp16 float32-vr-avx512", "float32-vr-avx512-fp16"},
		{"float32-vr-avx512-fp16", "float32-vv-avx512-fp16 float32-vr-avx512", "float32-vr-avx512"},
		{"float32-vr-avx512-fp16", "float32-ii-avx512-fp16 float32-vr-avx2 float32-ii-purego", "float32-vr-avx2"},
	}
	for _, tt := range tests {
		t.Run(tt.place, func(t *testing.T) {
			exist := strings.Fields(tt.exist)
			got := ""
			if k, err := Resolve(place(tt.place), func(k Kernel) bool { return slices.Contains(exist, k.ID()) }); err == nil {
				got = k.ID()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
