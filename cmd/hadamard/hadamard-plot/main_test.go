package main

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const line = `{"case": "seed_1x2048_f32", "peer": "hadamard", "ns_per_call": 50}`

// call runs the program in a folder of its own, which has a file of results.
func call(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"good.jsonl":  line,
		"empty.jsonl": "",
		"other.jsonl": `{"case": "x", "peer": "y", "ns_per_call": 1}`,
		"bad.jsonl":   `{"case": "x"}`,
		"bad.json":    `{"cases": [{"name": "x", "op": "div"}]}`,
		"old.png":     "old",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs strings.Builder
	code = run(args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func TestPlot(t *testing.T) {
	for _, args := range []string{"-o old.png good.jsonl", "-o old.png -", "good.jsonl -o old.png other.jsonl", "-o old.png -- good.jsonl"} {
		code, stdout, stderr := call(t, line, strings.Fields(args)...)
		if code != 0 || stdout != "" || stderr != "" {
			t.Errorf("%s: exit code %d: %q, %q", args, code, stdout, stderr)
		}
		f, err := os.Open("old.png")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if picture, err := png.Decode(f); err != nil || picture.Bounds().Dx() != 1200 || picture.Bounds().Dy() != 800 {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// What several threads gain is drawn from lines that say on how many they ran.
func TestThreads(t *testing.T) {
	lines := `{"case": "seed_8388608_f32", "peer": "hadamard", "ns_per_call": 8e6, "on": {"threads": 1}}
{"case": "seed_8388608_f32", "peer": "hadamard-2t", "ns_per_call": 5e6, "on": {"threads": 2}}`
	if code, _, stderr := call(t, lines, "-threads", "-o", "old.png", "-"); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	f, err := os.Open("old.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		args string
		code int
		want string
	}{
		{"-o old.png", 2, "hadamard-plot: no results to draw (see hadamard-plot -help)"},
		{"good.jsonl", 2, `hadamard-plot: -o is "", want the name of a .png`},
		{"-o p.svg good.jsonl", 2, `hadamard-plot: -o is "p.svg", want the name of a .png`},
		{"-fast -o p.png good.jsonl", 2, "hadamard-plot: flag provided but not defined: -fast"},
		{"-o none/p.png good.jsonl", 1, "hadamard-plot: directory none does not exist"},
		{"-o old.png none.jsonl", 1, "hadamard-plot: open none.jsonl: "},
		{"-o old.png empty.jsonl", 1, "hadamard-plot: there are no results to draw: the files have no lines"},
		{"-threads -o old.png good.jsonl", 1, "hadamard-plot: there are no results of hadamard on several numbers of threads"},
		{"good.jsonl -o none/p.png", 1, "hadamard-plot: directory none does not exist"},
		{"good.jsonl -- -o old.png", 2, `hadamard-plot: -o is "", want the name of a .png`},
		{"-o old.png other.jsonl", 1, `hadamard-plot: none of 1 results is of a case of seed.json, such as "seed_1x2048_f32"`},
		{"-o old.png other.jsonl bad.jsonl", 1, `hadamard-plot: bad.jsonl: line 1: needs a case and a peer, got "x" and ""`},
		{"-o old.png -cases bad.json good.jsonl", 1, `hadamard-plot: bad.json: case 0, "x": unknown op "div"`},
		{"-o old.png -filter zebra good.jsonl", 1, `no case is in a group "zebra" or has it in its name; the groups are seed, seed-between`},
	} {
		code, stdout, stderr := call(t, "", strings.Fields(test.args)...)
		if code != test.code || stdout != "" || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d: %q, %q", test.args, code, stdout, stderr)
		}
		if text, _ := os.ReadFile("old.png"); string(text) != "old" {
			t.Errorf("%s: the old picture is gone", test.args)
		}
		if left, _ := filepath.Glob(".*"); len(left) > 0 {
			t.Errorf("%s: %q are left", test.args, left)
		}
	}
}

func TestHelp(t *testing.T) {
	code, stdout, stderr := call(t, "", "-help")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "hadamard bench --json | hadamard-plot -o seed.png -") || !strings.Contains(stdout, "-filter NAME") {
		t.Errorf("exit code %d: %q, %q", code, stdout, stderr)
	}
}
