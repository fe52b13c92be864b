package main

import (
	"slices"
	"testing"
)

// Every sample is the textbook product of signal and carrier, and each tone moves up
// by the carrier's frequency.
func TestModulator(t *testing.T) {
	block, carrier := make([]complex64, channels*samples), tone(shift)
	receive(block)
	before := slices.Clone(block)
	modulate, err := modulator(block, carrier)
	if err != nil {
		t.Fatal(err)
	}
	if err := modulate.Run(); err != nil {
		t.Fatal(err)
	}
	for i, got := range block {
		a, b := before[i], carrier[i%samples]
		want := complex(
			float32(real(a)*real(b))-float32(imag(a)*imag(b)),
			float32(real(a)*imag(b))+float32(imag(a)*real(b)),
		)
		if got != want {
			t.Fatalf("channel %d, sample %d: %v, want %v", i/samples, i%samples, got, want)
		}
	}
	for channel, cycles := range peaks(block) {
		if want := 10 + channel + shift; cycles != want {
			t.Errorf("channel %d: %d cycles, want %d", channel, cycles, want)
		}
	}
}
