package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// instruction is one of a symbol's, in the assembler's own syntax.
type instruction struct {
	at   uint64
	text string // mnemonic and operands, source first
}

// loop is a kernel's main loop, and what one turn moves.
type loop struct {
	code          []string
	out           int // bytes that are stored
	loads, stores accesses
}

// accesses counts accesses to memory by what they cost: 64 bytes, or up to 32.
type accesses struct{ wide, narrow int }

var (
	heading = regexp.MustCompile(`^[0-9a-f]+ <(.*)>:$`)
	address = regexp.MustCompile(`\((%r[a-z0-9]+)[,)]`)
	step    = regexp.MustCompile(`^addq\t\$0x([0-9a-f]+), (%r[a-z0-9]+)$`)
	line    = regexp.MustCompile(`^ *([0-9a-f]+): *\t(.*)$`)
	jump    = regexp.MustCompile(`^j[a-z]+\t0x([0-9a-f]+)`)
)

// disassembled reads what objdump wrote, symbol by symbol.
func disassembled(text string) map[string][]instruction {
	symbols := map[string][]instruction{}
	symbol := ""
	for l := range strings.Lines(text) {
		l = strings.TrimRight(l, "\n")
		if m := heading.FindStringSubmatch(l); m != nil {
			symbol = m[1]
		} else if m := line.FindStringSubmatch(l); m != nil {
			at, _ := strconv.ParseUint(m[1], 16, 64) // of hexadecimal digits, by the pattern
			text, _, _ := strings.Cut(m[2], " #")
			symbols[symbol] = append(symbols[symbol], instruction{at, strings.TrimSpace(text)})
		}
	}
	return symbols
}

// mainLoop returns, of the loops that hold no other that stores, the one that stores
// most in a turn.
func mainLoop(code []instruction) (loop, error) {
	var best loop
	unknown := errors.New("no loop that stores")
	first := 0 // of the instructions that are in no inner loop yet
	for end, in := range code {
		m := jump.FindStringSubmatch(in.text)
		if m == nil {
			continue
		}
		target, _ := strconv.ParseUint(m[1], 16, 64)
		start := end
		for start > first && code[start].at > target {
			start--
		}
		if code[start].at != target || target > in.at {
			continue // forwards, or around an inner loop
		}
		l, err := measure(straight(code[start : end+1]))
		if err != nil { // rows that are all tail: not the main loop, unless there is no other
			unknown, first = err, end+1
			continue
		}
		if l.out > 0 {
			first = end + 1
		}
		if l.out > best.out {
			best = l
		}
	}
	if best.out == 0 {
		return loop{}, unknown
	}
	return best, nil
}

// straight is the way through code that branches nowhere but where it must: of several
// factors, once through the loads of each that has its own, contiguous ones.
func straight(code []instruction) []instruction {
	var way []instruction
	target := uint64(0)
	for _, in := range code {
		if in.at < target {
			continue
		}
		way = append(way, in)
		if m := jump.FindStringSubmatch(in.text); m != nil && strings.HasPrefix(in.text, "jmp\t") {
			target, _ = strconv.ParseUint(m[1], 16, 64)
		}
	}
	return way
}

// measure counts what a turn moves.
func measure(code []instruction) (loop, error) {
	var l loop
	steps := map[string]int{} // of pointers, from turn to turn
	masked := map[string]bool{}
	for _, in := range code {
		mnemonic, operands, _ := strings.Cut(in.text, "\t")
		text := in.text
		if jump.MatchString(text) {
			text = mnemonic + "\t0" // where to is of no matter
		}
		l.code = append(l.code, text)
		if m := step.FindStringSubmatch(in.text); m != nil {
			n, _ := strconv.ParseInt(m[1], 16, 64)
			steps[m[2]] += int(n)
		}
		if !strings.Contains(operands, "(") || strings.HasPrefix(mnemonic, "lea") || strings.HasPrefix(mnemonic, "prefetch") {
			continue
		}
		memory := strings.LastIndex(operands, ")")
		if rest := operands[memory+1:]; rest != "" && !strings.HasPrefix(rest, " {%k") || strings.HasPrefix(mnemonic, "cmp") || strings.HasPrefix(mnemonic, "add") {
			l.loads.count(mnemonic, operands)
			continue
		}
		bytes, err := stored(mnemonic, operands)
		if err != nil {
			return loop{}, err
		}
		l.out += bytes
		l.stores.count(mnemonic, operands)
		if strings.Contains(operands, "{%k") && !strings.Contains(mnemonic, "scatter") {
			masked[address.FindStringSubmatch(operands)[1]] = true
		}
	}
	// What a mask lets through shows in how far its pointer goes.
	if len(masked) > 0 {
		l.out = 0
		for pointer := range masked {
			if steps[pointer] == 0 {
				return loop{}, fmt.Errorf("how much is stored through a mask at %s?", pointer)
			}
			l.out += steps[pointer]
		}
	}
	return l, nil
}

// vector is the width in bytes of the widest vector register among operands.
func vector(operands string) int {
	for _, v := range []struct {
		name  string
		bytes int
	}{{"%zmm", 64}, {"%ymm", 32}, {"%xmm", 16}} {
		if strings.Contains(operands, v.name) {
			return v.bytes
		}
	}
	return 0
}

// apart returns how many elements a gather or a scatter accesses, and their bytes; its
// mnemonic ends in the index's size and the element's.
func apart(mnemonic, operands string) (count, bytes int) {
	for _, kind := range []string{"gather", "scatter"} {
		if _, sizes, ok := strings.Cut(mnemonic, kind); ok {
			bytes = 4
			if strings.HasSuffix(sizes, "q") || strings.HasSuffix(sizes, "pd") {
				bytes = 8
			}
			widest := bytes
			if sizes[0] == 'q' {
				widest = 8
			}
			return vector(operands) / widest, bytes
		}
	}
	return 0, 0
}

// count adds an instruction's accesses. Gathers and scatters make one for each element;
// what widens, repeats or inserts its operand reads less than its register holds.
func (a *accesses) count(mnemonic, operands string) {
	if n, _ := apart(mnemonic, operands); n > 0 {
		a.narrow += n
		return
	}
	part := regexp.MustCompile(`pmovzx|pmovsx|cvtph2ps|cvtps2ph|broadcast|insert|extract|^vpmov..$`).MatchString(mnemonic)
	if vector(operands) == 64 && !part && !strings.Contains(operands, "{1to") {
		a.wide++
	} else {
		a.narrow++
	}
}

// stored returns how many bytes a store writes: its vector register's, or what the
// mnemonic says.
func stored(mnemonic, operands string) (int, error) {
	v := vector(operands)
	if n, bytes := apart(mnemonic, operands); n > 0 {
		return n * bytes, nil
	}
	for _, rule := range []struct {
		mnemonic string
		bytes    int
	}{
		{`vmov(ups|upd|aps|apd|dqu(8|16|32|64)?|dqa(32|64)?|ntps|ntpd|ntdq)`, v},
		{`vpmaskmov[dq]|vmaskmovp[sd]`, v},
		{`vcvtps2ph|vpmov(wb|dw|qd)`, v / 2},
		{`vpmov(db|qw)`, v / 4},
		{`vextract[if](128|32x4|64x2)`, 16},
		{`vextract[if](64x4|32x8)`, 32},
		{`vpextrb|movb`, 1},
		{`vpextrw|movw`, 2},
		{`vpextrd|vmovd|vmovss|vextractps|movl`, 4},
		{`vpextrq|vmovq|vmovsd|vmov[lh]p[sd]|movq|movntiq`, 8},
	} {
		if rule.bytes > 0 && regexp.MustCompile(`^(`+rule.mnemonic+`)$`).MatchString(mnemonic) {
			return rule.bytes, nil
		}
	}
	return 0, fmt.Errorf("how much does %s %s store?", mnemonic, operands)
}
