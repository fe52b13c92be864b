package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hadamard-go/hadamard/generated"
)

func TestUsage(t *testing.T) {
	tests := []struct {
		args   string
		code   int
		stdout string // parts of them
		stderr string
	}{
		{"", exitOK, "hadamard [command]", ""},
		{"help", exitOK, "multiply    Multiply arrays in files", ""},
		{"help multiply", exitOK, "hadamard multiply photo.jpg mask.png -o masked.png", ""},
		{"multiply --help", exitOK, "-o, --output string", ""},
		{"multipy a b", exitUsage, "", `hadamard: unknown command "multipy", did you mean multiply?`},
		{"frobnicate", exitUsage, "", "hadamard: unknown command \"frobnicate\" (see hadamard --help)\n"},
		{"--fast", exitUsage, "", "hadamard: unknown flag: --fast"},
		{"info now", exitUsage, "", `hadamard: info takes no arguments, got "now"`},
		{"version now", exitUsage, "", "(see hadamard version --help)"},
		{"version", exitOK, "hadamard ", ""},
		{"--version", exitOK, "hadamard ", ""},
		{"completion bash", exitOK, "bash completion V2 for hadamard", ""},
		{"completion zsh", exitOK, "#compdef hadamard", ""},
		{"completion fish", exitOK, "fish completion for hadamard", ""},
		{"completion powershell", exitOK, "Register-ArgumentCompleter", ""},
		{"__complete mul", exitOK, "multiply\tMultiply arrays in files", ""},
		{"__complete multiply ", exitOK, "npy\nnpz\npng\njpg\njpeg\n", ""},
		{"__complete multiply a.npy -o ", exitOK, "npy\npng\njpg\njpeg\n:8\n", ""},
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

func TestVersion(t *testing.T) {
	stdout, _ := ok(t, t.TempDir(), "version")
	if !regexp.MustCompile(`^hadamard \S+ \(go\S+, \w+/\w+\)\n$`).MatchString(stdout) {
		t.Errorf("got %q", stdout)
	}
}

func TestInfo(t *testing.T) {
	cmd := program(t, t.TempDir(), "info")
	cmd.Env = append(cmd.Env, "HADAMARD_LEVEL=purego")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	for _, want := range []string{
		"CPU ", "threads ", "caches ", "level    purego, best ", "HADAMARD_LEVEL is purego\n",
		"\nx32    int32, uint32\n", "\nvv       out and both operands are contiguous\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	_, table, _ := strings.Cut(text, "the level being:\n\n")
	lines := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	if len(lines) != 1+generated.NumPatterns {
		t.Fatalf("%d lines, want a title and %d patterns:\n%s", len(lines), generated.NumPatterns, table)
	}
	classes := strings.Fields(lines[0])[1:]
	for p, line := range lines[1:] {
		cells := strings.Fields(line)
		if len(cells) != 1+len(classes) || cells[0] != generated.Pattern(p).String() {
			t.Fatalf("%q is no row of pattern %s and %d classes", line, generated.Pattern(p), len(classes))
		}
		for i, class := range classes {
			want := ""
			for _, d := range generated.DTypes() {
				if d.Class == class {
					want = d.Mul[generated.PureGo][p].ID
				}
			}
			// A cell is the end of the ID: the level, after the pattern if that is another.
			if got := cells[1+i]; want == "" || !strings.HasSuffix(want, "-"+got) {
				t.Errorf("class %s, pattern %s: %q, want the end of %q", class, cells[0], got, want)
			}
		}
	}
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

func TestBinarySize(t *testing.T) {
	for n, want := range map[int]string{100: "100 B", 32 << 10: "32 KiB", 48 << 10: "48 KiB", 1 << 20: "1 MiB", 3 << 19: "1.5 MiB", 1<<20 + 1<<18: "1280 KiB", 32 << 20: "32 MiB"} {
		if got := binarySize(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestRates(t *testing.T) {
	for n, want := range map[int]string{0: "0 B", 999: "999 B", 1000: "1 kB", 1048576: "1.05 MB", 999_600: "1 MB", 2_140_000_000: "2.14 GB"} {
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
	p := newProgress(&out, 100)
	p.report(10)
	p.finish()
	if out.Len() > 0 {
		t.Errorf("drawn at once: %q", out.String())
	}
	p.start = p.start.Add(-patience)
	p.report(50)
	if !strings.Contains(out.String(), "multiply  50%") {
		t.Errorf("not drawn after a second: %q", out.String())
	}
	p.finish()
}
