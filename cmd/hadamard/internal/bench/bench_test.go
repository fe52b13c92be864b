package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	hadamard "github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

func testCases(t *testing.T) []Case {
	t.Helper()
	suite, err := Load("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	return suite.Cases
}

// Checks are those that NumPy computes, see testdata/make.py.
func TestMeasure(t *testing.T) {
	text, err := os.ReadFile("testdata/checks.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]float64
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for _, c := range testCases(t) {
		check, known := want[c.Name]
		if !known {
			t.Errorf("%s: NumPy did not compute it", c.Name)
		}
		delete(want, c.Name)
		loops := !slices.Contains([]string{"unorm8", "unorm16", "bfloat16"}, c.Out.DType) && c.Group != "mixed" && c.Group != "where"
		if loops != c.HasLoops() {
			t.Errorf("%s: loops in Go: %v", c.Name, c.HasLoops())
		}
		for _, how := range []Options{{}, {Quick: true}, {Planned: true, Quick: true}, {Plain: true, Quick: true}} {
			if how.Plain && !c.HasLoops() {
				continue
			}
			m, err := c.Measure(t.Context(), how)
			if err != nil {
				t.Errorf("%s, %+v: %v", c.Name, how, err)
			} else if m.Check != check || m.NsPerCall <= 0 || m.MedianNs < m.NsPerCall {
				t.Errorf("%s, %+v: got %+v, want check %v", c.Name, how, m, check)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("there are no cases: %v", want)
	}
}

// By a plan goes all that has one: two operands, of whatever dtypes, under a mask or not.
func TestPlanned(t *testing.T) {
	groups := map[string]int{}
	for _, c := range testCases(t) {
		if operands := len(c.Inputs); operands != 2 && c.Op != maskedOp {
			continue
		}
		view := func(o *Operand) ndarray.Array {
			buffer, free, err := dtypes[o.DType].buffer(o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(free)
			x, err := dtypes[o.DType].view(o, buffer)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		var in []ndarray.Array
		for i := range c.Inputs {
			in = append(in, view(&c.Inputs[i]))
		}
		for _, planned := range []bool{false, true} {
			m, err := c.calls(planned, view(&c.Out), in)
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			if has := !reflect.ValueOf(m).Elem().FieldByName("plan").IsNil(); has != planned {
				t.Errorf("%s, planned %v: by a plan: %v", c.Name, planned, has)
			}
		}
		groups[c.Group]++
	}
	if groups["where"] == 0 || groups["mixed"] == 0 || len(groups) < 3 {
		t.Errorf("cases by group: %v", groups)
	}
}

func TestMeasureErrors(t *testing.T) {
	one := Operand{DType: "int8", Shape: []int{3}, Strides: []int{1}, BufLen: 3}
	two := Operand{DType: "int8", Shape: []int{2}, Strides: []int{1}, BufLen: 2}
	wide := two
	wide.DType = "int16"
	for _, test := range []struct {
		name string
		c    Case
		want string
	}{
		{"shapes", Case{Op: "mul", Out: one, Inputs: []Operand{one, two}}, "operand b does not fit out"},
		{"a chain", Case{Op: "mul3", Out: one, Inputs: []Operand{one, one, two}}, "operand 2 does not fit out"},
		{"mixed", Case{Op: "mul", Out: one, Inputs: []Operand{one, wide}}, "operand b does not fit out"},
		{"mixed into", Case{Op: "mul", Out: one, Inputs: []Operand{{DType: "float32", Shape: []int{}, Strides: []int{}, BufLen: 1}, one}}, "out can not be cast from float32 to int8"},
		{"where", Case{Op: "mul_where", Out: one, Inputs: []Operand{one, one, {DType: "bool", Shape: []int{2}, Strides: []int{1}, BufLen: 2}}}, "the mask does not fit out"},
		{"overlap", Case{Op: "mul", Out: Operand{DType: "int8", Shape: []int{3}, Strides: []int{0}, BufLen: 1}, Inputs: []Operand{one, one}}, "share an element"},
	} {
		test.c.Name, test.c.BatchNs, test.c.Repeats = test.name, 1, 1
		for _, planned := range []bool{false, true} {
			if _, err := test.c.Measure(t.Context(), Options{Planned: planned}); err == nil || !strings.Contains(err.Error(), `case "`+test.name+`": `) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("planned %v: got %v, want %q", planned, err, test.want)
			}
		}
	}
}

func TestMeasureCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := testCases(t)[0].Measure(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Each test is a good case with one mistake.
func TestLoadErrors(t *testing.T) {
	const good = `{"name": "x", "op": "mul", "elements": 6, "batch_ns": 1, "repeats": 1, "inplace_of": null,
		"out": {"dtype": "int8", "shape": [2,3], "strides": [3,1], "offset": 0, "buflen": 6},
		"inputs": [{"dtype": "int8", "shape": [3], "strides": [-1], "offset": 2, "buflen": 3, "fill": "pattern", "seed": 0},
			{"dtype": "int16", "shape": [], "strides": [], "offset": 0, "buflen": 1}]}`
	for _, test := range []struct{ old, new, want string }{
		{"", "", ""},
		{good, "", "has no cases"},
		{`"name"`, `name`, "invalid character"},
		{`"x"`, `7`, "cannot unmarshal number into Go struct field"},
		{`"x"`, `""`, "case 0, \"\": has no name"},
		{`"mul"`, `"div"`, `case 0, "x": unknown op "div"`},
		{`"mul"`, `"mul3"`, "mul3 takes 3 inputs, got 2"},
		{`"mul", "elements"`, `"mul_where", "elements"`, "mul_where takes 3 inputs, got 2"},
		{`}]}`, `}, {"dtype": "int8", "shape": [], "buflen": 1}], "op": "mul_where"}`, "mul_where takes a mask of bool, got int8"},
		{`"batch_ns": 1`, `"batch_ns": 0`, "batch_ns is 0 and repeats is 1"},
		{`"repeats": 1`, `"repeats": -1`, "repeats is -1, want more than 0"},
		{`"elements": 6`, `"elements": 7`, "elements is 7, the output has 6"},
		{`null`, `2`, "inplace_of is 2, there are 2 inputs"},
		{`null`, `-1`, "inplace_of is -1"},
		{`null`, `0`, "the output has 6 of int8 and the input 3 of int8"},
		{`null`, `1`, "the output has 6 of int8 and the input 1 of int16"},
		{`int8`, `int9`, `output: unknown dtype "int9"`},
		{`int16`, `float8`, `input 1: unknown dtype "float8"`},
		{`pattern`, `noise`, `input 0: unknown fill "noise"`},
		{`"seed": 0`, `"seed": -1`, "seed is -1"},
		{`"buflen": 3`, `"buflen": -3`, "buflen is -3"},
		{`"buflen": 3`, `"buflen": 3e18`, "buflen"},
		{`"buflen": 3`, `"buflen": 2`, "input 0: shape (3,) with strides (-1,) and offset 2 leaves the buffer of 2 elements"},
		{`"offset": 2`, `"offset": 1`, "leaves the buffer of 3 elements"},
		{`"offset": 2`, `"offset": -2`, "leaves the buffer"},
		{`[3,1]`, `[4,1]`, "output: shape (2,3) with strides (4,1) and offset 0 leaves the buffer of 6 elements"},
		{`[3,1]`, `[1]`, "output: "},
		{`[2,3]`, `[2,-3]`, "output: "},
		{`[-1]`, `[-9000000000000000000]`, "input 0: "},
	} {
		path := filepath.Join(t.TempDir(), "cases.json")
		text := `{"cases": [` + strings.Replace(good, test.old, test.new, 1) + `]}`
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		switch {
		case test.want == "":
			if err != nil {
				t.Fatal(err)
			}
		case err == nil:
			t.Errorf("%s for %s: no error", test.new, test.old)
		case !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), test.want):
			t.Errorf("%s for %s: got %v, want %q", test.new, test.old, err, test.want)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestPrint(t *testing.T) {
	var out bytes.Buffer
	c := &Case{Name: `a "b"`, Elements: 6, Bytes: 18}
	on := &Setting{CPU: "a CPU", Level: "avx2", Threads: 2, Date: "2026-11-26", Caches: []Cache{{"L2", 1 << 20}}}
	if err := NewResult(c, "hadamard", Measurement{NsPerCall: 4.567, MedianNs: 5, Check: -70.5}, on).Print(&out); err != nil {
		t.Fatal(err)
	}
	want := `{"case":"a \"b\"","peer":"hadamard","ns_per_call":4.57,"gb_per_s":3.941,"elements":6,"med_ns":5,"check":-70.5,` +
		`"on":{"cpu":"a CPU","level":"avx2","threads":2,"date":"2026-11-26","caches":[{"name":"L2","bytes":1048576}]}}` + "\n"
	if out.String() != want {
		t.Errorf("got  %swant %s", out.String(), want)
	}
}

func TestAlloc(t *testing.T) {
	for _, test := range []struct{ n, align int }{
		{0, 1}, {1, line}, {7, line}, {1000, line}, {hugeFrom/4 - 1, line}, {hugeFrom / 4, hugePage}, {hugeFrom/4 + 1, hugePage},
	} {
		buf, free, err := alloc[float32](test.n)
		if err != nil {
			t.Fatal(err)
		}
		if len(buf) != test.n || uintptr(unsafe.Pointer(unsafe.SliceData(buf)))%uintptr(test.align) != 0 {
			t.Errorf("%d: %d elements at %p", test.n, len(buf), unsafe.SliceData(buf))
		}
		for i := range buf {
			buf[i] = 1
		}
		free()
	}
	for _, n := range []int{1, hugePage, 3 * hugePage, hugeFrom, 100<<20 + 7, 764 << 20} {
		if span := hugeSpan(n); span < n+hugePage || span%(4*hugePage) != 2*hugePage {
			t.Errorf("%d bytes: %d to ask for", n, span)
		}
	}
	if math.MaxInt > math.MaxInt32 { // else no size is too large for hugeSpan
		if _, _, err := alloc[uint8](math.MaxInt / 256); !errors.Is(err, hadamard.ErrMemory) || !strings.HasPrefix(err.Error(), "a buffer of 36028797018963967 bytes: ") {
			t.Errorf("got %v", err)
		}
	}
}

// numpyHas reports whether NumPy has all dtypes of a case.
func numpyHas(c *Case) bool {
	return !slices.ContainsFunc(append(c.Inputs, c.Out), func(o Operand) bool { return slices.Contains([]string{"unorm8", "unorm16", "bfloat16"}, o.DType) })
}

// TestNumPy holds that cases reach NumPy, and its results come back.
func TestNumPy(t *testing.T) {
	numpy := FindNumPy(t.Context())
	if numpy == nil {
		t.Skip("it needs a Python with NumPy, which is no part of the build; lane numpy-tests has one and fails without")
	}
	var cases []Case
	own := map[string]float64{}
	for _, c := range testCases(t) {
		if c.Group != "layout" && (c.Group != "mixed" || !numpyHas(&c)) && c.Group != "where" {
			continue
		}
		m, err := c.Measure(t.Context(), Options{Quick: true})
		if err != nil {
			t.Fatal(err)
		}
		cases, own[c.Name] = append(cases, c), m.Check
	}
	results, err := numpy.Measure(t.Context(), cases, true)
	if err != nil || len(results) != len(cases) {
		t.Fatalf("%v: %d results of %d cases", err, len(results), len(cases))
	}
	for _, r := range results {
		if r.Peer != numpy.Label() || r.Check != own[r.Case] {
			t.Errorf("got %+v, want check %v", r, own[r.Case])
		}
	}
	cases[0].Out.DType = "zebra"
	if _, err := numpy.Measure(t.Context(), cases, true); err != nil {
		t.Errorf("a dtype that NumPy does not know: %v", err)
	}
	cases[0].Op, cases[0].Inputs = "mul", nil
	if _, err := numpy.Measure(t.Context(), cases, true); err != nil && !strings.Contains(err.Error(), numpy.Python) {
		t.Errorf("got %v", err)
	}
}

// The cases that are built in are what a report has.
func TestAll(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	groups, names := map[string]bool{}, map[string]bool{}
	for _, c := range all.Cases {
		groups[c.Group] = true
		if names[c.Name] {
			t.Errorf("%s is in it twice", c.Name)
		}
		names[c.Name] = true
	}
	if len(groups) != 20 || len(names) < 290 {
		t.Errorf("%d cases in %d groups", len(names), len(groups))
	}
}
