package exec

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Products of dtypes have kernels of all patterns. Some are slow for short elements: of any strides,
// and of the short rows that three of four channels are, and columns by which narrow rows are
// multiplied. Such nests go in blocks, where kernels that copy are faster. So do three of four channels
// by any other rule.

const (
	ShortMost  = 2       // bytes of elements that are worth it
	stepsFrom  = 192     // elements of a nest at strides that are worth it, at least
	PixelsFrom = 512     // the same of pixels
	columnFrom = 2 << 10 // the same by a column, for which a kernel makes a table in each call
)

// movable has a nest of a pattern go in blocks if that is faster, and returns the entry of the product,
// or nil. The Site has Moves.
func (w *Walk) movable(pattern kernel.Pattern) *kernel.Entry {
	n, least := &w.nest, 0
	switch pattern {
	case kernel.II, kernel.IVV:
		least = stepsFrom
	case kernel.VV, kernel.VC, kernel.CV:
		if n.Cols > narrowMost {
			return nil
		}
		if least = columnFrom; n.Cols == Channels {
			least = PixelsFrom
		}
	default:
		return nil
	}
	if n.Cols*n.Rows < least || w.rule.Default && w.wide > ShortMost || !w.rule.Default && n.Cols != Channels {
		return nil
	}
	// Hidden: setMoved does not keep it.
	return w.rule.On.Moves.pays((*Walk)(Hidden(unsafe.Pointer(w))), pattern)
}

// setMoved is movable of a nest of which that has to be found out.
func (w *Walk) setMoved(pattern kernel.Pattern) *kernel.Entry {
	var m moving
	product, n := w.move(&m), &w.nest
	pays := false
	switch {
	case pattern == kernel.II || pattern == kernel.IVV:
		pays = n.ACol != 0 && m.out.quick() && m.a.quick() && m.b.quick()
	case n.Cols == Channels:
		pays = w.pixels(&m, product)
	default: // a column, by which adjacent rows are multiplied
		pays = m.b.by != nil && n.DstRow == n.Cols*w.wide && n.ARow == n.Cols*w.wide
	}
	if !pays {
		return nil
	}
	w.way = laidOut
	return w.rule.EntryFor(product, n.Cols*w.wide, Near)
}

// quick reports whether nothing goes element by element.
func (x *mover) quick() bool {
	return x.by == nil || x.by.Pattern != kernel.FromI && x.by.Pattern != kernel.ToI
}

// pixels reports whether three of four channels had better go in blocks.
func (w *Walk) pixels(m *moving, product kernel.Pattern) bool {
	n := &w.nest
	gaps := m.out.by != nil || m.a.by != nil || m.b.by != nil
	if !gaps || !m.out.pixel(n.DstCol, n.DstRow) || !m.a.pixel(n.ACol, n.ARow) || !m.b.pixel(n.BCol, n.BRow) {
		return false
	}
	if !w.rule.Default { // which has no kernel of a column, unless it is another product
		return (product != kernel.VC || n.BRow == 0) && (product != kernel.CV || n.ARow == 0)
	}
	// Stores of AVX2 write no pixel of words at once: row by row is as fast.
	return w.wide == 1 || m.out.by == nil || m.out.by.Level == kernel.AVX512 || m.a.by == nil && m.b.by == nil || n.Dst == n.A
}

// pixel reports whether an operand of rows of three is moved, or lies as kernels of such rows take it.
func (x *mover) pixel(col, row int) bool {
	return x.moves() || row == Channels*col || col == 0 && row == x.size
}
