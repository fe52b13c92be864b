package runtime

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestRequiredLevel fails where HADAMARD_REQUIRE_LEVEL names another level
// than the active one, so that a test run can prove what it ran.
func TestRequiredLevel(t *testing.T) {
	level, err := ActiveLevel()
	if err != nil {
		t.Fatal(err)
	}
	os.Getenv(levelVariable) // read before tests start: tells go test that a cached result depends on it
	if required := os.Getenv("HADAMARD_REQUIRE_LEVEL"); required != "" && required != level.String() {
		t.Fatalf("the active level is %v, required is %s", level, required)
	}
	if best := BestLevel(); level > best || Supported()[len(Supported())-1] != best {
		t.Errorf("active %v, best %v, supported %v", level, best, Supported())
	}
	t.Logf("hadamard-level active=%v best=%v", level, BestLevel())
}

func TestDetect(t *testing.T) {
	// machine has all features but those given.
	machine := func(without ...string) []feature {
		f := []feature{
			{"AVX2", AVX2, true},
			{"F16C", AVX2, true},
			{"AVX512F", AVX512, true},
			{"AVX512VL", AVX512, true},
		}
		for i := range f {
			f[i].has = !slices.Contains(without, f[i].name)
		}
		return f
	}
	for _, c := range []struct {
		name        string
		value       string
		features    []feature
		preferred   Level
		level, best Level
		err         error
		text        string
	}{
		{"all", "", machine(), AVX512, AVX512, AVX512, nil, ""},
		{"no features", "", nil, AVX512, AVX512, AVX512, nil, ""},
		{"AVX-512 lowers the clock", "", machine(), AVX2, AVX2, AVX512, nil, ""},
		{"and is asked for", "avx512", machine(), AVX2, AVX512, AVX512, nil, ""},
		{"and is not there", "", machine("F16C"), AVX2, PureGo, PureGo, nil, ""},
		{"one part of AVX-512 missing", "", machine("AVX512VL"), AVX512, AVX2, AVX2, nil, ""},
		{"no F16C: AVX-512 includes AVX2", "", machine("F16C"), AVX512, PureGo, PureGo, nil, ""},
		{"lowered", "avx2", machine(), AVX512, AVX2, AVX512, nil, ""},
		{"purego", "purego", machine(), AVX512, PureGo, AVX512, nil, ""},
		{"named", "avx512", machine(), AVX512, AVX512, AVX512, nil, ""},
		{
			"unsupported", "avx512", machine("AVX512F", "AVX512VL"), AVX512, PureGo, AVX2, ErrUnsupportedLevel,
			`HADAMARD_LEVEL="avx512": unsupported level, missing AVX512F, AVX512VL; this machine accepts purego, avx2`,
		},
		{
			"unsupported too", "avx2", machine("F16C"), AVX512, PureGo, PureGo, ErrUnsupportedLevel,
			`HADAMARD_LEVEL="avx2": unsupported level, missing F16C; this machine accepts purego`,
		},
		{
			"unknown", "AVX2", machine(), AVX512, PureGo, AVX512, ErrUnknownLevel,
			`HADAMARD_LEVEL="AVX2": unknown level; this machine accepts purego, avx2, avx512`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			getenv := func(name string) string {
				if name != "HADAMARD_LEVEL" {
					t.Errorf("asked for %s", name)
				}
				return c.value
			}
			d := detect(getenv, c.features, c.preferred)
			if d.level != c.level || d.best != c.best || !errors.Is(d.err, c.err) {
				t.Errorf("level %v, best %v, error %v; want %v, %v, %v", d.level, d.best, d.err, c.level, c.best, c.err)
			}
			var level *LevelError
			if c.err != nil && (!errors.As(d.err, &level) || level.Value != c.value || d.err.Error() != c.text) {
				t.Errorf("error %q, want %q", d.err, c.text)
			}
		})
	}
}

// TestLevelError runs every multiply under an environment that can not be followed.
func TestLevelError(t *testing.T) {
	was := active
	defer func() { active = was }()
	active = detect(func(string) string { return "sse2" }, features(), preferred())

	x := Scalar[int16](2)
	s := []int16{1, 2}
	_, multiply := Multiply(x, x)
	_, plan := NewPlan(x, x, x)
	_, kernel := KernelID[int16](0)
	_, level := ActiveLevel()
	for op, err := range map[string]error{
		"Multiply":       multiply,
		"MultiplyTo":     MultiplyTo(x, x, x),
		"MulSlice":       MulSlice(s, s, s),
		"ScaleSlice":     ScaleSlice(s, s, 3),
		"NewPlan":        plan,
		"KernelID":       kernel,
		"Product":        Product(x, x, x, x),
		"ProductThreads": ProductThreads(2, x, x),
		"":               level,
	} {
		if !errors.Is(err, ErrUnknownLevel) || !strings.HasPrefix(err.Error(), op) {
			t.Errorf("%s: error %v", op, err)
		}
	}
}

// TestFeatures checks that every level is decided by the CPU, or refused by the build.
func TestFeatures(t *testing.T) {
	all := features()
	if len(missing(all, PureGo)) != 0 {
		t.Error("a machine that lacks something for pure Go")
	}
	for _, level := range []Level{AVX2, AVX512} {
		if level <= BestLevel() != (len(missing(all, level)) == 0) {
			t.Errorf("best level %v, missing %v for %v", BestLevel(), missing(all, level), level)
		}
	}
}
