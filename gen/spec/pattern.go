package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Motion is how an operand moves along the innermost loop.
type Motion uint8

// The motions that have names. An operand that is Fixed has stride 0: it is a constant of
// the row.
const (
	Unit Motion = iota
	Fixed
	Strided
	Transposed // any stride, but 1 from row to row
	Several    // a list of operands, each Unit or Fixed
	Reversed
	Gapped // rows of PixelCols, one element apart
	Listed // vectors from the places of a list
)

// AnyStep stands for a step that a motion leaves free.
const AnyStep = 1 << 30

// motions says how motions are spelled, by how many elements they step from column to column,
// and what an operand and several of them do.
var motions = []struct {
	letter    string
	step      int
	one, many string
}{
	Unit:       {"v", 1, "is contiguous", "are contiguous"},
	Fixed:      {"c", 0, "is one constant", "are constants"},
	Strided:    {"i", AnyStep, "has any stride", "have any stride"},
	Transposed: {"t", AnyStep, "runs along the columns", "run along the columns"},
	Several:    {"s", AnyStep, "is several factors, each contiguous or one constant", "are several factors"},
	Reversed:   {"r", -1, "runs backwards", "run backwards"},
	Gapped:     {"x", AnyStep, "leaves out every fourth element", "leave out every fourth element"},
	Listed:     {"l", AnyStep, "lies at the places of a list", "lie at the places of a list"},
	// Nothing but the step tells those that follow apart: one more is a row.
	{"2", 2, "takes every second element", "take every second element"},
	{"3", 3, "takes every third element", "take every third element"},
	{"4", 4, "takes every fourth element", "take every fourth element"},
	{"5", 5, "takes every fifth element", "take every fifth element"},
	{"6", 6, "takes every sixth element", "take every sixth element"},
	{"7", 7, "takes every seventh element", "take every seventh element"},
	{"8", 8, "takes every eighth element", "take every eighth element"},
}

// Step returns by how many elements a motion steps from column to column, or AnyStep.
func (m Motion) Step() int { return motions[m].step }

// MotionBy returns the motion of a step, Strided if none is of that alone.
func MotionBy(step int) Motion {
	for m := range motions {
		if motions[m].step == step {
			return Motion(m)
		}
	}
	return Strided
}

// Picks tells whether a motion takes elements at one step, with others between them.
func (m Motion) Picks() bool { return m.Step() > 1 && m.Step() != AnyStep }

// PixelCols is how many elements follow each other where motion Gapped leaves out the next one:
// three of the four channels of a picture.
const PixelCols = 3

// PlaceBytes is how many bytes are copied from each place of a list, if it is not LineBytes.
const PlaceBytes = 16

// ListedSize is the size of elements up to which there are kernels that follow lists of places.
const ListedSize = 2

// ListBytes returns how many bytes are copied from each place of a list.
func (p Pattern) ListBytes() int {
	if p.Lines {
		return LineBytes
	}
	return PlaceBytes
}

// Kernels of patterns with a transposed operand take tiles: rows and columns
// in multiples of these.
const (
	TileRows = 8
	TileCols = 16
)

// Kernels multiply while they transpose where elements have DirectSize or more. Shorter
// ones are copied by FromT, to be multiplied in whole vectors. Tiles then have so many bytes
// down a column and across a row; those of patterns of whole lines have LineBytes of both.
const (
	DirectSize   = 4
	DirectDown   = 16
	DirectAcross = 32
	LineBytes    = 64
)

// Pattern is a combination of motions that has kernels of its own, with modifiers. Rules by
// which a and b may change places have those of one order alone.
type Pattern struct {
	Dst, A, B Motion
	// Cols is the number of columns of a pattern for short rows that are
	// adjacent in out and a, so that all of them together are contiguous; 0 where
	// any number will do.
	Cols int
	// Bytes is the length of a row of a pattern for rows that are adjacent in out and a
	// and all multiplied by the same row b, in elements of the widest of their types; 0 where
	// rows may be anything. SameA says that a and b have changed places.
	Bytes int
	SameA bool
	// Bypass marks a pattern whose kernels write past the caches. Out shares no
	// memory with an operand.
	Bypass bool
	// Lines marks a pattern whose tiles are as wide and as high as a cache line, so that
	// each line is touched once, however many of them compete for a place in the cache.
	Lines bool
	// OneRow marks a pattern of one row, of at least one column, whose kernels take it as
	// arguments, not in a nest: for rows that take less time than to write one.
	OneRow bool
	// DstRow and ARow are the elements from row to row of out and a where the pattern fixes them
	// and they are not Cols, or 0. Adjacent stands for rows of any columns that follow each other.
	DstRow, ARow int
	// Under marks a pattern whose kernels store products under a mask of bytes, which their nests
	// have beside the operands. Those of a rule have a set of their own.
	Under bool
	// Does is what rules do that have kernels of the pattern.
	Does Does

	// What follows is derived from all this, by [ParsePattern].

	Name string // in IDs, see there
	Func string // in Go names
	Doc  string // says what the pattern is of
	// General names a pattern whose kernels accept all that this one accepts.
	// They stand in where the pattern has none of its own. A pattern without one
	// has portable kernels.
	General string
}

// Adjacent is the DstRow of rows that follow each other.
const Adjacent = -1

// Patterns lists the patterns, vv first.
var Patterns = parsePatterns(`
	vv vc ii vvn vcn vv1 vc1
	ivv 2vv 3vv 4vv 222 333 444 22c 33c 44c
	vr rr v2 22 v3 33 v4 44 vrn rrn v2n 22n v3n 33n v4n 44n
	vc2 vc3 vc4 vc2n vc3n vc4n vp96 vp128
	cv cvn cv1 cv3 pv96 pv128
	vs vsn tv tt tvw ttw tvwn ttwn
	i r 2 3 4 t oi or o2 o3 o4
	v vn vvm iim
	5 6 7 8 o5 o6 x ox c l lw ta
	vvu vcu`)

func parsePatterns(names string) (ps []Pattern) {
	for name := range strings.FieldsSeq(names) {
		p, err := ParsePattern(name)
		if err != nil {
			panic(err)
		}
		ps = append(ps, p)
	}
	return ps
}

// ParsePattern returns the pattern of a name. A name spells motions, a letter each:
//
//   - those of a and b, where out is contiguous, or, in ii, has any stride, too;
//   - or those of out, a and b;
//   - or that of a, which is copied to a contiguous out, whose rows follow each other if a is a
//     constant in each, or runs along columns (ta); or, after an o, that of out, to which a contiguous a is copied;
//   - or v, of a that is converted, contiguous as out is.
//
// An operand that is the same in each row is p. Behind the motions stand 1 for one row, or the
// columns of rows by a constant, or the bytes of rows that are multiplied by the same one; then
// w for tiles, or places of a list, of whole lines; then m for copies of a under the mask b, or u for products
// under a mask that is no operand; then n for an out that bypasses the caches.
func ParsePattern(name string) (Pattern, error) {
	m := spelling.FindStringSubmatch(name)
	if m == nil {
		return Pattern{}, fmt.Errorf("pattern %q: no motions and modifiers are spelled so", name)
	}
	var p Pattern
	switch of := m[1] + m[2]; {
	case m[1] != "":
		p.Does, p.B = Copies, Fixed
		if of == motions[Unit].letter {
			p.Does = Converts
		}
		if to, out := strings.CutPrefix(of, "o"); out {
			p.Dst = motionOf(to)
		} else {
			p.A = motionOf(of[:1])
		}
		if of == "ta" {
			p.DstRow, p.ARow = Adjacent, 1
		}
	case of == "ii":
		p.Dst, p.A, p.B = Strided, Strided, Strided
	case len(of) == 2:
		p.A, p.B = motionOf(of[:1]), motionOf(of[1:])
		p.SameA = of[0] == 'p'
	default:
		p.Dst, p.A, p.B = motionOf(of[:1]), motionOf(of[1:2]), motionOf(of[2:])
	}
	switch n, _ := strconv.Atoi(m[3]); { // no number is 0
	case n == 1:
		p.OneRow = true
	case strings.Contains(m[2], "p"):
		p.Bytes = n
	default:
		p.Cols = n
	}
	p.Lines, p.Bypass = m[4] != "" || m[1] == "lw", m[6] != ""
	if m[5] == "m" {
		p.Does = Masks
	}
	p.Under = m[5] == "u"

	line := p.Dst == Unit && (p.A == Unit || p.A == Fixed) && (p.B == Unit || p.B == Fixed) && p.A+p.B <= Fixed
	switch {
	case p.spell() != name,
		m[5] != "" && (p.Cols+p.Bytes > 0 || p.OneRow || p.Lines || p.Bypass),
		p.Under && (!line || p.Does != Multiplies),
		(p.Cols > 0 || p.OneRow) && !line, p.Cols > 0 && p.A == p.B, p.Lines && p.A != Transposed && p.B != Transposed && p.A != Listed:
		return Pattern{}, fmt.Errorf("pattern %q: its modifiers are not for its motions", name)
	}
	switch {
	case p.A == Gapped:
		p.Cols, p.DstRow, p.ARow = PixelCols, PixelCols, PixelCols+1
	case p.Dst == Gapped:
		p.Cols, p.DstRow, p.ARow = PixelCols, PixelCols+1, PixelCols
	case p.Does == Copies && p.A == Fixed:
		p.DstRow, p.ARow = Adjacent, 1
	}
	p.Name, p.Func, p.Doc, p.General = name, p.goName(), p.doc(), p.general()
	return p, nil
}

// spelling reads names: the motion of a copy, or those of products, the number, and letters.
var spelling = func() *regexp.Regexp {
	picks := ""
	for m := range motions {
		if Motion(m).Picks() {
			picks += motions[m].letter
		}
	}
	return regexp.MustCompile(strings.ReplaceAll(`^(?:(o[irxN]|[virtcxN]|lw?|ta)|([iN][vN][vcN]|[vcprtiN][vcprtsiN])(\d*)(w?))([mu]?)(n?)$`, "N", picks))
}()

// motionOf is the motion that a letter spells; an operand that is the same in each row is
// contiguous in it.
func motionOf(letter string) Motion {
	for m := range motions {
		if motions[m].letter == letter {
			return Motion(m)
		}
	}
	return Unit
}

// spell returns the name.
func (p Pattern) spell() string {
	of := func(m Motion, same bool) string {
		if same {
			return "p"
		}
		return motions[m].letter
	}
	a, b := of(p.A, p.SameA), of(p.B, p.Bytes > 0 && !p.SameA)
	s := a + b
	switch {
	case p.Does.toOne() && p.Dst == Unit:
		s = a
	case p.Does.toOne():
		s = "o" + of(p.Dst, false)
	case p.Dst != Unit && (p.Dst != Strided || p.A != Strided || p.B != Strided):
		s = of(p.Dst, false) + s
	}
	switch n := p.Cols + p.Bytes; {
	case p.A == Gapped || p.Dst == Gapped: // whose rows have one length
	case p.OneRow:
		s += "1"
	case n > 0:
		s += strconv.Itoa(n)
	}
	if p.Lines {
		s += "w"
	}
	if p.Zips() {
		s += "a"
	}
	switch {
	case p.Does == Masks:
		s += "m"
	case p.Under:
		s += "u"
	}
	if p.Bypass {
		s += "n"
	}
	return s
}

// goName returns the name in capitals, behind something where that is no Go name or says
// little.
func (p Pattern) goName() string {
	name := strings.ToUpper(p.spell())
	switch {
	case p.Does == Copies && p.Dst == Unit:
		return "From" + name
	case p.Does == Copies:
		return "To" + name[1:]
	case name[0] > '9':
		return name
	case p.Dst == Unit: // both operands are alike
		return "S" + name[1:]
	}
	return "O" + name
}

// doc says what the pattern is of: what operands do, those that are contiguous first.
func (p Pattern) doc() string {
	motion := map[string]Motion{"out": p.Dst, "a": p.A, "b": p.B}
	does := func(name string) string { // of one operand
		s := motions[motion[name]].one
		switch {
		case p.Bytes > 0 && (name == "a") == p.SameA && name != "out":
			return "is the same in each row"
		case motion[name] == Fixed && !p.OneRow:
			s += " in each row"
		}
		return s
	}
	operands := []string{"out", "a", "b"}
	if p.Does.toOne() {
		operands = operands[:2]
	}
	slices.SortStableFunc(operands, func(x, y string) int { // stably, those that are contiguous first
		key := func(name string) int {
			if does(name) == motions[Unit].one {
				return 0
			}
			return 1
		}
		return key(x) - key(y)
	})
	var parts []string
	for len(operands) > 0 {
		what := does(operands[0])
		alike := slices.DeleteFunc(slices.Clone(operands), func(name string) bool { return does(name) != what })
		operands = slices.DeleteFunc(operands, func(name string) bool { return does(name) == what })
		who := strings.Join(alike, " and ")
		switch {
		case len(alike) == 3:
			who = "out and both operands"
		case who == "a and b":
			who = "both operands"
		}
		if len(alike) > 1 {
			what = motions[motion[alike[0]]].many
		}
		if len(parts) == 0 && p.Cols+p.Bytes > 0 {
			what += " in rows of " + strconv.Itoa(p.Cols+p.Bytes)
			if p.Bytes > 0 {
				what += " bytes"
			}
		}
		if p.Does == Copies && slices.Contains(alike, "a") {
			what += " and is copied"
		}
		parts = append(parts, who+" "+what)
	}
	if p.OneRow {
		parts = append(parts, "in one row")
	}
	if p.DstRow == Adjacent {
		parts = append(parts, "rows of out follow each other")
	}
	switch {
	case p.Lines && p.A == Listed:
		parts = append(parts, "a whole cache line each")
	case p.Lines:
		parts = append(parts, "in tiles of whole cache lines")
	}
	if p.Bypass {
		parts = append(parts, "out bypasses the caches")
	}
	if p.Under {
		parts = append(parts, "stored under a mask")
	}
	doc := strings.Join(parts, ", ")
	switch {
	case p.A == Listed:
		doc += "; b is the list"
	case p.Does.toOne():
		doc += "; b is not used"
	case p.Does == Masks:
		doc += ", and b is a mask"
	}
	return doc
}

// general spells the pattern that this one is a case of, or returns "".
func (p Pattern) general() string {
	contiguous := func(m Motion) bool { return m == Unit || m == Fixed }
	g := p
	switch {
	case p.A == Listed:
		return ""
	case p.Bypass:
		g.Bypass = false
	case p.Lines:
		g.Lines = false
	case p.A == Gapped:
		g.A, g.Cols = Strided, 0
	case p.Dst == Gapped:
		g.Dst, g.Cols = Strided, 0
	case p.DstRow == Adjacent:
		g.A = Strided
	case p.OneRow || p.Cols > 0 || p.Bytes > 0:
		g.OneRow, g.Cols, g.Bytes, g.SameA = false, 0, 0, false
	case p.B == Several, p.Dst == Unit && contiguous(p.A) && contiguous(p.B):
		return ""
	case p.Does == Copies && p.Dst == Unit:
		g.A = Strided
	case p.Does == Copies:
		g.Dst = Strided
	case p.Dst != Unit && p.Dst != Strided && p.A == Unit && p.B == Unit:
		g.Dst = Strided
	default:
		g.Dst, g.A, g.B = Strided, Strided, Strided
	}
	if g == p {
		return ""
	}
	return g.spell()
}

// Zips tells whether columns are copied to adjacent rows of as many elements, which may be few.
func (p Pattern) Zips() bool { return p.A == Transposed && p.DstRow == Adjacent }

// Left tells whether it is a that is a constant or the same in each row, and not b.
func (p Pattern) Left() bool { return p.A == Fixed || p.SameA }

// needed tells whether every rule has kernels of the pattern, and not only products of dtypes:
// rows of contiguous elements and constants, pixels, and any stride.
func (p Pattern) needed() bool {
	contiguous := func(m Motion) bool { return m == Unit || m == Fixed }
	return p.Dst == Strided && p.A == Strided ||
		!p.Under && p.Dst == Unit && contiguous(p.A) && contiguous(p.B) && (p.Cols == 0 || p.Cols == 3 && !p.Bypass)
}
