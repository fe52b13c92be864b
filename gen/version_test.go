package gen

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hadamard-go/hadamard/gen/spec"
)

// TestContract makes sure that what package kernel declares does not change without a thought
// about the packages that were written before.
func TestContract(t *testing.T) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "../runtime/kernel/kernel.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	version, digest := false, sha256.New()
	for _, d := range file.Decls {
		var text bytes.Buffer
		if err := format.Node(&text, token.NewFileSet(), d); err != nil {
			t.Fatal(err)
		}
		if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.CONST && strings.Contains(text.String(), spec.Version) {
			version = true
			continue
		}
		digest.Write(text.Bytes())
	}
	if !version {
		t.Errorf("package kernel does not declare %s", spec.Version)
	}
	if got := fmt.Sprintf("%x", digest.Sum(nil)[:8]); got != spec.Contract {
		t.Errorf("what package kernel declares has the digest %s, not %s: see Version and Contract in gen/spec/version.go", got, spec.Contract)
	}
}

// TestVersion compiles a package beside a runtime of the next version.
func TestVersion(t *testing.T) {
	if testing.Short() {
		t.Skip("builds package generated; not with -short")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	for _, name := range []string{"runtime/kernel/kernel.go", "generated/tables.go"} {
		text := read(t, filepath.Join(root, name))
		next := strings.ReplaceAll(text, spec.Version, "VersionNext")
		if next == text {
			t.Errorf("%s does not name %s", name, spec.Version)
		}
		replace[filepath.Join(root, name)] = filepath.Join(dir, filepath.Base(name))
		write(t, filepath.Join(dir, filepath.Base(name)), next)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "overlay.json"), string(overlay))
	build := func(pkg string) (string, error) {
		cmd := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), pkg)
		cmd.Dir = root
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := build("./runtime"); err != nil {
		t.Errorf("the next version does not compile: %v\n%s", err, out)
	}
	if out, err := build("./rules"); err == nil || !strings.Contains(out, "undefined: kernel."+spec.Version) {
		t.Errorf("a package for %s: %v\n%s", spec.Version, err, out)
	}
}
