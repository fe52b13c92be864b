package lower

// extend gives lanes of which the lower bytes are a number the rest of it.
func (c *coder) extend(v []Value, lane, low int, signed bool) []Value {
	by := 8 * (lane - low)
	return c.each(func(p []Value) Value {
		if signed {
			return c.shift("shr signed", lane, by, c.shift("shl", lane, by, p[0]))
		}
		return c.do("and", 0, p[0], c.constant(lane, 1<<(8*low)-1))
	}, v)
}

// load is an operand in lanes.
func (c *coder) load(v Value, n *node, lane, low int) []Value {
	s := n.size
	switch {
	case lane == s:
		return []Value{v}
	case c.layout == ordered:
		return c.resize([]Value{v}, n, s, lane)
	case lane != 2*s:
		c.fail("it is of %d bytes", s)
	case c.layout == interleaved:
		return c.halves(v, n, lane, low)
	}
	upper := v // anything
	if low > s && !n.signed {
		upper = c.constant(8, 0)
	}
	parts := []Value{c.do("low", s, v, upper), c.do("high", s, v, upper)}
	if low > s && n.signed {
		parts = c.each(func(p []Value) Value { return c.shift("shr signed", lane, 8*s, p[0]) }, parts)
	}
	return parts
}

// halves is an operand as its even elements and its odd ones.
func (c *coder) halves(v Value, n *node, lane, low int) []Value {
	s := n.size
	even := []Value{v}
	if low > s {
		even = c.extend(even, lane, s, n.signed)
	}
	sign := " unsigned"
	if n.signed && low > s {
		sign = " signed"
	}
	return []Value{even[0], c.shift("shr"+sign, lane, 8*s, v)}
}

// raised is an operand of the split size in the upper halves of lanes, with nothing below.
func (c *coder) raised(n *node) []Value {
	v, s := X, c.size
	if n.op == opY {
		v = Y
	}
	zero := c.constant(8, 0)
	if c.layout == unpacked {
		return []Value{c.do("low", s, zero, v), c.do("high", s, zero, v)}
	}
	return []Value{c.shift("shl", 2*s, 8*s, v), c.do("and", 0, v, c.constant(2*s, (1<<(8*s)-1)<<(8*s)))}
}

// leaf is the operand that a node is a conversion of, or nil.
func leaf(n *node) *node {
	for n.op == opConvert && !n.float && !n.wraps {
		n = n.args[0]
	}
	if n.op == opX || n.op == opY {
		return n
	}
	return nil
}
