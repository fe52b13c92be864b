package runtime

import (
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/internal/machine"
)

// TestRequiredLevel fails where HADAMARD_REQUIRE_LEVEL names another level
// than the active one, so that a test run can prove what it ran.
func TestRequiredLevel(t *testing.T) {
	level, err := ActiveLevel()
	if err != nil {
		t.Fatal(err)
	}
	os.Getenv(machine.LevelVariable) // read before tests start: tells go test that a cached result depends on it
	if required := os.Getenv("HADAMARD_REQUIRE_LEVEL"); required != "" && required != level.String() {
		t.Fatalf("the active level is %v, required is %s", level, required)
	}
	if best := BestLevel(); level > best || Supported()[len(Supported())-1] != best {
		t.Errorf("active %v, best %v, supported %v", level, best, Supported())
	}
	t.Logf("hadamard-level active=%v best=%v", level, BestLevel())
}

// restore undoes what a test changes of what is known of the machine.
func restore(was dispatch) { active = was }

// machineAt returns the facts of this machine where the environment asks for a level.
func machineAt(level string) machine.Facts {
	facts := machine.Read()
	facts.Level = level
	return facts
}

func TestLevelErrors(t *testing.T) {
	// but returns all features but those given.
	but := func(without ...string) []machine.Feature {
		f := []machine.Feature{
			{Name: "AVX2", Level: AVX2},
			{Name: "F16C", Level: AVX2},
			{Name: "AVX512F", Level: AVX512},
			{Name: "AVX512VL", Level: AVX512},
		}
		for i := range f {
			f[i].Has = !slices.Contains(without, f[i].Name)
		}
		return f
	}
	for _, c := range []struct {
		name, value string
		features    []machine.Feature
		err         error
		text        string
	}{
		{"named", "avx512", but(), nil, ""},
		{"not named", "", but(), nil, ""},
		{
			"unsupported", "avx512", but("AVX512F", "AVX512VL"), ErrUnsupportedLevel,
			`HADAMARD_LEVEL="avx512": unsupported level, missing AVX512F, AVX512VL; this machine accepts purego, avx2`,
		},
		{
			"unsupported too", "avx2", but("F16C"), ErrUnsupportedLevel,
			`HADAMARD_LEVEL="avx2": unsupported level, missing F16C; this machine accepts purego`,
		},
		{
			"unknown", "AVX2", but(), ErrUnknownLevel,
			`HADAMARD_LEVEL="AVX2": unknown level; this machine accepts purego, avx2, avx512`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := dispatchOf(machine.Facts{Features: c.features, Level: c.value}).err
			if !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
			var level *LevelError
			if c.err != nil && (!errors.As(err, &level) || level.Value != c.value || err.Error() != c.text) {
				t.Errorf("error %q, want %q", err, c.text)
			}
		})
	}
}

func TestCacheError(t *testing.T) {
	err := dispatchOf(machine.Facts{Cache: "32M"}).err
	var cache *CacheError
	if !errors.As(err, &cache) || cache.Value != "32M" || err.Error() != `HADAMARD_CACHE="32M": not a number of bytes from 0 on` {
		t.Errorf("error %v", err)
	}
	if d := dispatchOf(machine.Facts{Cache: "0"}); d.err != nil || d.Near != math.MaxInt {
		t.Errorf("error %v, caches hold less than %d bytes", d.err, d.Near)
	}
}

// TestLevelError runs every multiply under an environment that can not be followed.
func TestLevelError(t *testing.T) {
	defer restore(active)
	active = dispatchOf(machineAt("sse2"))

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
