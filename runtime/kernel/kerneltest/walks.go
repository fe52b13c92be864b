package kerneltest

// lengths tries every length up to two tiles with every alignment of out, and lengths around the
// powers of two beyond.
func (t *trial) lengths() error {
	alignments := max(64/t.OutSize, 1)
	stride := max(alignments/4, 1)
	switch {
	case repeated(t.Info):
		stride = alignments
	case t.of.exhaustive:
		stride = max(alignments/16, 1)
	}
	for cols := range 2*t.tile() + 3 {
		for off := cols % stride; off < alignments; off += stride {
			n := stepped(cols, 1, 1, t.column(cols), t.column(cols))
			t.offsets(&n)
			n.dstOff = off
			t.shape(&n)
			if err := t.try(n); err != nil {
				return err
			}
		}
	}
	longest := 16
	if t.Pattern.Form().Converts { // by the same loops as all others
		longest = 13
	}
	for log := 10; log <= longest; log++ {
		for _, near := range []int{-1, 0, 1} {
			n := stepped((1<<log)/t.OutSize+near, 1, 1, t.column(7), t.column(7))
			t.offsets(&n)
			t.shape(&n)
			if err := t.try(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// inPlace tries out as either operand and as both, and as the mask.
func (t *trial) inPlace() error {
	form := t.Pattern.Form()
	if form.Bypass {
		return nil // out is no operand, by contract
	}
	for cols := range 2*t.tile() + 3 {
		for alias := 1; alias <= 3; alias++ {
			if repeated(t.Info) && (cols+alias)%3 != 0 || form.Converts && alias > 1 {
				continue
			}
			n := stepped(cols, 1+cols%3, 2, 2, 2)
			t.offsets(&n)
			t.shape(&n)
			n.dst.row = max(2, n.dst.col)*n.cols + 3
			n.a.row, n.b.row = n.dst.row, n.dst.row
			t.shape(&n)
			n.aIsDst, n.bIsDst = alias&1 != 0, alias&2 != 0
			n.maskIsDst = t.masks != nil && t.OutSize == 1 && cols%4 == 0
			if n.bIsDst && form.Several {
				n.apart, n.constant = 0, 0
			}
			if n.aIsDst && (n.a != n.dst || t.ASize != t.OutSize) || n.bIsDst && (n.b != n.dst || t.BSize != t.OutSize) {
				continue // the pattern or the rule lets no such operand be out itself
			}
			if err := t.try(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// nests tries rows: none to a few, apart, adjacent, upwards, for the operands repeated, and of one
// operand that is both.
func (t *trial) nests() error {
	tries := 150
	switch {
	case repeated(t.Info):
		tries = 30
	case t.of.exhaustive:
		tries = 600
	}
	for range tries {
		strides := []int{1, 2, 3, 5, -1, -2, -7}
		pick := func() int { return strides[t.rng.IntN(len(strides))] }
		n := stepped(t.rng.IntN(40), t.rng.IntN(6), pick(), pick(), pick())
		if t.rng.IntN(8) == 0 {
			n.cols = t.rng.IntN(2 * t.tile())
		}
		if t.rng.IntN(4) == 0 {
			n.b.col = 0
		}
		t.offsets(&n)
		t.shape(&n)
		apart := (n.cols + t.rng.IntN(5)) * max(n.dst.col, -n.dst.col)
		n.dst.row = apart
		if t.rng.IntN(3) == 0 {
			n.dst.row = -apart
		}
		for _, s := range []*step{&n.a, &n.b} {
			s.row = []int{0, 1, n.cols, -n.cols - 3, 2*n.cols + 5}[t.rng.IntN(5)]
		}
		if t.rng.IntN(6) == 0 {
			n.b.row = n.a.row
		}
		t.shape(&n)
		n.bIsA = t.oneOperand(n)
		if err := t.try(n); err != nil {
			return err
		}
	}
	return nil
}

// oneOperand tells whether b can be a's memory in a nest: it is stored alike, and walks what a does or
// stays at the first element.
func (t *trial) oneOperand(n nest) bool {
	form := t.Pattern.Form()
	one := form.Several || form.Masks || form.Moves || form.Converts
	return !one && t.ASize == t.BSize && t.formats[1].like(t.formats[2]) && n.a.row == n.b.row && (n.b.col == n.a.col || n.b.col == 0)
}
