package spec

// Version names a constant of package kernel to which every written package refers. Their
// assembly knows where the fields of a nest lie, and their tables which patterns there are, so
// that a package which was written for another contract must not compile.
//
// It is raised when a package written before would be wrong, or not compile: when package
// kernel changes what a kernel is given, must do, or is listed by. Contract says when that may
// be.
const Version = "Version1"

// Contract is a digest of what package kernel declares in kernel.go, comments left out. A test
// compares: where it differs, decide whether Version is to be raised, as it is unless no release
// has that version yet, and write the new digest here.
const Contract = "5c0817f81e2223c1"
