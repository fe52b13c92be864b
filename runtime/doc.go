// Package runtime multiplies arrays element by element, by NumPy's rules of
// broadcasting, at the speed of memory.
//
// An [Array] is a strided view of elements of one type, for most that of a dtype: bool, an
// integer, [UNorm8], [UNorm16], [Float16], [BFloat16], float32, float64, complex64 or
// complex128, or a type of your own over one of Go's, see [Element].
// [New] and [View] look at a slice without copying it, and methods such as
// [Array.Slice], [Array.Transpose] or [Array.Reshape] make other views of the
// same memory.
//
//   - [Multiply] returns a fresh array;
//   - [MultiplyTo] writes to one that is there, in place if it is an operand;
//   - [Product] multiplies any number of arrays in one pass over memory;
//   - [MulSlice] and [ScaleSlice] multiply flat slices, with the least overhead;
//   - [MultiplyWhere] multiplies where a mask is true, and leaves the rest of out alone;
//   - [NewPlan] resolves a multiply once, to be run many times;
//   - a [Rule] does all of this by another rule than the product of a dtype, as those of package
//     rules: saturating, fixed-point, conjugate, widening, samples by factors, or one of your own;
//   - a [Conversion] makes elements of one type of those of another.
//
// # Broadcasting
//
// Shapes are aligned at their last axes; an axis of size 1, or one that is
// missing, repeats: (512,768,3) times (512,768,1), (3,) or () is (512,768,3).
//
// # Numbers
//
// A product depends on its two factors alone: it has the same bits on every
// machine and in every layout. Integers wrap around; bool is AND; fractions of
// full scale round once, to nearest; floats round
// once, to nearest even, and subnormal numbers are kept. Complex numbers
// multiply by the textbook formula, (ar*br - ai*bi) + (ar*bi + ai*br)i, each
// product and sum rounded. Of a NaN neither sign nor payload is promised.
//
// # Overlap
//
// Outputs and operands may share memory in any way: the result is as if the
// operands had been copied first. A copy is made only where it is needed.
//
// # Errors
//
// What a caller can get wrong is an error that names the operation, the operand
// or axis, and the sizes; nothing is written then, and nothing panics, but for what returns
// no error, see Memory. Each can be told apart by errors.As,
//
//   - *[ShapeError]: shapes that do not broadcast together, or to out;
//   - *[LengthError]: slices of different lengths, or elements that do not fill a shape;
//   - *[SizeError]: a shape, or strides, that no array can have; it stands beside ErrMemory, and
//     for a *MemoryError, where a result has more elements than an int can count;
//   - *[CastError]: types that are not stored the same way;
//   - *[MemoryError]: more memory than this process can have;
//   - *[CacheError]: what HADAMARD_CACHE says;
//   - *[LevelError]: the level that HADAMARD_LEVEL asks for,
//
// or by errors.Is:
//
//   - [ErrNoArray], [ErrNoPlan], [ErrNoOperands]: there is nothing to work on;
//   - [ErrReadOnly], [ErrSelfOverlap]: out can not be written to;
//   - [ErrRange], [ErrAxes], [ErrStep], [ErrNoView]: no such element, axis or view;
//   - [ErrThreads]: a negative number of threads;
//   - [ErrPlan]: arrays or a rule that a plan is not for;
//   - [ErrElement], [ErrNoRule]: a type that no array can have, and the zero Rule;
//   - [ErrMemory], [ErrUnknownLevel], [ErrUnsupportedLevel]: as the types above.
//
// # Memory
//
// Go ends a program that asks for memory which can not be had. Results and copies of 64 MiB
// and more are therefore compared with what this process can have at most, see
// [MemoryError], and an allocation that exceeds it is an error that wraps [ErrMemory].
// [Array.Clone] and [Array.Contiguous], which return no error, panic with it; TryClone and
// TryContiguous do not. What is less than the limit may still fail, and end the program,
// where other allocations and other processes need the same memory at the same time. A
// server that multiplies what strangers send it bounds sizes by itself.
//
// # Levels
//
// Kernels use AVX2 or AVX-512 where the CPU has them, see [ActiveLevel]. The
// environment variable HADAMARD_LEVEL, read when the program starts, chooses
// the level: purego, avx2 or avx512. The build tag purego leaves assembly out.
//
// Results that the last-level cache can not hold are written past the caches. For measurements
// HADAMARD_CACHE says how many bytes of it there are to count on, 0 for results that are never
// written past the caches; without it that follows from the CPU.
//
// # Concurrency
//
// Large arrays are shared out among threads, as many as [SetThreads] allows;
// everything else runs on the goroutine of the caller. A call returns when its
// result is complete. Multiplies that write to different memory may run at the
// same time, and may share operands.
//
// Under the race detector (go test -race) multiplies report which elements they read and
// write, so that it finds goroutines that race for the elements of an array or a slice, at
// every level. Only elements count: goroutines may write the alternate channels of a
// picture. Memory that is not Go's, such as a mapped file, is invisible to the detector. It
// remembers some tens of thousands of a goroutine's last accesses, of which a run of elements
// side by side is one and each element at a stride is one, and four of any eight bytes: races
// with others are missed now and then, as those of a loop are. GORACE=history_size=7 helps.
package runtime
