package npy

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A header is a Python literal, and NumPy has Python read it: strings in any of their
// forms, comments, and what else people write by hand. So does this file.

// The values of literals.
type (
	text  string     // str
	whole int        // int
	huge  string     // int that is too large for one here: its digits
	truth bool       // bool, which counts as an int too
	tuple []any      // tuple
	list  []any      // list
	dict  []dictItem // dict, with keys that are repeated
	other string     // anything else: its source
)

type dictItem struct{ key, value any }

// get returns the value of a key, the last as in Python.
func (d dict) get(key string) (value any, ok bool) {
	for _, item := range d {
		if item.key == text(key) {
			value, ok = item.value, true
		}
	}
	return value, ok
}

// maxDepth is how deep Python nests brackets.
const maxDepth = 199

// literals reads Python literals.
type literals struct {
	source  string
	pos     int
	depth   int  // brackets that are open
	python2 bool // numbers may end in L
}

// parseLiteral returns the value of a literal that is all there is.
func parseLiteral(source string, python2 bool) (any, error) {
	if strings.IndexByte(source, 0) >= 0 {
		return nil, errors.New("a null byte")
	}
	p := &literals{source: strings.TrimLeft(source, " \t"), python2: python2}
	if p.indented() {
		return nil, errors.New("unexpected indentation")
	}
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	if p.lineEnds(); p.pos < len(p.source) {
		return nil, fmt.Errorf("%q after the end", clip(p.source[p.pos:]))
	}
	return value, nil
}

// indented skips the empty lines before the first word, and reports whether that does not
// begin its line: blanks before a line have a meaning in Python.
func (p *literals) indented() bool {
	for {
		start := p.pos
		p.blanks()
		column := p.pos - max(start, strings.LastIndexByte(p.source[:p.pos], '\f')+1)
		if !p.lineEnd() {
			return start > 0 && column > 0
		}
	}
}

// lineEnds skips lines that hold nothing.
func (p *literals) lineEnds() {
	for p.blanks(); p.lineEnd(); p.blanks() {
	}
}

// blanks skips what separates words within a line.
func (p *literals) blanks() {
	for p.pos < len(p.source) {
		switch c := p.source[p.pos]; {
		case c == ' ' || c == '\t' || c == '\f':
			p.pos++
		case c == '\\' && lineBreak(p.source[p.pos+1:]) > 0 && p.pos+1+lineBreak(p.source[p.pos+1:]) < len(p.source):
			p.pos += 1 + lineBreak(p.source[p.pos+1:])
		default:
			return
		}
	}
}

// lineEnd skips a comment, if there is one, and a line break, and reports whether there
// was one of them.
func (p *literals) lineEnd() bool {
	start := p.pos
	if p.pos < len(p.source) && p.source[p.pos] == '#' {
		for p.pos < len(p.source) && lineBreak(p.source[p.pos:]) == 0 {
			p.pos++
		}
	}
	p.pos += lineBreak(p.source[p.pos:])
	return p.pos > start
}

// lineBreak returns the length of the line break that s begins with, 0 if with none.
func lineBreak(s string) int {
	switch {
	case strings.HasPrefix(s, "\r\n"):
		return 2
	case s != "" && (s[0] == '\n' || s[0] == '\r'):
		return 1
	}
	return 0
}

// space skips what separates words; within brackets lines do not matter.
func (p *literals) space() {
	if p.blanks(); p.depth > 0 {
		p.lineEnds()
	}
}

// accept skips a character if it is next.
func (p *literals) accept(c byte) bool {
	p.space()
	if p.pos < len(p.source) && p.source[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// found describes what is next.
func (p *literals) found() string {
	if p.space(); p.pos == len(p.source) {
		return "the end"
	}
	return strconv.Quote(clip(p.source[p.pos:]))
}

// value reads any literal.
func (p *literals) value() (any, error) {
	p.space()
	if p.pos == len(p.source) {
		return nil, errors.New("it ends too early")
	}
	switch c := p.source[p.pos]; {
	case c == '{' || c == '(' || c == '[':
		if p.depth == maxDepth {
			return nil, errors.New("too many brackets")
		}
		p.pos++
		p.depth++
		value, err := p.bracket(c)
		p.depth--
		return value, err
	case c == '+' || c == '-':
		p.pos++
		p.space()
		n, err := p.number()
		if c == '-' {
			switch i := n.(type) {
			case whole:
				n = -i
			case huge:
				n = "-" + i
			}
		}
		return n, err
	case strings.HasPrefix(p.source[p.pos:], "..."):
		p.pos += 3
		return other("..."), nil
	case isDigit(c) || c == '.':
		return p.number()
	}
	word := p.word()
	if p.pos < len(p.source) && strings.IndexByte(`'"`, p.source[p.pos]) >= 0 {
		p.pos -= len(word)
		return p.strings()
	}
	switch word {
	case "True", "False":
		return truth(word == "True"), nil
	case "None":
		return other(word), nil
	}
	p.pos -= len(word)
	return nil, fmt.Errorf("%s is no value", p.found())
}

// word reads a name.
func (p *literals) word() string {
	start := p.pos
	for p.pos < len(p.source) && isNameByte(p.source[p.pos]) {
		p.pos++
	}
	return p.source[start:p.pos]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNameByte(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c >= utf8.RuneSelf
}

// bracket reads what is left of a literal that begins with a bracket.
func (p *literals) bracket(open byte) (any, error) {
	closing := map[byte]byte{'{': '}', '(': ')', '[': ']'}[open]
	start := p.pos - 1
	var values []any
	var items dict
	commas := 0
	for !p.accept(closing) {
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		if open == '{' && p.accept(':') {
			item := dictItem{key: value}
			if item.value, err = p.value(); err != nil {
				return nil, err
			}
			items = append(items, item)
		} else {
			values = append(values, value)
		}
		if p.accept(',') {
			commas++
		} else if p.accept(closing) {
			break
		} else {
			return nil, fmt.Errorf("want a comma or %q, found %s", string(closing), p.found())
		}
	}
	switch {
	case open == '{' && len(values) == 0:
		return items, nil
	case open == '{' && len(items) > 0:
		return nil, errors.New("a key without a value")
	case open == '{':
		return other(p.source[start:p.pos]), nil // a set
	case open == '[':
		return list(values), nil
	case len(values) == 1 && commas == 0:
		return values[0], nil
	}
	return tuple(values), nil
}

// floatPattern matches floats, and what is imaginary.
var floatPattern = regexp.MustCompile(`^(?:(?:[0-9](?:_?[0-9])*)?\.[0-9](?:_?[0-9])*|[0-9](?:_?[0-9])*\.?)(?:[eE][+-]?[0-9](?:_?[0-9])*)?[jJ]?`)

// number reads a number that is not signed.
func (p *literals) number() (any, error) {
	start := p.pos
	digits := p.word()
	if p.python2 {
		digits = strings.TrimSuffix(digits, "L")
		if p.pos == start+len(digits) {
			p.long()
		}
	}
	if n, ok := parseInt(digits); ok && p.endsNumber() {
		return n, nil
	}
	p.pos = start
	if float := floatPattern.FindString(p.source[start:]); strings.ContainsAny(float, ".eEjJ") {
		p.pos += len(float)
		if p.endsNumber() {
			return other(float), nil
		}
		p.pos = start
	}
	return nil, fmt.Errorf("%s is no number", p.found())
}

// parseInt parses an int, in Go's notation but for the octal numbers of C.
func parseInt(digits string) (value any, ok bool) {
	n, err := strconv.ParseUint(digits, 0, strconv.IntSize-1)
	octal := len(digits) > 1 && digits[0] == '0' && (isDigit(digits[1]) || digits[1] == '_')
	switch {
	case octal && n != 0, err != nil && !errors.Is(err, strconv.ErrRange):
		return nil, false
	case err != nil:
		return huge(digits), true
	}
	return whole(n), true
}

// long skips the L of Python 2.
func (p *literals) long() {
	start := p.pos
	p.blanks()
	if p.word() != "L" {
		p.pos = start
	}
}

// endsNumber reports whether what follows can not be a part of the number.
func (p *literals) endsNumber() bool {
	return p.pos == len(p.source) || !isNameByte(p.source[p.pos]) && p.source[p.pos] != '.'
}

// strings reads strings that follow each other, which are one.
func (p *literals) strings() (any, error) {
	start := p.pos
	var joined strings.Builder
	var bytes, texts bool
	for {
		word := p.word()
		if p.pos == len(p.source) || strings.IndexByte(`'"`, p.source[p.pos]) < 0 {
			p.pos -= len(word)
			break
		}
		prefix := strings.ToLower(word)
		switch prefix {
		case "b", "br", "rb":
			bytes = true
		case "", "u", "r":
			texts = true
		default:
			return nil, fmt.Errorf("%q is no prefix of a string", clip(prefix))
		}
		s, err := p.quoted(strings.Contains(prefix, "r"))
		if err != nil {
			return nil, err
		}
		joined.WriteString(s)
		p.space()
	}
	switch {
	case bytes && texts:
		return nil, errors.New("bytes and text in one string")
	case bytes:
		return other(p.source[start:p.pos]), nil
	}
	return text(joined.String()), nil
}

// quoted reads a string from its quotation mark on.
func (p *literals) quoted(raw bool) (string, error) {
	start, quote := p.pos, p.source[p.pos:p.pos+1]
	long := strings.Repeat(quote, 3)
	isLong := strings.HasPrefix(p.source[p.pos:], long)
	if isLong {
		quote = long
	}
	p.pos += len(quote)
	var s strings.Builder
	for p.pos < len(p.source) && !strings.HasPrefix(p.source[p.pos:], quote) {
		switch n := lineBreak(p.source[p.pos:]); {
		case n > 0 && !isLong:
			return "", fmt.Errorf("string %q has no end in its line", clip(p.source[start:p.pos]))
		case n > 0:
			s.WriteByte('\n')
			p.pos += n
		case p.source[p.pos] != '\\':
			s.WriteByte(p.source[p.pos])
			p.pos++
		case raw:
			n := max(1, lineBreak(p.source[p.pos+1:]))
			s.WriteString(p.source[p.pos:min(p.pos+1+n, len(p.source))])
			p.pos += 1 + n
		default:
			if err := p.escape(&s); err != nil {
				return "", err
			}
		}
	}
	if p.pos >= len(p.source) {
		return "", fmt.Errorf("string %q has no end", clip(p.source[start:]))
	}
	p.pos += len(quote)
	return s.String(), nil
}

// escapes are those of one character.
var escapes = strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`, `\a`, "\a", `\b`, "\b", `\f`, "\f", `\n`, "\n", `\r`, "\r", `\t`, "\t", `\v`, "\v")

var (
	octalEscape = regexp.MustCompile(`^\\[0-7]{1,3}`)
	hexEscape   = regexp.MustCompile(`^\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`)
)

// escape reads what a backslash begins.
func (p *literals) escape(s *strings.Builder) error {
	rest := p.source[p.pos:]
	if n := lineBreak(rest[1:]); n > 0 {
		p.pos += 1 + n
		return nil
	}
	if octal := octalEscape.FindString(rest); octal != "" {
		n, _ := strconv.ParseUint(octal[1:], 8, 32)
		s.WriteRune(rune(n))
		p.pos += len(octal)
		return nil
	}
	if hex := hexEscape.FindString(rest); hex != "" {
		n, _ := strconv.ParseUint(hex[2:], 16, 32)
		if n > utf8.MaxRune {
			return fmt.Errorf("%s is no character", hex)
		}
		s.WriteRune(rune(n))
		p.pos += len(hex)
		return nil
	}
	if len(rest) > 1 && strings.IndexByte("xuUN", rest[1]) >= 0 {
		return fmt.Errorf("%q is no character", clip(rest))
	}
	n := min(2, len(rest))
	s.WriteString(escapes.Replace(rest[:n])) // others stand for themselves
	p.pos += n
	return nil
}
