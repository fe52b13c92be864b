// Package avo emits the assembly kernels. A kernel is composed of four small
// parts, and what differs between levels is a small piece of each:
//
//   - a skeleton (skeleton.go, which chooses one): the loop over rows, and the loop,
//     unrolling and tail of a row of contiguous operands (line.go, and in long rows lookup.go and
//     unpacked.go), picked ones (picked.go), both past the caches (bypass.go), repeated
//     ones (repeated.go), outs with gaps (sieve.go), those of any stride (scattered.go) or of several (several.go),
//     or of tiles (tiles_multiplied.go);
//   - skeletons that only copy (copies.go): tiles (tiles_copied.go), columns zipped to rows (zipped.go),
//     a column repeated (column.go), pixels with gaps (gapped.go), places of a list (listed.go), what a mask
//     selects (selected.go);
//   - operands (operand.go): where a row's vectors come from, or go to. Those of a stride are
//     blended at avx2 (blended.go) and permuted at avx512 (permuted.go); what is left of their order is a matter of
//     ordering.go and of arrangement.go;
//   - memory access (access.go, rest.go): loads and stores of whole, short and
//     masked vectors; what is fetched ahead (ahead.go);
//   - a multiply body (bodies.go): the product of two vectors, free of loops. That of most
//     rules is the vector code of their expression (lowered.go, sparing.go); those of complex numbers are written
//     by hand (complex.go, complex_conversions.go).
//
// avo.go compiles a kernel, with an emitter (emitter.go) of the registers and constants that all parts use.
//
// What was compiled is checked against the level's bundle (check.go) before it
// is printed.
//
// # Tails
//
// At avx512 a tail is masked. The masks are made once for all rows, and rows for which a tail is
// enough have a loop of their own. Masked vectors of contiguous operands are as short as the tail
// lets them, and have 32 bytes at most (longer tails are two overlapping halves): wider ones
// straddle cache lines, and what lies beyond a row and was stored a moment ago is waited for even
// though it is masked.
//
// At avx2 the tail is the last whole vector of the row, which overlaps the one before: it is
// multiplied first, while the operands are as they were, and stored last, which keeps in-place
// multiplies right. Contiguous rows of up to two vectors take two overlapping vectors, halves,
// quarters and so on, both loaded before either is stored; there is a loop over rows for each,
// without a branch in it.
//
// # Elements at a stride
//
// At avx2 whole vectors are loaded from where no two elements have the same place in them, and
// blended; one ordering within the vector is left, for the operand, or for the product alone where
// both operands are picked alike. At a stride of three, whose loads reach further than the elements
// of a vector, the last one is multiplied alone.
//
// At avx512 whole vectors are loaded, brought together and permuted. At a stride of three each
// element has a place of its own in its vector, so that masks merge three vectors without a shuffle;
// at even strides vectors are permuted in pairs. Few elements of a tail need but the first of the
// loads. No load, masked or not, touches anything beyond the last element. Parts of complex factors
// that are permuted anyway are permuted apart, which spares taking them apart.
//
// An out at a stride of two to four is written at avx512 by masked stores: the products are repeated
// as constants of pixels are, and masks let through one of each; or, where operands have out's own
// stride, whole vectors are multiplied with all that lies between. avx2 has no such stores for short
// elements, and what lies between must not be written, not even with what it was; elements are
// stored one by one.
//
// Single bytes can not be permuted across a vector by F, BW, DQ and VL: they go by fours and are
// shuffled, or by words, the even ones apart from the odd ones. With VBMI one instruction does it,
// and brings two loads together under a mask (bytewise); three masks, as strides of 4 need, are
// more than there are registers for. Where bytes become bytes by a constant, long rows begin with
// four vectors of all 256 results, and look theirs up (lookup.go). Where unsigned bytes or words
// become as short again by a constant float32, long rows unpack them into the lower bits of 2^23, and
// neither widen nor convert them (unpacked.go).
//
// # Tiles
//
// Products of transposed operands take tiles of 16 bytes down a column and 32 across a row, and at
// avx512 tiles of a whole cache line both ways (tvw, ttw), which 16 or 8 registers hold: each line
// is loaded or stored once, so that it does not matter how many of them compete for a place in the
// cache. No row of a tile is stored before all products of it are there: to the CPU, a load from one
// array waits for a store to another where they agree in the lower 12 bits of their addresses. Small
// tiles straddle fewer lines, so that they do what is in the caches and not crowded.
//
// Transposing copies take tiles of as many rows as 16 bytes of a column hold. Each lane of a
// register loads a column, columns are zipped within lanes, and what the lanes then hold of a row is
// brought together.
//
// # Copies under a mask
//
// They store vectors under opmasks at avx512. At avx2 they look at 32 bytes of the mask: all are
// copied by vectors, none is, or some, by masked stores where elements have 4 bytes and more; the
// places of shorter ones go to a list on the stack, from which up to 256 are copied in one loop.
//
// # Budgets
//
// Checked are: every instruction within the level's bundle, no register above 15 at avx2 (avo hands
// them out silently), VZEROUPPER right before RET, no legacy SSE, a budget of instructions. A kernel
// that exceeds the budget unrolls less or, if that is not enough, or if registers are too few, is
// left to what stands in for it, which gen says. Where that would be Go, of contiguous
// operands and constants, it may have four times the budget, and a sparing body (sparing.go).
//
// # Features
//
// Override kernels are generated beside the others for the rules and patterns that rows of
// spec.Overrides name: by VPERMB of VBMI, for bytes; VPERMI2B, by which gain_uint8 looks up what
// they become by a constant; and VMULPH of AVX512-FP16, which rounds a product of float16 once and
// keeps subnormals, whatever the control register says: all 2^32 products have the bits of the
// portable kernels, NaN being one class. Neither avo nor Go's assembler knows it; encode.go writes
// its bytes when registers are allocated. VCVTNEPS2BF16 of AVX512-BF16 is no such gain: it makes
// subnormals zero, which bfloat16 here keeps.
package avo
