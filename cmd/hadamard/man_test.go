package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/man"
)

// Each command has a page, with what its help says.
func TestManPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "share", "man1")
	if err := man.Write(newRoot(), dir, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	root := newRoot() // whose texts are those of help
	pages := map[string]*cobra.Command{"hadamard.1": root}
	for _, cmd := range root.Commands() {
		if cmd.Name() != "help" { // which is man itself
			pages["hadamard-"+cmd.Name()+".1"] = cmd
		}
	}
	if len(pages) < 5 {
		t.Errorf("only %d pages", len(pages))
	}
	for name, cmd := range pages {
		page := strings.ReplaceAll(contents(t, dir, name), `\-`, "-")
		want := []string{`"hadamard v1.2.3"`, cmd.Short}
		cmd.InitDefaultHelpFlag()
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			value, usage := pflag.UnquoteUsage(f)
			if value != "" {
				value = ` \fI` + value + `\fP`
			}
			want = append(want, `\fB--`+f.Name+`\fP`+value+"\n"+usage)
		})
		for line := range strings.Lines(cmd.Long + "\n" + cmd.Example) {
			if strings.HasPrefix(line, "  ") { // is not filled, which would lose its columns
				want = append(want, "\n"+strings.ReplaceAll(strings.TrimSuffix(line, "\n"), `\`, `\\`)+"\n")
			}
		}
		if strings.Contains(page, "=false") || strings.Contains(page, `=""`) {
			t.Errorf("%s has values that nobody gives", name)
		}
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: %q is not in it", name, text)
			}
		}
	}
	only(t, dir, "hadamard-bench.1", "hadamard-convert.1", "hadamard-info.1", "hadamard-multiply.1", "hadamard-version.1", "hadamard.1")
}
