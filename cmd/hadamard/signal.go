package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/hadamard-go/hadamard/broadcast"
	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/signalfile"
)

// isWAV reports whether an operand is a WAV.
func (in *input) isWAV() bool { return in.signal != nil && in.signal.Format == signalfile.WAV }

// joinSignals has a WAV of one channel serve every channel of others, as grey serves every
// colour: its shape is then (N,1).
func joinSignals(inputs []*input) {
	several := func(in *input) bool { return in.isWAV() && len(in.array.Shape) == 2 }
	if !slices.ContainsFunc(inputs, several) {
		return
	}
	for _, in := range inputs {
		if a := &in.array; in.isWAV() && len(a.Shape) == 1 {
			a.Shape, a.Strides = []int{a.Shape[0], 1}, []int{a.Strides[0], 1}
		}
	}
}

// signalHint says what the axes of a WAV are, for those who multiply it with arrays.
func signalHint(inputs []*input) string {
	for _, in := range inputs {
		if a := &in.array; in.isWAV() && len(a.Shape) == 2 && a.Shape[1] > 1 {
			return fmt.Sprintf(" (the last axis of %s is its channels: an array with a number for each frame has shape %s)",
				in.name, broadcast.FormatShape([]int{a.Shape[0], 1}))
		}
	}
	return ""
}

// signalOptions returns what a signal that is written takes over from the first WAV, unless
// flags say otherwise; and a warning where another has another rate.
func signalOptions(inputs []*input, shape []int, flags multiplyFlags) (o signalfile.Options, warning string) {
	var first *input
	for _, in := range inputs {
		switch {
		case !in.isWAV():
		case first == nil:
			first, o.Meta, o.Source = in, in.signal.Meta, &in.signal.Encoding
			if !slices.Equal(in.array.Shape, shape) {
				o.Speakers = 0 // of other channels
			}
		case warning == "" && flags.rate == 0 && in.signal.Rate != first.signal.Rate:
			warning = fmt.Sprintf("%s has %d frames a second, %s %d, which the product takes", in.name, in.signal.Rate, first.name, first.signal.Rate)
		}
	}
	if flags.rate != 0 {
		o.Rate = uint32(flags.rate)
	}
	o.Depth = flags.depth
	return o, warning
}

// rawFormats returns the names of raw formats.
func rawFormats() (names []string) {
	for _, f := range signalfile.Raw() {
		names = append(names, string(f))
	}
	return names
}

// ofSignals checks the flags of signals and takes what they say.
func (flags *multiplyFlags) ofSignals(setRate bool) error {
	if flags.as != "" {
		if !slices.Contains(rawFormats(), flags.as) {
			return usagef("--as is %q, want %s", flags.as, listed(rawFormats()))
		}
		flags.how.as = signalfile.Format(flags.as)
	}
	if flags.bits != "" {
		depth, ok := signalfile.Depth(flags.bits)
		if !ok {
			return usagef("--bits is %q, want %s", flags.bits, listed(signalfile.Depths()))
		}
		flags.depth = &depth
	}
	if setRate && (flags.rate < 1 || flags.rate > math.MaxUint32) {
		return usagef("--rate is %d, want 1 to %d", flags.rate, uint32(math.MaxUint32))
	}
	return nil
}
