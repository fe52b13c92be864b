package flow

import (
	"unsafe"

	"github.com/hadamard-go/hadamard/runtime/internal/exec"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// How large the blocks of a pipeline are, and where it and its scratch memory lie.

const (
	pipeFarFrom = 2 << 20  // bytes of all arrays of which blocks are as long as the machine says
	pipePicked  = 16 << 10 // the same of three of four channels
	pipeMost    = 16 << 10 // of it in longer blocks
	pipeApart   = 4 << 10  // elements of a block of which some lie apart
	pipeDirect  = 64 << 10 // bytes of the widest elements of a block without scratch memory
)

// room is where most pipelines are laid. What takes more goes to the heap.
type room struct {
	streams [10]stream // those of two operands and a mask: each gathered, and converted
	list    [8]step
}

// start begins to lay a pipeline over loops, whose arrays are added next.
func (l *laying) start(streams []stream, list []step, over *loops) {
	// Hidden: the pipeline ends before the frames of its rooms do.
	l.streams = unsafe.Slice((*stream)(exec.Hidden(unsafe.Pointer(unsafe.SliceData(streams)))), len(streams))[:0]
	// Hidden: as above.
	l.list = unsafe.Slice((*step)(exec.Hidden(unsafe.Pointer(unsafe.SliceData(list)))), len(list))[:0]
	// Hidden: as above.
	l.loops = (*loops)(exec.Hidden(unsafe.Pointer(over)))
	l.arrays, l.block = over.arrays, exec.PipeBytes
	l.allCols, l.allRows = over.inner()
}

// array adds the next array: out, an operand, or the mask.
func (l *laying) array(at unsafe.Pointer, size int, crooked bool) {
	n := len(l.streams)
	col, row := l.loops.innerSteps(n)
	wide := col != 0
	if l.allCols == 1 {
		col, wide = size, true
	}
	l.add(int32(size), wide, row != 0 || l.allRows == 1)
	s := &l.streams[n]
	s.at, s.col, s.row, s.crooked = at, col, row, crooked
}

// size chooses how many columns and rows a block has, and returns the bytes of scratch memory that
// it takes.
func (l *laying) size() int {
	wide, scratch, high, span, apart := l.rule.Widest(), 0, 0, 0, false // high is of what is turned
	for i := range l.streams {
		s := &l.streams[i]
		size := int(s.size)
		wide = max(wide, size)
		if i >= l.arrays {
			scratch += size
			continue
		}
		span += exec.Distance(s.col)*l.allCols + exec.Distance(s.row)*l.allRows
		if s.wide && s.col != size {
			apart = true
			if s.turned() && (high == 0 || size < high) {
				high = size
			}
		}
	}
	l.cols, l.rows = l.allCols, l.allRows
	if all := l.allCols * l.allRows; all*wide > l.block || all*scratch > l.scratch() || apart && all > pipeApart || span > exec.CallPages/2*exec.PageBytes {
		l.divide(wide, scratch, high, apart)
	}
	bytes := 0
	for i := l.arrays; i < len(l.streams); i++ {
		bytes += l.bytesOf(&l.streams[i])
	}
	return bytes
}

// scratch returns how many bytes of scratch memory a block takes at most.
func (l *laying) scratch() int { return max(exec.PipeScratch, min(2*l.block, pipeMost)) }

// stepArrays is how many arrays a step touches at the most: one that multiplies under a mask.
const stepArrays = 4

// divide is size of what is more than a block.
func (l *laying) divide(wide, scratch, turned int, apart bool) {
	most := pipeDirect / wide
	if l.mask != 0 && !apart && l.reach != exec.Past {
		most = exec.WholeBytes / wide // as much as without a mask
	}
	if scratch > 0 {
		most = min(l.block/wide, l.scratch()/scratch)
	}
	if apart {
		most = min(most, pipeApart)
	}
	cols, rows := exec.BlockOf(l.allCols, l.allRows, most, turned, l.reach)
	if scratch == 0 && turned > 0 {
		cols, rows = min(l.allCols, exec.TileCols), min(l.allRows, max(exec.TileLine/wide, kernel.TileRows))
	}
	for i := 0; i < l.arrays; i += stepArrays {
		var steps [stepArrays][2]int
		for k := i; k < min(i+stepArrays, l.arrays); k++ {
			steps[k-i] = [...]int{l.streams[k].col, l.streams[k].row}
		}
		cols, rows = exec.WithinPagesOf(steps[:], cols, rows)
	}
	if l.cols, l.rows = cols, rows; cols == exec.Channels && rows > exec.PieceCols {
		l.rows -= rows % exec.PieceCols // blocks are whole vectors
	}
}

// bytesOf returns those of a stream of scratch memory, in whole cache lines.
func (l *laying) bytesOf(s *stream) int {
	n := int(s.size)
	if s.wide {
		n *= l.cols
	}
	if s.high {
		n *= l.rows
	}
	return (n + exec.TileLine - 1) / exec.TileLine * exec.TileLine
}

// place gives the streams of scratch memory their places.
func (l *laying) place(scratch unsafe.Pointer) {
	scratch = unsafe.Add(scratch, -uintptr(scratch)%exec.TileLine)
	for i := l.arrays; i < len(l.streams); i++ {
		s := &l.streams[i]
		s.at, s.now = scratch, scratch
		scratch = unsafe.Add(scratch, l.bytesOf(s))
	}
}

// runAll does the steps with all blocks.
func (l *laying) runAll() {
	switch bytes := l.size(); {
	case bytes == 0:
		l.runOn(nil)
	case l.grown || bytes > 18<<10:
		l.runOn(unsafe.Pointer(unsafe.SliceData(make([]uint64, bytes/8+exec.TileLine))))
	case bytes <= 1<<10:
		runOn[[1<<10 + exec.TileLine]byte](l)
	case bytes <= 2<<10:
		runOn[[2<<10 + exec.TileLine]byte](l)
	case bytes <= 4<<10:
		runOn[[4<<10 + exec.TileLine]byte](l)
	case bytes <= 10<<10:
		runOn[[10<<10 + exec.TileLine]byte](l)
	default:
		runOn[[18<<10 + exec.TileLine]byte](l)
	}
}

// runOn is runAll with scratch memory in a variable of type S on the stack: what is not needed costs
// time, as Go clears it.
func runOn[S any](l *laying) {
	var scratch S
	// Hidden: kernels alone are given scratch memory, and they keep nothing.
	l.runOn(exec.Hidden(unsafe.Pointer(&scratch)))
}

func (l *laying) runOn(scratch unsafe.Pointer) {
	l.place(scratch)
	l.run(0)
}
