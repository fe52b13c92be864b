// Package ndarray multiplies arrays whose dtypes are known when the program runs, as those of files
// and of other languages are. It has NumPy's arrays (a dtype, a byte order, a shape, and strides in
// bytes), its views, its rules of promotion and casting, and its multiply with all that this takes.
//
// An [Array] is a view of memory. [From] makes one of a runtime.Array without a copy, and [As] goes
// the other way; [FromBytes] and [View] make one of bytes, of either byte order and with any
// strides. Views are those of package runtime.
//
// [Multiply] and [MultiplyTo] multiply any two arrays: both become elements of the dtype that they
// promote to ([Promote]), block by block in the first-level cache, so that no memory of the size of
// an array is taken. [Weak] is a number that takes the dtype of what it is multiplied by. [Options]
// say where to multiply, in which dtype, which conversions are allowed, and how a fresh result is
// laid out. [Product] takes several operands in one pass. A [Plan] is resolved once and run many times,
// also on the next of several buffers. [Convert] and [ConvertTo] convert alone.
//
// docs/numpy.md lists each feature of np.multiply and how it is written here.
package ndarray
