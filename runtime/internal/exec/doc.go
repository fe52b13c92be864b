// Package exec executes multiplies: from operands without types, by way of their layout, to calls
// of kernels. It knows what a rule and a machine say of themselves, and no type.
//
// A file is a step of the way of an operand, and the way reads from top to bottom: quick.go looks
// whether out and operands are apart (overlap.go) and a nest of two axes, or runs; what is
// neither gets a job (job.go), with copies where operands clash (overlap.go). A
// nest (nest.go) has a pattern (pattern.go) and, as far as it reaches, a kernel (rule.go), for calls as
// long as bound.go lets them be. Then come the ways of a nest that no one call does: repeat.go, tile.go,
// block.go with mover.go and moved.go. Multiplies of several operands, of other elements than those of the
// rule, or under a mask are the work of package flow, which calls this one.
//
// # How far a multiply reaches
//
// How far a multiply reaches into memory (reach in rule.go) follows from the bytes of its operands
// and its result, and from the limits of the machine. A result that the last-level cache cannot
// hold is written past it (the patterns that end in n). Such stores have a speed of their own, so
// that they pay from 0.7 of the cache on for the product of two arrays, but only from 1.6 on where
// nothing else is read, as in an outer product; on AMD's family 26 from 7/8 on for these (Latest), and from
// all of it for any. They are of whole lines alone: a line written past the caches in part, or both ways,
// costs as much as a kilobyte. Lines in which a row begins or ends are stored the ordinary way.
// Which pattern bypasses the caches for another is generated from the table (Pattern.Bypassing);
// those of any stride, and short rows that begin anywhere in a line, have none that pays.
//
// # Blocks
//
// The pattern follows from the two innermost loops (pattern.go). Where the rule has no kernel of
// it, the nest goes in blocks (block.go) through the first-level cache. Each operand stays where it
// is, or has a mover (mover.go): a kernel that copies gathers it side by side, or a row that is the
// same in all rows is laid out once. One kernel multiplies, and a mover of out scatters the
// product. Which movers there are follows from the motions alone, and what copies needs to know
// sizes alone; so a rule needs kernels of few patterns. A nest of one block is no case of its own:
// all that is set up is three movers.
//
// Products of dtypes have kernels of all strides, but slow ones for some layouts of short elements:
// three of four channels, narrow rows by a column, strides from five on and uneven ones. There
// movers are faster, and moved.go says where. A Site of short elements has them (Moves), as that of
// any rule has; programs that multiply longer elements alone do not link them. The fourth channel
// is not written: AVX-512 stores under masks, and AVX2 two elements as one and then one. Elements
// of a column are repeated by shuffles of 16 bytes of it, which a table on the stack gives for any
// width. What 4 bytes and more gain so is little, since rows of three are whole vectors there.
// Other rules, and conversions, take three of four channels so as well, of elements of one and two
// bytes, whatever else they read.
//
// # Repeated rows and tiles
//
// Two layouts are taken apart further. Short rows that are all multiplied by the same row become
// rows of 96 or 128 bytes, for which kernels hold b in registers (vp96, vp128), or, where b does
// not fit into those a whole number of times, long rows, b being laid out repeatedly in a buffer in
// the first-level cache (repeat.go). And a transposed operand is read in blocks, a cache line of
// each of some columns (tile.go). Kernels of 4 and 8 bytes multiply them as they transpose (tv,
// tt). Others, and where rows of out lie so that they compete for the same lines of the cache, are
// transposed into scratch memory and multiplied from there; those of 16 bytes go in such blocks one
// by one, down the columns of a line each where these lines compete for places (columns). The last
// tiles of a row or column overlap those before, unless out is an operand. The loop that makes
// tiles with the innermost one need not be the next: the nest is then of those two (down in
// pattern.go), a cache line of columns at a time, and the loops between them are walked inside of
// that; where short rows of out continue along one of these, several nests are transposed side by
// side and multiplied as one (joined.go). How large blocks are, and from what size on scratch
// memory no longer pays, depends on the ways of the first-level cache, which the CPU reports
// (directBlock).
//
// Rows of out that lie a multiple of a kilobyte or more apart compete for places in the first-level
// cache, so that stores down a column of tiles wait for each other: two transposed operands go across
// them then, and where more lines share a place than it has ways, tiles go by way of scratch memory, many
// lines of a row at a time (spread).
//
// # Boxes
//
// Arrays of three axes and more whose axes lie in memory in another order than out's go in boxes
// (boxes.go): so much along each loop that the lines of out and of each operand are used up. An
// operand that does not lie as out does is copied to scratch memory, by tiles, or, where the
// innermost loop has 16 elements or fewer, of one or two bytes, by kernels that zip columns (ta);
// the box is multiplied as any layout is. Walks are set up once for all boxes of one shape.
// Programs that multiply longer elements than two bytes by their products alone do not link it.
//
// # Short rows of several loops
//
// Short rows of three loops and more, as those of (N,5,3) by (N,1,3), are one run where out and an
// operand go on from one to the next. What repeats along inner loops, or as a whole, is laid out in
// scratch memory as out is (placed.go), for all blocks that it serves: those along a loop by which
// it does not move, and of the loop around, where a Site has Moves. Short elements are laid out for
// each block, too, since that is fast: where their bytes come from is the same in each step of some
// loop, a list of places (list.go), which kernels follow (l, lw) that shuffle 16 bytes at a time,
// or with VBMI 64.
//
// # Bounded calls
//
// A kernel call is bounded (bound.go), because assembly cannot be preempted and a stop-the-world
// waits for it. What counts is what a call touches: 64 KiB of each operand, some 20 microseconds
// even from memory, or 256 KiB of elements side by side where the caches may hold them; an element
// apart from its neighbours counts as a cache line; and of all operands together at most 640 pages,
// since a page that was not touched for a while costs a walk through the page tables, and one that
// was never touched a fault. Nests and tiles that touch more are cut across the loop that takes the
// longer steps (withinPages). A masked vector that reaches into a page that is not there costs as
// much as twenty rows, once a row at most; where rows are the same each time, that may be all of
// them, so there are at most 256 (SameRows). TestCallsTouchLittle counts pages and lines for every
// pattern, and BenchmarkLongestCall times the longest call of each. Copies of operands that overlap
// are cut, too. Long rows that share an operand are cut across as well, so that its part stays in
// the first-level cache (sharedParts).
//
// # Threads
//
// Multiplies of 16 MiB and more are shared out among threads (threads.go, divide.go): one loop of
// the layout, the outermost that is long enough, is cut into parts of half a megabyte or more, each
// a layout of its own; where none is long enough, outer loops go step by step. Parts begin at pages
// of out, or at its cache lines, so that no line is written by two threads, and each thread has as
// many (TestDivision counts that for up to 64). Every thread begins with a run of parts that is the
// same in each call, for the sake of its caches, and then helps the others. docs/threads.md has
// what to expect of many. Which parts there are changes nothing but time. Base pointers of arrays
// escape for that reason; the slice functions, whose arrays may be on the stack, stay on one
// thread. A memory fault on any thread is a panic of the caller if that is what it asked for
// (debug.SetPanicOnFault), when all threads are done.
package exec
