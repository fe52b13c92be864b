package hadamard_test

import (
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
)

// TestLinks follows every link of the documents to a file, and to a heading in it.
// The web is left alone.
func TestLinks(t *testing.T) {
	links, dead := deadLinks(t, os.DirFS("."))
	for _, link := range dead {
		t.Error(link)
	}
	if links < 10 {
		t.Errorf("only %d links were found", links)
	}
}

func TestDeadLinks(t *testing.T) {
	links, dead := deadLinks(t, fstest.MapFS{
		"a.md": {Data: []byte("# One `two`, three!\n\n" +
			"[ok](b.md) [ok](b.md#twice-1) [ok](#one-two-three) [ok](docs/) [ok](b.md 'title')\n" +
			"[ok](https://example.org/none.md) `[code](none.md)` ![ok](docs/p.png)\n\n" +
			"```\n[code](none.md)\n# no heading\n```\n\n" +
			"[dead](none.md), [dead](b.md#none)\n[dead](#no-heading) [dead](../a.md)\n\n[r]: docs/none.png\n")},
		"b.md":       {Data: []byte("## Twice\n## Twice\n[ok](/a.md)")},
		"docs/c.md":  {Data: []byte("[ok](../b.md#twice) [ok](p.png) [dead](b.md) [dead](../b.md#three)")},
		"docs/p.png": {},
	})
	want := []string{
		"a.md: none.md", "a.md: b.md#none", "a.md: #no-heading", "a.md: ../a.md", "a.md: docs/none.png",
		"docs/c.md: b.md", "docs/c.md: ../b.md#three",
	}
	if !slices.Equal(dead, want) || links != 16 {
		t.Errorf("of %d links these are dead: %q, want %q", links, dead, want)
	}
}

// TestNamedTests looks for the tests that documents name as what holds them to their word.
func TestNamedTests(t *testing.T) {
	declared := map[string]bool{}
	eachFile(t, os.DirFS("."), "_test.go", func(_, text string) {
		for _, match := range testFunc.FindAllStringSubmatch(text, -1) {
			declared[match[1]] = true
		}
	})
	named := 0
	eachFile(t, os.DirFS("."), ".md", func(name, text string) {
		for _, test := range testName.FindAllString(text, -1) {
			if named++; !declared[test] {
				t.Errorf("%s names %s, which is not there", name, test)
			}
		}
	})
	if named < 5 {
		t.Errorf("only %d names of tests were found", named)
	}
}

// The workflow runs what the README promises to work.
func TestWorkflowRunsTheReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	workflow, err := os.ReadFile(".github/workflows/ci.yml")
	if err != nil {
		t.Fatal(err)
	}
	commands := strings.Split(strings.TrimSpace(strings.Split(string(readme), "```")[1]), "\n")
	if len(commands) != 2 {
		t.Errorf("the README begins with %q, want two commands", commands)
	}
	for _, command := range commands {
		if !strings.Contains(string(workflow), "      - run: "+command+"\n") {
			t.Errorf("the workflow does not run %q", command)
		}
	}
}

// TestNamedCalls looks for what documents name of package runtime.
func TestNamedCalls(t *testing.T) {
	declared := map[string]bool{}
	eachFile(t, os.DirFS("runtime"), ".go", func(_, text string) {
		for _, match := range declaration.FindAllStringSubmatch(text, -1) {
			declared[match[1]] = true
		}
	})
	named := 0
	eachFile(t, os.DirFS("."), ".md", func(name, text string) {
		for _, match := range runtimeName.FindAllStringSubmatch(text, -1) {
			if named++; !declared[match[1]] {
				t.Errorf("%s names %s, which is not there", name, match[0])
			}
		}
	})
	if named < 10 {
		t.Errorf("only %d names were found", named)
	}
}

var (
	declaration = regexp.MustCompile(`(?m)^(?:func|type|const|var|\t) ?([A-Z]\w*)\b`)
	runtimeName = regexp.MustCompile(`\bruntime\.([A-Z]\w*)`)
	testFunc    = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Z]\w*)\(`)
	testName    = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w*`)
	fence       = regexp.MustCompile("(?ms)^ *(```|~~~).*?^ *(```|~~~) *$")
	codeSpan    = regexp.MustCompile("`[^`]*`")
	inlineLink  = regexp.MustCompile(`\]\(<?([^)\s>]+)[^)]*\)`)
	reference   = regexp.MustCompile(`(?m)^\[[^\]]+\]: *(\S+)`)
	heading     = regexp.MustCompile(`(?m)^#{1,6} +(.*?)[ #]*$`)
)

// deadLinks returns how many links to files and headings the Markdown below a folder
// has, and those that lead nowhere.
func deadLinks(t *testing.T, root fs.FS) (links int, dead []string) {
	t.Helper()
	texts := map[string]string{} // without blocks of code
	eachFile(t, root, ".md", func(name, text string) { texts[name] = fence.ReplaceAllString(text, "") })
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		text := codeSpan.ReplaceAllString(texts[name], "")
		for _, match := range slices.Concat(inlineLink.FindAllStringSubmatch(text, -1), reference.FindAllStringSubmatch(text, -1)) {
			link, err := url.Parse(match[1])
			if err == nil && link.IsAbs() {
				continue
			}
			links++
			if err != nil || !leads(root, texts, name, link) {
				dead = append(dead, name+": "+match[1])
			}
		}
	}
	return links, dead
}

// eachFile calls do with each file below a folder whose name ends so.
func eachFile(t *testing.T, root fs.FS, end string, do func(name, text string)) {
	t.Helper()
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err == nil && d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case err != nil || !strings.HasSuffix(name, end):
			return err
		}
		text, err := fs.ReadFile(root, name)
		do(name, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// leads reports whether a link of a document has an end.
func leads(root fs.FS, texts map[string]string, from string, link *url.URL) bool {
	to := from
	switch {
	case strings.HasPrefix(link.Path, "/"):
		to = path.Clean(link.Path[1:])
	case link.Path != "":
		to = path.Join(path.Dir(from), link.Path)
	}
	if _, err := fs.Stat(root, to); err != nil {
		return false
	}
	text, isText := texts[to]
	return link.Fragment == "" || isText && slices.Contains(anchors(text), link.Fragment)
}

// anchors returns what GitHub calls the headings of a text: letters, digits, hyphens and
// low lines in lower case, with a number if the name is taken.
func anchors(text string) (all []string) {
	taken := map[string]int{}
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, match[1])
		if n := taken[name]; n > 0 {
			all = append(all, fmt.Sprintf("%s-%d", name, n))
		} else {
			all = append(all, name)
		}
		taken[name]++
	}
	return all
}
