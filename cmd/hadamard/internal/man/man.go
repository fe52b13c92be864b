// Package man writes manual pages from the texts of commands. It is apart from the
// program, which has no use for what renders them.
package man

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// Write writes a page in section 1 for a command and for each below it into a folder,
// which it makes if there is none. The pages carry the day, or what SOURCE_DATE_EPOCH says.
func Write(root *cobra.Command, dir, version string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	asMarkdown(root)
	return doc.GenManTree(root, &doc.GenManHeader{
		Section: "1",
		Source:  root.Name() + " " + version,
		Manual:  "Multiplying arrays",
	}, dir)
}

// asMarkdown makes of texts for a terminal what package doc takes for Markdown.
func asMarkdown(cmd *cobra.Command) {
	cmd.DisableAutoGenTag = true
	cmd.Long = markdown(cmd.Long) + options(cmd)
	for _, child := range cmd.Commands() {
		asMarkdown(child)
	}
}

// special are the characters that Markdown would take for something else.
var special = regexp.MustCompile("[\\\\`*_<>\\[\\]#]")

// markdown has indented lines stand as they are, as code, and escapes what is special
// in others.
func markdown(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "  ") {
			out.WriteString("    " + line)
		} else {
			out.WriteString(special.ReplaceAllString(line, `\$0`))
		}
	}
	return out.String()
}

// options writes the flags of a command, and hides them from package doc, which writes
// values that nobody gives: --in-place[=false].
func options(cmd *cobra.Command) string {
	var out strings.Builder
	out.WriteString("\n\n# OPTIONS\n")
	cmd.InitDefaultHelpFlag()
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		f.Hidden = true
		if f.Shorthand != "" {
			fmt.Fprintf(&out, "**-%s**, ", f.Shorthand)
		}
		fmt.Fprintf(&out, "**--%s**", f.Name)
		value, usage := pflag.UnquoteUsage(f)
		if value != "" {
			fmt.Fprintf(&out, " _%s_", value)
		}
		if isNumber := strings.HasPrefix(f.Value.Type(), "int"); isNumber {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(&out, "\n: %s\n\n", markdown(usage))
	})
	return out.String()
}
