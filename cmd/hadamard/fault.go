package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// guard calls f and turns a memory fault in one of the mapped inputs into an
// error: the system reports a file that was truncated, or a disk that can not
// be read, in no other way. f must touch the mappings in this goroutine, or in
// threads of a multiply, which hand their faults to it.
func guard(inputs []*input, f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		fault := recover()
		if fault == nil {
			return
		}
		if _, ok := fault.(runtime.Error); ok {
			if err = firstError(inputs, (*input).check); err != nil {
				return
			}
		}
		if at, ok := fault.(interface{ Addr() uintptr }); ok {
			for _, in := range inputs {
				if in.file != nil && in.file.Contains(at.Addr()) {
					err = fmt.Errorf("%s: can not be read, the disk may have failed", in.name)
					return
				}
			}
		}
		panic(fault)
	}()
	return f()
}

func (in *input) guard(f func() error) error { return guard([]*input{in}, f) }
