// Command judge is the library by which scripts/judge/judge.py calls package ndarray on arrays of
// NumPy's, in NumPy's memory, and compares what both make of them:
//
//	go build -tags judge -buildmode=c-shared -o judge.so ./scripts/judge
//	python3 scripts/judge/judge.py judge.so -calls 20000
//
// It takes cgo, and is built with the tag judge alone.
package main

func main() {}
