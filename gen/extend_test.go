package gen

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestExtend follows docs/extending.md: it puts the rows shown there into a copy
// of the repository, regenerates, runs the tests that it names and those of what else is new, and
// multiplies by it, with no other edit.
//
// For the sake of time most rules of the copy have portable kernels alone. So go generate has files
// to remove, too.
func TestExtend(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a copy of the repository; not with -short")
	}
	dir := t.TempDir()
	for _, name := range []string{"broadcast", "internal", "runtime", "gen", "generated", "rules", "conversions"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS("../"+name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "generate.go"} {
		write(t, filepath.Join(dir, name), read(t, "../"+name))
	}
	write(t, filepath.Join(dir, "go.work"), "go 1.25.0\n\nuse (\n\t.\n\t./gen\n)\n")
	table := filepath.Join(dir, "gen", "templates", "rows.go")
	rules := regexp.MustCompile(`(?m)^	\{Name: "([a-z0-9_]+)", .*\},\n`)
	write(t, table, rules.ReplaceAllStringFunc(read(t, table), func(row string) string {
		if regexp.MustCompile("^(int16|int32|uint32|float32)$").MatchString(rules.FindStringSubmatch(row)[1]) {
			return row
		}
		return strings.Replace(row, "},\n", ", Portable: true},\n", 1)
	}))

	guide := read(t, "../docs/extending.md")
	for _, e := range []struct {
		file, start, end string
		rows             string
		count            int
	}{
		{"gen/templates/rows.go", "\nvar DTypes = ", "\n}\n", "(?m)^\t\\{DType: .*\n", 2},
		{"gen/templates/rows.go", "\nvar Rules = ", "\n}\n", "(?m)^\t\\{Name: .*\n", 4},
		{"gen/spec/pattern.go", "\nvar motions = ", "\n}\n", "(?m)^\t\\{\".*\n", 1},
		{"gen/spec/pattern.go", "\nvar Patterns = ", "`)\n", "(?m)^\t[a-z0-9 ]+\n", 1},
	} {
		rows := regexp.MustCompile(e.rows).FindAllString(guide, -1)
		if len(rows) != e.count {
			t.Fatalf("docs/extending.md shows %q, want %d rows for%s", rows, e.count, e.start)
		}
		name := filepath.Join(dir, filepath.FromSlash(e.file))
		before, after, found := strings.Cut(read(t, name), e.start)
		body, rest, ends := strings.Cut(after, e.end)
		if !found || !ends {
			t.Fatalf("%s has no%s", e.file, e.start)
		}
		write(t, name, before+e.start+body+"\n"+strings.TrimSuffix(strings.Join(rows, ""), "\n")+e.end+rest)
	}
	write(t, filepath.Join(dir, "runtime", "extended_test.go"), read(t, "testdata/extended_test.go.txt"))

	goCommand := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK="+filepath.Join(dir, "go.work"), "GOFLAGS=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	goCommand("generate", "-run", "gen/generate", ".") // not what the example has
	for name, want := range map[string]bool{
		"generated/fixed_avx2_amd64.s": true, "generated/fixed_avx512_amd64.s": true, "generated/rgba_purego.go": false,
		"rules/right_purego.go": true, "rules/gain_int16_avx2_amd64.go": false,
	} {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	shown := regexp.MustCompile("(?m)^go (test ./runtime .*)\n").FindStringSubmatch(guide)
	if shown == nil {
		t.Fatal("docs/extending.md shows no tests")
	}
	out := goCommand(append(strings.Fields(shown[1]), "-count=1")...)
	for _, kernel := range []string{"fixed-vs-purego", "fixed_to_float32-v-purego"} {
		if !strings.Contains(out, "--- PASS: TestKernels/Guard/"+kernel+" ") {
			t.Errorf("go %s does not test %s", shown[1], kernel)
		}
	}
	out += goCommand("test", "./runtime", "-short", "-count=1", "-v",
		"-run", "TestExtended|TestKernels/./(rgba-vv|scale_fixed|right|int16-[v9]*9|float32-[v9]*9|move[0-9]+-9)")
	var kernels []string
	for rule, patterns := range map[string]string{
		"fixed": "vv vc ii", "rgba": "vv", "scale_fixed": "vv vc cv ii", "right": "vv vc cv ii",
	} {
		for p := range strings.FieldsSeq(patterns) {
			kernels = append(kernels, rule+"-"+p+"-purego")
		}
	}
	for _, level := range []string{"avx2", "avx512"} {
		if !strings.Contains(out, "hadamard-kernels level="+level) {
			continue // this machine has no such level
		}
		for _, k := range strings.Fields("right-vc right-cv right-cvn right-cv1 right-cv3 fixed-v9 int16-v9 int16-99 int16-v9n int16-99n float32-v9 float32-99 move16-9") {
			if level == "avx512" && k == "right-cv1" {
				continue // a mask takes as long as a row
			}
			kernels = append(kernels, k+"-"+level)
		}
	}
	for _, test := range []string{"Lengths", "InPlace", "Nests", "Values", "Guard"} {
		for _, kernel := range kernels {
			if want := fmt.Sprintf("--- PASS: TestKernels/%s/%s ", test, kernel); !strings.Contains(out, want) {
				t.Errorf("the output of the kernel tests does not have %q", want)
			}
		}
	}
	if t.Failed() { // else its lines would count as those of this repository's kernels
		t.Log(out)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
