package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

func TestUsage(t *testing.T) {
	tests := []struct {
		args   string
		code   int
		stdout string // parts of them
		stderr string
	}{
		{"", exitOK, "hadamard COMMAND", ""},
		{"help", exitOK, "multiply    Multiply arrays in files", ""},
		{"help multiply", exitOK, "hadamard multiply photo.jpg mask.png -o masked.png", ""},
		{"multiply --help", exitOK, "-o, --output FILE", ""},
		{"help frob", exitUsage, "", `hadamard: unknown command "frob" (see hadamard help --help)`},
		{"help multipy", exitUsage, "", `hadamard: unknown command "multipy", did you mean multiply?`},
		{"help multiply now", exitUsage, "", `hadamard: hadamard multiply has no command "now"`},
		{"help completion bash", exitOK, "bash-completion", ""},
		{"completion", exitOK, "hadamard completion COMMAND", ""},
		{"completion bsh", exitUsage, "", `hadamard: unknown shell "bsh", want bash, fish, powershell, zsh`},
		{"multiply a.npy b.npy c.npy", exitUsage, "", "hadamard: multiply needs an output file: did you mean -o c.npy? (see"},
		{"multiply a.npy b.npy", exitUsage, "", "hadamard: multiply needs an output file: -o OUT (see"},
		{"multiply a.npy b.npy -o", exitUsage, "", "hadamard: --output needs FILE behind it (see"},
		{"multiply a b -o c.npy --max-pixels many", exitUsage, "", `hadamard: --max-pixels is "many", want a number (see`},
		{"multipy a b", exitUsage, "", `hadamard: unknown command "multipy", did you mean multiply?`},
		{"mul a b -o c", exitUsage, "", `hadamard: unknown command "mul", did you mean multiply?`},
		{"product a b -o c --fast", exitUsage, "", `hadamard: unknown command "product", did you mean multiply?`},
		{"benchmark --plot x.png", exitUsage, "", `hadamard: unknown command "benchmark", did you mean bench?`},
		{"a.npy b.npy", exitUsage, "", `hadamard: "a.npy" is no command, did you mean hadamard multiply a.npy b.npy -o OUT?`},
		{"a.npy b.npy -o c.npy", exitUsage, "", `"a.npy" is no command, did you mean hadamard multiply a.npy b.npy -o OUT?`},
		{"-v", exitUsage, "", "hadamard: unknown shorthand flag: 'v' in -v"},
		{"multiply a b -o c.npy -v -q", exitUsage, "", "hadamard: --quiet and --verbose exclude each other"},
		{"multiply a b -o c.png --quality 80", exitUsage, "", "hadamard: --quality is that of a .jpg, but the output is c.png"},
		{"multiply a b --quality 80 -o c.npy", exitUsage, "", "hadamard: --quality is that of a .jpg, but the output is c.npy"},
		{"multiply a b --quality 80 -o c.JPG", exitError, "", "hadamard: open a: "},
		{"convert a -o b.npy c", exitUsage, "", "hadamard: convert takes 1 operand, got 2"},
		{"multiply a b -o c.npy -o d.npy", exitUsage, "", `hadamard: invalid argument "d.npy" for "-o, --output" flag: there is "c.npy" already (see`},
		{"multiply a b --where c --where d -o e.npy", exitUsage, "", `hadamard: invalid argument "d" for "--where" flag: there is "c" already (see`},
		{"convert a", exitUsage, "", "hadamard: convert needs an output file: -o OUT (see hadamard convert --help)"},
		{"convert a --where m -o b.npy", exitUsage, "", "hadamard: unknown flag: --where"},
		{"-0.5 a.npy", exitUsage, "", `hadamard: "-0.5" is no command, did you mean hadamard multiply -0.5 a.npy -o OUT?`},
		{"multiply a b -0.5", exitUsage, "", "hadamard: multiply needs an output file: -o OUT (see"},
		{"__complete multiply --casting ", exitOK, "no\nequiv\nsafe\nsame_kind\nunsafe\nsaturate\n:4\n", ""},
		{"__complete convert --dtype ", exitOK, "bool\nint8\nint16\n", ""},
		{"frobnicate", exitUsage, "", "hadamard: unknown command \"frobnicate\" (see hadamard --help)\n"},
		{"--fast", exitUsage, "", "hadamard: unknown flag: --fast"},
		{"-:mask", exitUsage, "", `hadamard: unknown command "-:mask" (see hadamard --help)`},
		{"info -:mask", exitUsage, "", `hadamard: info takes no arguments, got "-:mask"`},
		{"multiply -:mask - -o out.npy", exitUsage, "", "standard input (-) can be one operand only"},
		{"multiply a -:mask -o -:mask", exitUsage, "", "hadamard: -:mask: the extension must be"},
		{"info now", exitUsage, "", `hadamard: info takes no arguments, got "now"`},
		{"info --json --kernels", exitUsage, "", "hadamard: --json shows the kernels too"},
		{"version now", exitUsage, "", "(see hadamard version --help)"},
		{"version", exitOK, "hadamard ", ""},
		{"--version", exitOK, "hadamard ", ""},
		{"completion bash", exitOK, "bash completion V2 for hadamard", ""},
		{"completion zsh", exitOK, "#compdef hadamard", ""},
		{"completion fish", exitOK, "fish completion for hadamard", ""},
		{"completion powershell", exitOK, "Register-ArgumentCompleter", ""},
		{"__complete mul", exitOK, "multiply\tMultiply arrays in files", ""},
		{"__complete multiply ", exitOK, "npy\nnpz\npng\njpg\njpeg\n", ""},
		{"__complete bench --level ", exitOK, "purego\navx2\navx512\n:4\n", ""},
		{"__complete multiply a.npy -o ", exitOK, "npy\nnpz\npng\njpg\njpeg\nwav\ncf32\ncs16\ncs8\ncu8\n:8\n", ""},
		{"__complete multiply --as ", exitOK, "cf32\ncs16\ncs8\ncu8\n:4\n", ""},
		{"__complete multiply --bits ", exitOK, "8\n16\n24\n32\nfloat32\nfloat64\n:4\n", ""},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			var args []string
			if test.args != "" {
				args = strings.Split(test.args, " ")
			}
			code, stdout, stderr := hadamard(t, t.TempDir(), args...)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if !strings.Contains(stdout, test.stdout) || test.stdout == "" && stdout != "" {
				t.Errorf("stdout %q, want %q in it", stdout, test.stdout)
			}
			if !strings.Contains(stderr, test.stderr) {
				t.Errorf("stderr %q, want %q in it", stderr, test.stderr)
			}
		})
	}
}

// A flag that is given nothing is an error, whichever it is.
func TestEmptyFlags(t *testing.T) {
	for _, args := range [][]string{{"multiply", "a.npy", "b.npy"}, {"convert", "a.npy"}, {"bench"}} {
		cmd, _, err := newRoot().Find(args[:1])
		if err != nil {
			t.Fatal(err)
		}
		tried := 0
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() == "bool" {
				return
			}
			tried++
			code, _, stderr := hadamard(t, t.TempDir(), append(slices.Clip(args), "--"+f.Name, "")...)
			if code != exitUsage || !strings.Contains(stderr, "--"+f.Name+" ") {
				t.Errorf("%s --%s: exit code %d, %s", args, f.Name, code, stderr)
			}
		})
		if tried < 7 {
			t.Errorf("%s has only %d flags", args[0], tried)
		}
	}
}

// fullDisk is a file that can not be written to.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space") }

// What can not be printed is an error, whatever prints it.
func TestOutputFails(t *testing.T) {
	for _, args := range []string{
		"", "--help", "help", "help bench", "multiply --help", "version", "--version", "info", "info --json", "completion", "completion bash",
	} {
		var stderr bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), fullDisk{}, &stderr); code != exitError || stderr.String() != "hadamard: no space\n" {
			t.Errorf("%q: exit code %d, %s", args, code, &stderr)
		}
	}
}

// Help fits a terminal, and what stands as it is in a manual page fits there.
func TestHelpFits(t *testing.T) {
	for _, args := range []string{"", "multiply", "convert", "bench", "info", "version", "help", "completion"} {
		stdout, _ := ok(t, t.TempDir(), strings.Fields("help "+args)...)
		for line := range strings.Lines(stdout) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%q: %d characters: %s", args, n, line)
			}
		}
	}
	for _, cmd := range append(newRoot().Commands(), newRoot()) {
		for line := range strings.Lines(cmd.Long + "\n" + cmd.Example) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); strings.HasPrefix(line, "  ") && n > 73 {
				t.Errorf("%s: %d characters: %s", cmd.Name(), n, line)
			}
		}
	}
}

// Warnings are for people; a script that knows what it does can do without.
func TestQuiet(t *testing.T) {
	dir := t.TempDir()
	var dark bytes.Buffer
	if err := png.Encode(&dark, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	save(t, filepath.Join(dir, "dark.png"), dark.Bytes())
	for flag, want := range map[string]string{"": "hadamard: warning: dark.png: ", "-q": "", "--quiet": ""} {
		args := []string{"multiply", "dark.png", "dark.png", "-o", "out.png"}
		if flag != "" {
			args = append(args, flag)
		}
		if _, stderr := ok(t, dir, args...); !strings.HasPrefix(stderr, want) || want == "" && stderr != "" {
			t.Errorf("%q: stderr %q, want %q", flag, stderr, want)
		}
	}
	if code, _, stderr := hadamard(t, dir, "multiply", "none.png", "dark.png", "-o", "out.png", "-q"); code != exitError || !strings.HasPrefix(stderr, "hadamard: open none.png: ") {
		t.Errorf("errors are quiet too: exit code %d, %q", code, stderr)
	}
}

func TestVersion(t *testing.T) {
	stdout, _ := ok(t, t.TempDir(), "version")
	if !regexp.MustCompile(`^hadamard \S+ \(go\S+, \w+/\w+\)\n$`).MatchString(stdout) {
		t.Errorf("got %q", stdout)
	}
}

// infoAt returns what info prints if HADAMARD_LEVEL is purego.
func infoAt(t *testing.T, args ...string) string {
	t.Helper()
	cmd := program(t, t.TempDir(), append([]string{"info"}, args...)...)
	cmd.Env = append(cmd.Env, "HADAMARD_LEVEL=purego")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestInfo(t *testing.T) {
	text := infoAt(t)
	for _, want := range []string{
		"version  ", "\nCPU      ", "\ncaches   ", "\nstores   ", "\nlevel    purego: HADAMARD_LEVEL is purego\n", "\nlevels   purego", "\nthreads  ", "\ndtypes   bool, int8, ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, d := range generated.DTypes() {
		if !regexp.MustCompile(`[ ,]` + d.Name + `[,\n]`).MatchString(text) {
			t.Errorf("%s is not in\n%s", d.Name, text)
		}
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > 12 {
		t.Errorf("%d lines, want a dozen:\n%s", len(lines), text)
	}
	for _, line := range lines {
		if len(line) > 100 && !strings.HasPrefix(line, "version ") && !strings.HasPrefix(line, "CPU ") {
			t.Errorf("%d characters: %s", len(line), line)
		}
	}
}

func TestInfoJSON(t *testing.T) {
	var got struct {
		Version string
		Level   struct {
			Active, Asked, Why string
			Supported          []string
		}
		Stores struct {
			Cache         *int
			Source, Asked string
		}
		Threads struct{ Used, Processors int }
		DTypes  []struct {
			Name    string
			Kernels map[string]string
		}
		Rules []struct {
			Name, Out, A, B, Expression, Code string
			Commutes                          bool
		}
		Patterns []struct{ Name, Doc string }
	}
	if err := json.Unmarshal([]byte(infoAt(t, "--json")), &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != version() || got.Level.Active != "purego" || got.Level.Asked != "purego" || got.Level.Supported[0] != "purego" || got.Threads.Used < 1 {
		t.Errorf("got %+v", got)
	}
	if got.Stores.Cache == nil || got.Stores.Source == "" || got.Stores.Asked != "" {
		t.Errorf("stores %+v", got.Stores)
	}
	if len(got.DTypes) != len(generated.DTypes()) || len(got.Patterns) != kernel.NumPatterns {
		t.Fatalf("%d dtypes and %d patterns", len(got.DTypes), len(got.Patterns))
	}
	if len(got.Rules) != len(allRules()) {
		t.Fatalf("%d rules", len(got.Rules))
	}
	for i, r := range allRules() {
		if g := got.Rules[i]; g.Name != r.Name || g.Out != r.Out.DType || g.A != r.A.DType || g.B != r.B.DType || g.Expression != r.Expr || g.Commutes != r.Commutes || g.Code != r.Code {
			t.Errorf("got %+v, want %+v", g, r)
		}
	}
	for i, d := range generated.DTypes() {
		for p := kernel.Pattern(0); p < kernel.NumPatterns; p++ {
			if id := got.DTypes[i].Kernels[p.String()]; id != d.Mul.ID(d.Mul.Entry(kernel.PureGo, 0, p)) {
				t.Errorf("%s, %s: %q", got.DTypes[i].Name, p, id)
			}
		}
	}
}

func TestInfoKernels(t *testing.T) {
	text := infoAt(t, "--kernels")
	apart := regexp.MustCompile("  +").ReplaceAllString(text, "  ")
	for _, want := range []string{
		"\nuint32  uint32  x * y, by the kernels of int32\n", "\nscale_uint8  uint8 * float32 = float32  float32(x) * y\n", "\nvv  out and both operands are contiguous\n",
		"\nint8_to_complex128  int8 to complex128  complex(float64(x), 0), by int8_to_float64 and float64_to_complex128\n",
	} {
		if !strings.Contains(apart, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for p := kernel.Pattern(0); p < kernel.NumPatterns; p++ {
		name, n := strings.CutSuffix(p.String(), "n")
		if !n {
			name = p.String()
		}
		if !strings.Contains(text, "\n"+name+" ") {
			t.Errorf("pattern %s is not in\n%s", p, text)
		}
	}
	_, patterns, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(patterns) {
		if len(line) > 81 {
			t.Errorf("%d characters: %s", len(line), line)
		}
	}
	_, tables, _ := strings.Cut(text, "\n\npattern  level, of products of dtypes\n")
	products, others, _ := strings.Cut(tables, "\n\nother rule ")
	byPattern, byRule := servedIn(t, products), servedIn(t, others)
	for p := kernel.Pattern(0); p < kernel.NumPatterns; p++ {
		for _, r := range allRules() {
			if len(r.Via) > 0 {
				continue
			}
			lines, name, member := byPattern, p.String(), r.Code
			if !r.Default {
				lines, name, member = byRule, r.Code, p.String()
			}
			want := r.ID(r.Entry(kernel.PureGo, 0, p))
			if want == "" {
				continue
			}
			if end := lines[name](member); end == "" || !strings.HasSuffix(want, "-"+end) {
				t.Errorf("rule %s, pattern %s: %q, want the end of %q", r.Name, p, end, want)
			}
		}
	}
}

// servedIn reads a table of what serves by the name that a line begins with: what it says of
// a member.
func servedIn(t *testing.T, table string) map[string]func(member string) string {
	lines := map[string]func(string) string{}
	table = regexp.MustCompile(`\n +`).ReplaceAllString(table, " ") // lines that go on
	for line := range strings.Lines(table) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		most, others, _ := strings.Cut(strings.TrimSpace(text), "; ")
		ends := map[string]string{}
		for other := range strings.SplitSeq(others, "; ") {
			members, end, _ := strings.Cut(other, ": ")
			for _, m := range strings.Fields(members) {
				ends[m] = end
			}
		}
		lines[name] = func(member string) string {
			if end, differs := ends[member]; differs {
				return end
			}
			return most
		}
	}
	if len(lines) < 10 {
		t.Fatalf("%d lines in\n%s", len(lines), table)
	}
	return lines
}

func TestUnknownLevel(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"info"}, {"multiply", "a.npy", "b.npy", "-o", "out.npy"}} {
		cmd := program(t, dir, args...)
		cmd.Env = append(cmd.Env, "HADAMARD_LEVEL=fast")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != exitError {
			t.Errorf("%v: %v, want exit code 1", args, err)
		}
		if !strings.HasPrefix(stderr.String(), `hadamard: HADAMARD_LEVEL="fast": unknown level`) {
			t.Errorf("%v: stderr %q", args, stderr.String())
		}
		if args[0] == "info" && !strings.Contains(stdout.String(), "CPU ") {
			t.Errorf("info does not print the CPU: %q", stdout.String())
		}
	}
	only(t, dir)
}

// TestToldCache runs info under a HADAMARD_CACHE that can be followed, and under one that can not.
func TestToldCache(t *testing.T) {
	for _, c := range []struct{ value, stdout, stderr string }{
		{"16777216", "\nstores   past the caches from 11.4 MiB in all on; last-level cache 16 MiB, told by HADAMARD_CACHE\n", ""},
		{"1024", "\nstores   past the caches from 728 B in all on; last-level cache 1 KiB, told by HADAMARD_CACHE\n", ""},
		{"0", "\nstores   to the caches: told by HADAMARD_CACHE\n", ""},
		{"16M", "\nstores   HADAMARD_CACHE is \"16M\", no number of bytes\nlevel    none: HADAMARD_CACHE can not be followed\n", `hadamard: HADAMARD_CACHE="16M": not a number of bytes from 0 on` + "\n"},
	} {
		cmd := program(t, t.TempDir(), "info")
		cmd.Env = append(cmd.Env, "HADAMARD_CACHE="+c.value)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); (err != nil) != (c.stderr != "") {
			t.Errorf("%s: %v", c.value, err)
		}
		if !strings.Contains(stdout.String(), c.stdout) || stderr.String() != c.stderr {
			t.Errorf("%s: stdout %q, stderr %q", c.value, stdout.String(), stderr.String())
		}
	}
}

func TestRates(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 1048576: "1.05 MB", 999_600: "1 MB", 2_140_000_000: "2.14 GB"} {
		if got := decimalSize(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
	if got, want := rate(3_000_000, 2*time.Millisecond), "2ms (1.50 GB/s)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := round(12_345_678*time.Nanosecond), 12_300*time.Microsecond; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	terminalProgress(&out, 100).report(50) // no terminal
	terminalProgress(&out, 100).finish()
	p := &progress{w: &out, total: 100, start: time.Now()}
	p.report(10)
	p.finish()
	if out.Len() > 0 {
		t.Errorf("drawn at once: %q", out.String())
	}
	p.start = p.start.Add(-time.Minute)
	p.report(50)
	drawn := out.String()
	if !strings.HasPrefix(drawn, "\rmultiply   50%  [############............]  50 B of 100 B, 1m0s left") {
		t.Errorf("not drawn after a second: %q", drawn)
	}
	if p.report(60); out.String() != drawn {
		t.Errorf("drawn again within %v: %q", refresh, out.String())
	}
	p.finish()
	if want := drawn + "\r" + strings.Repeat(" ", len(drawn)-1) + "\r"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// What takes long is shown while it does, what does not is not.
func TestProgressDuring(t *testing.T) {
	var out bytes.Buffer
	p := &progress{w: &out}
	failed := errors.New("failed")
	if err := p.during("writing", func() error { return failed }); !errors.Is(err, failed) || out.Len() > 0 {
		t.Errorf("%v, drawn at once: %q", err, out.String())
	}
	err := p.during("writing", func() error {
		time.Sleep(patience + patience/4)
		return failed
	})
	if want := "\rwriting\r       \r"; !errors.Is(err, failed) || out.String() != want {
		t.Errorf("%v, %q, want %q", err, out.String(), want)
	}
	if err := (*progress)(nil).during("writing", func() error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
}

// The longest line fits a terminal.
func TestProgressLine(t *testing.T) {
	line := progressLine(1_230_000_000_000, 12_300_000_000_000, 99*time.Hour)
	if len(line) > 79 || !strings.Contains(line, "  10%  ") {
		t.Errorf("%d characters: %s", len(line), line)
	}
	for done, want := range map[int64]string{1: "[........................]", 1000: "[########################]"} {
		if line := progressLine(done, 1000, time.Second); !strings.Contains(line, want) {
			t.Errorf("%d of 1000: %s", done, line)
		}
	}
}
