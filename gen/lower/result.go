package lower

import (
	"fmt"
	"slices"
)

// resize changes lanes that hold a node exactly.
func (c *coder) resize(v []Value, n *node, from, to int) []Value {
	switch {
	case from == to:
		return v
	case c.layout != ordered:
		c.fail("vectors that are split keep their lanes")
	case from > to:
		return []Value{c.resized(to, fmt.Sprint("narrow ", from), to, -1, v[0])}
	}
	sign := " signed"
	if _, unsigned := fits(n, from); unsigned {
		sign = " unsigned"
	}
	return []Value{c.resized(to, fmt.Sprintf("widen %d%s", from, sign), to, -1, v[0])}
}

// result is the root in lanes, brought to the size of the result.
func (c *coder) result(root *node, out kind, lane int) Value {
	s := out.size
	if lane == s {
		v := c.low(root, s, s)[0]
		if p, ok := c.wide[root]; ok && c.layout == ordered && p.Lane > s && p.Lane <= 4 {
			c.Packing = &p
		}
		return v
	}
	if root.float {
		c.fail("it is of %d bytes", s)
	}
	if inner, clamps := clamped(root); clamps && c.without != clamping {
		if signed, _ := fits(inner, lane); signed && c.layout == ordered && lane <= 4 {
			c.Packing = &Packing{c.low(inner, lane, lane)[0], lane, root.signed}
		}
		if v, ok := c.saturated(inner, root.kind, lane); ok {
			return v
		}
	}
	switch c.layout {
	case unpacked:
		return c.packed(root, lane)
	case interleaved:
		return c.merged(root, lane)
	}
	return c.resized(s, fmt.Sprint("narrow ", lane), s, -1, c.low(root, lane, s)[0])
}

// clamped returns the number that a node is after being clamped to all that its kind holds.
func clamped(n *node) (inner *node, ok bool) {
	if n.op != opConvert || n.float || n.args[0].float {
		return nil, false
	}
	bounds := n.kind.bounds()
	inner = n.args[0]
	for {
		switch {
		case inner.op == opMin && inner.args[1].isConst() && inner.args[1].value().Cmp(bounds.hi) == 0,
			inner.op == opMax && inner.args[1].isConst() && inner.args[1].value().Cmp(bounds.lo) == 0:
			inner, ok = inner.args[0], true
			continue
		}
		break
	}
	// Both ends are clamped, or can not be passed.
	return inner, ok && n.args[0].num.within(bounds)
}

// saturated narrows lanes by an instruction that clamps.
func (c *coder) saturated(n *node, to kind, lane int) (v Value, ok bool) {
	sign := " unsigned"
	if to.signed {
		sign = " signed"
	}
	signed, unsigned := fits(n, lane)
	pack := "pack" + sign // reads signed numbers
	switch c.layout {
	case ordered:
		name := fmt.Sprintf("clamp %d%s", lane, sign)
		if to.signed && !signed || !to.signed && !unsigned || !c.has(name, to.size) {
			return 0, false
		}
		return c.resized(to.size, name, to.size, -1, c.low(n, lane, lane)[0]), true
	case unpacked, interleaved:
		if !signed || !c.has(pack, to.size) || c.layout == interleaved && !c.has("weave", to.size) {
			return 0, false
		}
		v = c.do(pack, to.size, c.low(n, lane, lane)...)
		if c.layout == interleaved {
			v = c.do("weave", to.size, v)
		}
		return v, true
	}
	return 0, false
}

// packed puts unpacked parts together.
func (c *coder) packed(root *node, lane int) Value {
	s := c.size
	if s == 4 {
		return c.shift("pack", 4, 0x88, c.low(root, lane, s)...)
	}
	if c.whole {
		return c.do("pack unsigned", s, c.low(root, lane, lane)...)
	}
	return c.do("pack unsigned", s, c.extend(c.low(root, lane, s), lane, s, false)...)
}

// instruction is what computes a vector, or nil.
func (c *coder) instruction(v Value) *Instruction {
	i := slices.IndexFunc(c.List, func(i Instruction) bool { return i.To == v })
	if i < 0 {
		return nil
	}
	return &c.List[i]
}

// merged puts even and odd elements together.
func (c *coder) merged(root *node, lane int) Value {
	s := c.size
	low := s
	if c.whole {
		low = lane
	}
	parts := c.low(root, lane, low)
	even, odd := parts[0], parts[1]
	down := []string{lookup(c.Level, form{"shr unsigned", lane}), lookup(c.Level, form{"shr signed", lane})}
	clean := false // below
	if i := c.instruction(odd); i != nil && i.Imm == 8*s && slices.Contains(down, i.Name) {
		odd = i.Args[0] // it goes back up
	} else {
		odd, clean = c.shift("shl", lane, 8*s, odd), true
	}
	lower := c.constant(lane, 1<<(8*s)-1)
	switch {
	case c.whole && clean:
		return c.do("or", 0, even, odd)
	case c.has("blend", s):
		return c.shift("blend", s, 0xaa, even, odd)
	case c.has("ternary", 0):
		return c.shift("ternary", 0, 0xd8, odd, even, lower) // even where lower is set, else odd
	}
	if !c.whole {
		even = c.do("and", 0, even, lower)
	}
	if !clean {
		odd = c.do("notand", 0, lower, odd)
	}
	return c.do("or", 0, even, odd)
}
