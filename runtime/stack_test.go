package runtime

import (
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/hadamard-go/hadamard/generated"
)

// Arrays and slices of a caller may lie on the stack, which moves as it grows, and is given
// to others when its goroutine ends. Whatever is called with some must be right all the same:
// nothing on the heap and no other goroutine may know where they are.

// harshVariable, if it is set, says that this process has the collector's settings below.
const harshVariable = "HADAMARD_TEST_HARSH"

// TestStackOperands calls whatever takes arrays or slices with some that the compiler would
// leave on the stack, on fresh goroutines, while garbage is collected.
func TestStackOperands(t *testing.T) { onStacks(t, stackCalls()) }

// collectGarbage collects garbage all the time until the test ends.
func collectGarbage(t *testing.T) {
	stop := make(chan struct{})
	var collector sync.WaitGroup
	collector.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				goruntime.GC()
			}
		}
	})
	t.Cleanup(func() {
		close(stop)
		collector.Wait()
	})
}

// onStacks makes calls whose arrays and slices are on the stacks of fresh goroutines.
func onStacks(t *testing.T, calls map[string]func() error) {
	shareSmall(t)
	collectGarbage(t)
	rounds := 6
	switch {
	case os.Getenv(harshVariable) != "":
		rounds = 4
	case testing.Short():
		rounds = 2
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			const goroutines = 6
			for round := range rounds {
				errs := make(chan error)
				for i := range goroutines {
					go func() { errs <- below((7*round+i)*5, call) }()
				}
				for range goroutines {
					if err := <-errs; err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// TestStackOperandsHarshly does so in a process that collects garbage all the time and
// overwrites what it frees.
func TestStackOperandsHarshly(t *testing.T) {
	out, err := again(t, "^Test(Stack|Rule|Where)Operands$", harshVariable+"=1", "GOGC=1", "GODEBUG=clobberfree=1").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%.4000s", err, out)
	}
	if !strings.Contains(string(out), "PASS") {
		t.Errorf("no test ran: %s", out)
	}
}

// again returns a command that runs tests of this program in a process of its own, with more
// in its environment.
func again(t *testing.T, run string, env ...string) *osexec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil || goruntime.GOOS == "js" || goruntime.GOOS == "wasip1" {
		t.Skip("no process can be started here")
	}
	// Under an emulator of Linux programs, fork hangs now and then.
	if name, err := os.ReadFile("/proc/self/comm"); err == nil && strings.HasPrefix(string(name), "qemu-") {
		t.Skip("the tests run in an emulator, which does not start processes")
	}
	if os.Getpid() == 1 {
		t.Skip("the test is all there is on this machine")
	}
	cmd := osexec.Command(self, "-test.run="+run, "-test.short")
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

// TestSharedOperandsStay holds that whatever threads or lists on the heap may point at is on the
// heap itself: it is where it was when the stack has moved. Slices, which are not shared, move
// with the stack.
func TestSharedOperandsStay(t *testing.T) {
	type memory = [8]float32
	at := func(out, x, y *memory) [3]uintptr {
		return [3]uintptr{uintptr(unsafe.Pointer(out)), uintptr(unsafe.Pointer(x)), uintptr(unsafe.Pointer(y))}
	}
	rule := NewRule[float32, float32, float32](generated.MulOf[float32]()())
	mask := must(Scalar(true).BroadcastTo(8))
	apart := must(Zeros[float32](8))
	plan := must(NewPlan(apart, must(Zeros[float32](8)), must(Zeros[float32](8))))
	type places [2][3]uintptr // of out and the operands, before and after the stack moves
	// Each has variables of its own: pointers that go through a function value are to the heap.
	calls := map[string]func() (places, error){
		"MulSlice": func() (places, error) {
			var out, x, y memory
			before := at(&out, &x, &y)
			err := MulSlice(out[:], x[:], y[:])
			moveStack()
			return places{before, at(&out, &x, &y)}, err
		},
		"Multiply": func() (places, error) {
			var x, y memory
			before := at(nil, &x, &y)
			_, err := Multiply(must(New(x[:], 8)), must(New(y[:], 8)))
			moveStack()
			return places{before, at(nil, &x, &y)}, err
		},
		"MultiplyTo": func() (places, error) {
			var out, x, y memory
			before := at(&out, &x, &y)
			err := MultiplyTo(must(New(out[:], 8)), must(New(x[:], 8)), must(New(y[:], 8)))
			moveStack()
			return places{before, at(&out, &x, &y)}, err
		},
		"MultiplyWhere": func() (places, error) {
			var out, x, y memory
			before := at(&out, &x, &y)
			err := MultiplyWhere(must(New(out[:], 8)), must(New(x[:], 8)), must(New(y[:], 8)), mask)
			moveStack()
			return places{before, at(&out, &x, &y)}, err
		},
		"Product": func() (places, error) {
			var out, x, y memory
			before := at(&out, &x, &y)
			list := [2]Array[float32]{must(New(x[:], 8)), must(New(y[:], 8))}
			err := Product(must(New(out[:], 8)), list[:]...)
			moveStack()
			return places{before, at(&out, &x, &y)}, err
		},
		"ProductThreads": func() (places, error) {
			var out, x, y memory
			before := at(&out, &x, &y)
			list := [2]Array[float32]{must(New(x[:], 8)), must(New(y[:], 8))}
			err := ProductThreads(1, must(New(out[:], 8)), list[:]...)
			moveStack()
			return places{before, at(&out, &x, &y)}, err
		},
		"NewPlan": func() (places, error) {
			var out, x, y memory
			before := at(&out, &x, &y)
			p, err := NewPlan(must(New(out[:], 8)), must(New(x[:], 8)), must(New(y[:], 8)))
			moveStack()
			return places{before, at(&out, &x, &y)}, errors.Join(err, p.Run())
		},
		"RunOn": func() (places, error) {
			var out, x, y memory
			before := at(&out, &x, &y)
			err := plan.RunOn(must(New(out[:], 8)), must(New(x[:], 8)), must(New(y[:], 8)))
			moveStack()
			return places{before, at(&out, &x, &y)}, err
		},
		"a rule's MultiplyTo": func() (places, error) {
			var out, x, y memory
			before := at(&out, &x, &y)
			err := rule.MultiplyTo(must(New(out[:], 8)), must(New(x[:], 8)), must(New(y[:], 8)))
			moveStack()
			return places{before, at(&out, &x, &y)}, err
		},
		"ProductBy": func() (places, error) {
			var out, x, y memory
			before := at(&out, &x, &y)
			others := [1]Array[float32]{must(New(y[:], 8))}
			err := ProductBy(rule, must(New(out[:], 8)), must(New(x[:], 8)), others[:]...)
			moveStack()
			return places{before, at(&out, &x, &y)}, err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			var p places
			done := make(chan error)
			go func() { // whose stack is small
				var err error
				p, err = call()
				done <- err
			}()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			for i, operand := range []string{"out", "a", "b"} {
				if moved := p[0][i] != p[1][i]; moved != (name == "MulSlice") {
					t.Errorf("%s is on the stack: %v", operand, moved)
				}
			}
		})
	}
}

// moveStack has the stack of its goroutine, if that is a fresh one, grow, which moves it.
func moveStack() { _ = below(20000, func() error { return nil }) }

// stackCalls are calls with arrays of few elements on the stack, some beside large ones on
// the heap, so that threads share the work. Each checks its result.
func stackCalls() map[string]func() error {
	const rows, cols = 64, 8192 // of float32: 2 MiB
	large := make([]float32, rows*cols)
	for i := range large {
		large[i] = float32(i%100 + 1)
	}
	calls := map[string]func() error{
		"MulSlice": func() error {
			var dst, x, y [300]float32
			for i := range x {
				x[i], y[i] = float32(i), 3
			}
			for _, n := range []int{1, 7, 64, 65, 300} {
				clear(dst[:])
				if err := MulSlice(dst[:n], x[:n], y[:n]); err != nil {
					return err
				}
				if err := isLinear(dst[:n], 3); err != nil {
					return err
				}
			}
			return nil
		},
		"MulSlice, overlapping": func() error {
			var memory [301]float32
			for i := range memory {
				memory[i] = float32(i)
			}
			if err := MulSlice(memory[1:], memory[:300], memory[:300]); err != nil {
				return err
			}
			for i, v := range memory[1:] {
				if v != float32(i*i) {
					return fmt.Errorf("element %d is %v", i, v)
				}
			}
			return nil
		},
		"ScaleSlice": func() error {
			var dst, x [300]float32
			for i := range x {
				x[i] = float32(i)
			}
			for _, n := range []int{1, 7, 64, 65, 300} {
				if err := ScaleSlice(dst[:n], x[:n], 3); err != nil {
					return err
				}
				if err := isLinear(dst[:n], 3); err != nil {
					return err
				}
			}
			return nil
		},
		"Multiply": func() error {
			var x [3 * 5]float32
			for i := range x {
				x[i] = float32(i)
			}
			out, err := Multiply(must(New(x[:], 3, 5)), Scalar[float32](3))
			if err != nil {
				return err
			}
			data, _ := out.Data()
			return isLinear(data, 3)
		},
		"MultiplyTo": func() error {
			var dst, x [40]float32
			for i := range x {
				x[i] = float32(i)
			}
			y := [1]float32{3}
			if err := MultiplyTo(must(New(dst[:], 8, 5)), must(New(x[:], 8, 5)), must(New(y[:], 1))); err != nil {
				return err
			}
			return isLinear(dst[:], 3)
		},
		"MultiplyTo, threads": func() error {
			row := [cols]float32{}
			for i := range row {
				row[i] = float32(i%7 + 1)
			}
			out := make([]float32, rows*cols)
			if err := MultiplyTo(must(New(out, rows, cols)), must(New(large, rows, cols)), must(New(row[:], cols))); err != nil {
				return err
			}
			for i, v := range out {
				if want := large[i] * float32(i%cols%7+1); v != want {
					return fmt.Errorf("element %d is %v, want %v", i, v, want)
				}
			}
			return nil
		},
		"Plan": func() error {
			var dst, x, y [300]float32
			for i := range x {
				x[i] = float32(i)
			}
			p, err := NewPlan(must(New(dst[:], 300)), must(New(x[:], 300)), must(New(y[:], 300)))
			if err != nil {
				return err
			}
			return below(50, func() error { // the stack moves between plan and run
				for i := range y {
					y[i] = 3
				}
				if err := p.Run(); err != nil {
					return err
				}
				return isLinear(dst[:], 3)
			})
		},
		"Clone": func() error {
			var x [300]float32
			for i := range x {
				x[i] = float32(3 * i)
			}
			view := must(must(New(x[:], 300)).Flip())
			data, _ := must(view.Clone().Flip()).Contiguous().Data()
			return isLinear(data, 3)
		},
		"Set and At": func() error {
			var x [4]float32
			a := must(New(x[:], 2, 2))
			if err := a.Set(3, 1, 0); err != nil {
				return err
			}
			if v, err := a.At(1, 0); err != nil || v != 3 || x[2] != 3 {
				return fmt.Errorf("%v, %v, %v", v, x, err)
			}
			return nil
		},
	}
	for operands := 2; operands <= 12; operands++ {
		for _, threads := range []int{1, 2} {
			calls[fmt.Sprintf("ProductThreads, %d threads, %d operands", threads, operands)] = func() error {
				// A scalar, a row and a column on the stack, and again; each multiplies by 1 or 2.
				var row [cols]float32
				var column [rows]float32
				for i := range row {
					row[i] = 1
				}
				for i := range column {
					column[i] = 2
				}
				list := [12]Array[float32]{must(New(large, rows, cols))} // no slice: that would be on the heap, and all in it
				factor := float32(1)
				for i := 1; i < operands; i++ {
					switch i % 3 {
					case 0:
						list[i] = must(New(row[:], cols))
					case 1:
						list[i] = Scalar[float32](3)
						factor *= 3
					case 2:
						list[i] = must(New(column[:], rows, 1))
						factor *= 2
					}
				}
				out := make([]float32, rows*cols)
				if err := ProductThreads(threads, must(New(out, rows, cols)), list[:operands]...); err != nil {
					return err
				}
				for i, v := range out {
					if want := large[i] * factor; v != want {
						return fmt.Errorf("element %d is %v, want %v", i, v, want)
					}
				}
				return nil
			}
		}
		calls[fmt.Sprintf("Product, %d operands", operands)] = func() error {
			var dst [300]float32
			var x [12][300]float32
			var list [12]Array[float32]
			for k := range list {
				for i := range x[k] {
					if x[k][i] = 1; k == 1 {
						x[k][i] = float32(i)
					}
				}
				list[k] = must(New(x[k][:], 30, 10))
				if k == 2 { // not all of one shape
					list[k] = must(New(x[k][:30], 30, 1))
				}
			}
			if err := Product(must(New(dst[:], 30, 10)), list[:operands]...); err != nil {
				return err
			}
			return isLinear(dst[:], 1)
		}
	}
	return calls
}

// isLinear returns an error unless s[i] is slope*i.
func isLinear(s []float32, slope float32) error {
	for i, v := range s {
		if v != slope*float32(i) {
			return fmt.Errorf("element %d of %d is %v, want %v", i, len(s), v, slope*float32(i))
		}
	}
	if len(s) == 0 {
		return errors.New("no elements")
	}
	return nil
}

// TestSharedOperands multiplies the same operands on several goroutines while the number
// of threads changes.
func TestSharedOperands(t *testing.T) {
	shareSmall(t)
	before := must(SetThreads(0))
	defer func() { must(SetThreads(before)) }()
	x, y := must(Zeros[float32](64, 8192)), must(Zeros[float32](8192))
	for i := range storage(x) {
		storage(x)[i] = float32(i % 100)
	}
	for i := range storage(y) {
		storage(y)[i] = 2
	}
	done := make(chan struct{})
	var setter, workers sync.WaitGroup
	setter.Go(func() {
		for n := 0; ; n = (n + 1) % 4 {
			select {
			case <-done:
				return
			default:
				must(SetThreads(n))
				goruntime.Gosched()
			}
		}
	})
	for range 4 {
		workers.Go(func() {
			out := must(Zeros[float32](64, 8192))
			for range 10 {
				if err := errors.Join(MultiplyTo(out, x, y), Product(out, out, y, y)); err != nil {
					t.Error(err)
				}
				if got, err := out.At(0, 99); err != nil || got != 99*8 {
					t.Error(got, err)
				}
			}
		})
	}
	workers.Wait()
	close(done)
	setter.Wait()
}
