package spec

import (
	"slices"
	"strings"
	"testing"
)

func TestClasses(t *testing.T) {
	classes, err := Classes([]DType{Predeclared("int32", "x32"), Predeclared("float32", "f32"), Predeclared("uint32", "x32"), Declared("q31", "Q31", "int32", "q31")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range classes {
		for _, d := range c.DTypes {
			got = append(got, c.Name+":"+d.Type+":"+d.Underlying())
		}
	}
	if want := "x32:int32:int32 x32:uint32:uint32 f32:float32:float32 q31:Q31:int32"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestClassesRefuses(t *testing.T) {
	tests := []struct {
		name string
		rows []DType
		want string
	}{
		{"no name", []DType{{Type: "int8", Class: "x8", Size: 1}}, "a name, a type and a class are needed"},
		{"a name twice", []DType{Predeclared("int8", "x8"), Declared("int8", "Tiny", "int8", "x8")}, "two rows"},
		{"a type twice", []DType{Declared("a", "Q", "int8", "x8"), Declared("b", "Q", "int8", "x8")}, "two rows"},
		{"an unknown type", []DType{Predeclared("string", "s")}, `no element is stored as "string"`},
		{"a size that is not the type's", []DType{{Name: "a", Type: "int8", Class: "x8", Size: 2}}, "in 2 bytes"},
		{"a class of two sizes", []DType{Predeclared("int8", "x"), Predeclared("int16", "x")}, "class x has elements of 1 bytes, not 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Classes(tt.rows); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestEnumerate(t *testing.T) {
	classes, err := Classes([]DType{Predeclared("float32", "f32"), Predeclared("bool", "bool")})
	if err != nil {
		t.Fatal(err)
	}
	kernels := Enumerate(classes, func(k Kernel) bool { return k.Class.Name == "f32" && k.Pattern.Name == "vv" })
	ids := map[string]bool{}
	for _, k := range kernels {
		if ids[k.ID()] {
			t.Errorf("%s twice", k.ID())
		}
		ids[k.ID()] = true
	}
	general := 0 // patterns that have portable kernels
	for _, p := range Patterns {
		if p.General == "" {
			general++
		}
	}
	if want := len(classes)*general + len(Levels) - 1; len(ids) != want {
		t.Errorf("%d kernels, want %d: %v", len(ids), want, ids)
	}
	for _, id := range []string{"f32-mul-vv-avx2", "f32-mul-vv-avx512", "bool-mul-ii-purego"} {
		if !ids[id] {
			t.Errorf("no %s", id)
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
	classes, err := Classes([]DType{Predeclared("float32", "f32")})
	if err != nil {
		t.Fatal(err)
	}
	place := func(id string) Kernel {
		for _, p := range Patterns {
			for _, l := range Levels {
				if k := (Kernel{classes[0], Mul, p, l}); k.ID() == id {
					return k
				}
			}
		}
		t.Fatalf("no place %s", id)
		return Kernel{}
	}
	tests := []struct {
		place, exist, want string
	}{
		{"f32-mul-vv-avx512", "f32-mul-vv-avx512 f32-mul-vv-avx2 f32-mul-vv-purego", "f32-mul-vv-avx512"},
		{"f32-mul-vv-avx512", "f32-mul-vv-avx2 f32-mul-vv-purego", "f32-mul-vv-avx2"},
		{"f32-mul-vv-avx2", "f32-mul-vv-avx512 f32-mul-vv-purego", "f32-mul-vv-purego"},
		{"f32-mul-vr-avx512", "f32-mul-vr-avx2 f32-mul-ii-avx512 f32-mul-ii-purego", "f32-mul-vr-avx2"},
		{"f32-mul-vr-avx512", "f32-mul-ii-avx2 f32-mul-ii-purego", "f32-mul-ii-avx2"},
		{"f32-mul-vr-purego", "f32-mul-vr-avx2 f32-mul-ii-purego", "f32-mul-ii-purego"},
		{"f32-mul-vr-avx2", "f32-mul-vv-avx2", ""},
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
