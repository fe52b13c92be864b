//go:build race

package runtime

import (
	"fmt"
	"os"
	"regexp"
	"sync"
	"testing"

	"github.com/hadamard-go/hadamard/internal/machine"
)

// plantVariable, if it is set, says that this process is to race.
const plantVariable = "HADAMARD_TEST_PLANT"

// planted are pairs of calls that run on two goroutines. By their names, those that share
// what one of them writes race, and the race detector must say so, and no others.
func planted() map[string][2]func() error {
	const n = 300
	var (
		x, y, z = make([]float32, n), make([]float32, n), make([]float32, n)
		a, b, c = must(New(x, n)), must(New(y, n)), must(New(z, n))
		half    = func(x Array[float32], from int) Array[float32] { return must(x.Slice(0, from*n/2, (from+1)*n/2, 1)) }
		every2  = func(x Array[float32], from int) Array[float32] { return must(x.Slice(0, from, None, 2)) }
		square  = func(x Array[float32]) Array[float32] { return must(x.Reshape(15, 20)) }
		plan    = func(out, a, b Array[float32]) func() error {
			p, err := NewPlan(out, a, b)
			if err != nil {
				panic(err)
			}
			return p.Run
		}
		small   = func(x Array[float32]) Array[float32] { return must(must(x.Slice(0, 0, 6, 1)).Reshape(2, 3)) }
		channel = func(s []uint8, k int) Array[uint8] { return must(View(s, k, []int{40, 40}, []int{160, 4})) }
		picture = make([]uint8, 40*40*4)
		mask    = must(Zeros[uint8](40, 40))
		pixels  = must(Zeros[uint8](3000, 3))
		alpha   = make([]uint8, 40*40)
	)
	to := func(out, a, b Array[float32]) func() error { return func() error { return MultiplyTo(out, a, b) } }
	return map[string][2]func() error{
		"race, MulSlice writes what MulSlice writes": {
			func() error { return MulSlice(z, x, y) }, func() error { return MulSlice(z[n-1:], x[:1], y[:1]) },
		},
		"race, MulSlice reads what ScaleSlice writes": {
			func() error { return MulSlice(z, x, y) }, func() error { return ScaleSlice(y[:5], x[:5], 2) },
		},
		"race, ScaleSlice reads what a loop writes": {
			func() error { return ScaleSlice(z, x, 2) }, func() error { x[n/2] = 1; return nil },
		},
		"race, ScaleSlice with a copy": {
			func() error { return ScaleSlice(z[1:], z[:n-1], 2) }, func() error { z[n/2] = 1; return nil },
		},
		"no race, slices side by side": {
			func() error { return MulSlice(z[:n/2], x[:n/2], y[:n/2]) }, func() error { return MulSlice(z[n/2:], x[:n/2], y[:n/2]) },
		},
		"no race, lengths differ": {
			func() error { _ = MulSlice(z, x, y[:1]); return nil }, func() error { return ScaleSlice(z, x, 2) },
		},
		"race, contiguous":         {to(c, a, b), to(half(c, 1), half(a, 1), half(b, 1))},
		"race, small and strided":  {to(small(c), small(a), small(b)), func() error { z[5] = 1; return nil }},
		"race, strided":            {to(every2(c, 0), every2(a, 0), every2(b, 0)), func() error { z[n-2] = 1; return nil }},
		"race, transposed":         {to(must(square(c).Transpose()), must(square(a).Transpose()), must(square(b).Transpose())), func() error { z[n-1] = 1; return nil }},
		"race, a scalar":           {to(a, b, must(New(z[:1]))), func() error { z[0] = 1; return nil }},
		"race, a row that repeats": {to(square(a), square(b), must(New(z[:20], 20))), func() error { z[19] = 1; return nil }},
		"race, Multiply":           {func() error { _, err := Multiply(a, b); return err }, func() error { y[n-1] = 1; return nil }},
		"race, Product":            {func() error { return Product(c, a, b, a) }, func() error { a := x; a[7] = 1; return nil }},
		"race, Product with a row": {func() error { return Product(square(c), square(a), square(b), must(New(x[:20], 20))) }, func() error { z[n-1] = 1; return nil }},
		"race, Product of one":     {func() error { return Product(every2(c, 0), every2(a, 0)) }, func() error { z[2] = 1; return nil }},
		"race, ProductThreads":     {func() error { return ProductThreads(2, c, a, b) }, func() error { z[7] = 1; return nil }},
		"race, a plan":             {plan(c, a, b), func() error { z[n-1] = 1; return nil }},
		"race, a strided plan":     {plan(every2(c, 1), every2(a, 1), every2(b, 1)), func() error { z[n-1] = 1; return nil }},
		"race, Clone":              {func() error { every2(c, 0).Clone(); return nil }, func() error { z[4] = 1; return nil }},
		"race, Clone of bytes, transposed": {
			func() error { must(pixels.Transpose()).Clone(); return nil }, func() error { return pixels.Set(1, 2999, 2) },
		},
		"no race, a product of nothing":  {func() error { _ = Product(c); return nil }, func() error { z[0] = 1; return nil }},
		"no race, halves":                {to(half(c, 0), half(a, 0), half(b, 0)), to(half(c, 1), half(a, 1), half(b, 1))},
		"no race, alternate elements":    {to(every2(c, 0), every2(a, 0), every2(b, 0)), to(every2(c, 1), every2(a, 1), every2(b, 1))},
		"no race, alternate plans":       {plan(every2(c, 0), every2(a, 0), every2(b, 0)), plan(every2(c, 1), every2(a, 1), every2(b, 1))},
		"no race, shared operands":       {to(every2(c, 0), half(a, 0), half(b, 0)), to(every2(c, 1), half(a, 0), half(b, 0))},
		"no race, between what is read":  {to(half(a, 0), every2(c, 0), half(b, 0)), func() error { z[1] = 1; return nil }},
		"no race, shapes do not fit":     {func() error { _ = MultiplyTo(c, a, half(b, 0)); return nil }, to(c, a, b)},
		"no race, the same scalar":       {to(half(c, 0), half(a, 0), must(New(y[:1]))), to(half(c, 1), half(a, 1), must(New(y[:1])))},
		"no race, channels of a picture": {func() error { return MultiplyTo(channel(picture, 0), channel(picture, 0), mask) }, func() error { return MultiplyTo(channel(picture, 1), channel(picture, 1), mask) }},
		"no race, alpha is put in beside": {
			func() error {
				for k := range 3 {
					if err := MultiplyTo(channel(picture, k), channel(picture, k), mask); err != nil {
						return err
					}
				}
				return nil
			},
			func() error { return MultiplyTo(channel(picture, 3), must(New(alpha, 40, 40)), mask) },
		},
	}
}

// TestPlanted runs the pairs, if this process is to race: those that race fail.
func TestPlanted(t *testing.T) { runPlanted(t, planted) }

func runPlanted(t *testing.T, planted func() map[string][2]func() error) {
	if os.Getenv(plantVariable) == "" {
		t.Skip("runs in processes that TestRacesAreFound starts")
	}
	for name := range planted() {
		t.Run(name, func(t *testing.T) {
			pair := planted()[name] // in fresh memory: where a race was found the detector looks no more
			// The detector may take a goroutine for one that ended before: both live all the time.
			var begin, end, both sync.WaitGroup
			begin.Add(len(pair))
			end.Add(len(pair))
			for _, call := range pair {
				both.Go(func() {
					begin.Done()
					begin.Wait()
					err := call()
					end.Done()
					end.Wait()
					if err != nil {
						t.Error("call: ", err)
					}
				})
			}
			both.Wait()
		})
	}
}

// TestRacesAreFound holds that the race detector finds the races that are planted, at every
// level, and no others.
func TestRacesAreFound(t *testing.T) { findPlanted(t, "TestPlanted", len(planted())) }

// findPlanted is about so many pairs that a test runs.
func findPlanted(t *testing.T, test string, pairs int) {
	for _, level := range Supported() {
		cmd := again(t, "^"+test+"$", plantVariable+"=1", machine.LevelVariable+"="+level.String(), "GORACE=halt_on_error=0")
		cmd.Args = append(cmd.Args, "-test.v")
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Errorf("%v: no race makes the tests fail", level)
		}
		if wrong := regexp.MustCompile("call: .*").Find(out); wrong != nil {
			t.Errorf("%v: %s", level, wrong)
		}
		verdict := map[string]string{}
		for _, match := range regexp.MustCompile(`(?m)^ +--- ([A-Z]+): `+test+`/(no_)?race,_(\S+)`).FindAllSubmatch(out, -1) {
			want := "FAIL"
			if len(match[2]) > 0 {
				want = "PASS"
			}
			name := fmt.Sprintf("%srace, %s", match[2], match[3])
			verdict[name] = string(match[1])
			if verdict[name] != want {
				t.Errorf("%v: %s: %s, want %s", level, name, match[1], want)
			}
		}
		if len(verdict) != pairs {
			t.Errorf("%v: %d of %d cases ran\n%s", level, len(verdict), pairs, out)
		}
	}
}
