// Command ownrule multiplies by rules of its own.
package main

import (
	"fmt"
	"log"

	"example.com/ownrule/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

//go:generate go run ./gen

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	// Two channels of sound by one window: the shapes broadcast.
	sound, err := runtime.New([]int16{-32768, 20000, -20000, 32767, 1, 2, 3, 4}, 2, 4)
	if err != nil {
		return err
	}
	window, err := runtime.New([]int16{-32768, 16384, 16384, 8192}, 4)
	if err != nil {
		return err
	}
	windowed, err := rules.Q15.Multiply(sound, window)
	if err != nil {
		return err
	}
	fmt.Println("q15", windowed)

	layer, mask := []uint8{255, 200, 100, 3}, []uint8{255, 128, 0, 128}
	if err := rules.Opacity.MulSlice(layer, layer, mask); err != nil {
		return err
	}
	fmt.Println("opacity", layer)
	if err := rules.Fade.ScaleSlice(layer, layer, 1.5); err != nil {
		return err
	}
	fmt.Println("fade", layer)

	id, err := rules.Q15.KernelID(kernel.VV)
	if err != nil {
		return err
	}
	fmt.Println("by kernels such as", id)
	return nil
}
