// Package ndarray multiplies arrays whose dtypes are known when the program runs, as those of files
// and of other languages are. It has NumPy's arrays (a dtype, a byte order, a shape, and strides in
// bytes), its views, its rules of promotion and casting, and its multiply with all that this takes.
//
// An [Array] is a view of memory. [From] makes one of a runtime.Array without a copy, and [As] goes
// the other way; [FromBytes] and [View] make one of bytes, of either byte order and with any
// strides. Views are those of package runtime.
package ndarray
