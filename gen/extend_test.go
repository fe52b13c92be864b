package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestExtend follows docs/extending.md: it puts the rows shown there into a copy
// of the repository, regenerates, runs the kernel tests of the new rules and
// multiplies some, with no other edit.
func TestExtend(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a copy of the repository; not with -short")
	}
	guide, err := os.ReadFile("../docs/extending.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{
		"var DTypes = []DType{\n": regexp.MustCompile("(?m)^\t\\{DType: .*\n").FindAllString(string(guide), -1),
		"var Rules = []Rule{\n":   regexp.MustCompile("(?m)^\t\\{Name: .*\n").FindAllString(string(guide), -1),
	}

	dir := t.TempDir()
	for _, name := range []string{"broadcast", "internal", "runtime", "gen", "generated"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS("../"+name)); err != nil {
			t.Fatal(err)
		}
	}
	// To compile the tests that are not needed takes longer than all else.
	tests, err := filepath.Glob(filepath.Join(dir, "runtime", "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tests {
		if text, err := os.ReadFile(name); err != nil || !regexp.MustCompile("(?m)^package runtime_test$").Match(text) {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "generate.go"} {
		text, err := os.ReadFile("../" + name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(text))
	}
	write(t, filepath.Join(dir, "go.work"), "go 1.25.0\n\nuse (\n\t.\n\t./gen\n)\n")

	table := filepath.Join(dir, "gen", "templates", "rows.go")
	text, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	edited := string(text)
	for start, rows := range rows {
		if len(rows) < 2 || !strings.Contains(edited, start) {
			t.Fatalf("docs/extending.md shows %d rows, not two or more, or rows.go has no %s", len(rows), start)
		}
		edited = strings.Replace(edited, start, start+strings.Join(rows, ""), 1)
	}
	write(t, table, edited)

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
	goCommand("generate", "./...")
	for _, level := range []string{"avx2", "avx512"} {
		if _, err := os.Stat(filepath.Join(dir, "generated", "fixed_"+level+"_amd64.s")); err != nil {
			t.Error(err)
		}
	}
	out := goCommand("test", "./runtime", "-vet=off", "-short", "-count=1", "-v", "-run", "TestKernel/(fixed|rgba|scale_fixed)-|TestKernelTable")
	for _, test := range []string{"Lengths", "InPlace", "Nests", "Values", "Guard"} {
		for _, kernel := range []string{"fixed-vv", "fixed-vc", "fixed-ii", "rgba-vv", "scale_fixed-vv", "scale_fixed-vc", "scale_fixed-cv", "scale_fixed-ii"} {
			if want := "--- PASS: TestKernel" + test + "/" + kernel + "-purego"; !strings.Contains(out, want) {
				t.Errorf("the output of the kernel tests does not have %q", want)
			}
		}
	}

	if err := os.Mkdir(filepath.Join(dir, "try"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "try", "main.go"), `package main

import (
	"fmt"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/runtime"
)

func main() {
	gain := []generated.Fixed{0x8000, -0x18000, 3}
	halves := []generated.Fixed{1, -1, 0x10000, 0x7fffffff} // halves round up, what does not fit wraps
	if err := runtime.MulSlice(halves, halves, []generated.Fixed{0x8000, 0x8000, -3, 0x20000}); err != nil {
		fmt.Println(err)
	}
	if err := runtime.ScaleSlice(gain, gain, 0x8000); err != nil {
		fmt.Println(err)
	}
	pixels := []generated.RGBA{0x10001, 7}
	if err := runtime.MulSlice(pixels, pixels, pixels); err != nil {
		fmt.Println(err)
	}
	fmt.Println(gain, halves, pixels, generated.MulOf[generated.RGBA]()(0)[generated.VV].ID)
}
`)
	if got, want := goCommand("run", "./try"), "[16384 -49152 2] [1 0 -3 -2] [131073 49] int32-vv-purego\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
