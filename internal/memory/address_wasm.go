package memory

// AddressSpace bounds the bytes of a single allocation. WebAssembly has pointers of 32
// bits, Go's int there has 64, and the first page is never an element's.
const AddressSpace = 1<<32 - 1
