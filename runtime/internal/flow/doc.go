// Package flow executes multiplies of any number of operands, of elements that are converted, and under
// a mask, above package exec, which multiplies two as they are.
//
// A flow (mixed.go) finds the loops over all arrays (loops.go), makes copies of what clashes with out, and
// shares the work out among threads. Where nothing is converted, it is rows by all factors at once
// (several.go) or a chain of products in boxes (chain.go), else a pipeline (pipeline.go) of steps that
// steps.go finds out, or, of runs of one shape, the same steps without rows (flat.go). Products of several
// operands begin in product.go, and plans of all of these in mixedplan.go.
//
// # Conversions and masks
//
// A multiply of elements that are not those of its rule (mixed.go) goes in blocks, but takes
// more than a product: operands are gathered, their bytes are put in order, they are converted; the
// product is converted, scattered, or stored under a mask. That is a list of steps between streams
// (pipeline.go, found out in steps.go), and a copy of a view is a list of one. A program that
// converts nothing does not link it. All temporaries together have some KiB, whatever the size of
// the arrays; how long a block is where the second-level cache does not hold them, the machine says
// (Machine.Block). What the block before brought from the same place (a constant, a row that
// repeats) is not brought again. Out, any number of operands and the mask have one normal form of
// their loops (loops.go), in bytes, so that strides need not be whole elements.
//
// # Products of many operands
//
// A product of many operands (product.go) goes over memory once. Where rows of out are long and
// each operand is contiguous or constant along them, kernels of several factors (patterns vs, vsn)
// take a list of operands and multiply vectors by all of them before the next, as many rows in a
// call as its time allows. Where there are two or three factors, all contiguous, they go on vector
// by vector: from memory, several vectors of one operand before those of the next take up to a
// third longer. Any others are multiplied a few vectors at a time, and the first three have loads
// of their own, because processors tell streams apart by the instruction that loads them: sharing
// one made streams from the second-level cache 1.7 times slower. Other products are multiplied
// block by block: of each block all multiplies are done, left to right, while its partial product
// is in the first-level cache, and out is written once. The axes of out are cut into boxes; in a
// box each multiply has a layout and a kernel of its own, set up once for all boxes of the same
// extents. The partial product is in out itself, or in a packed block on the stack where out has
// gaps, is an operand that is still to come, or is written past the caches, and where an operand is
// transposed.
package flow
