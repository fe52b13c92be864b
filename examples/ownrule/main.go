// Command ownrule is a program with rules of its own.
package main

import (
	"fmt"

	"example.com/ownrule/rules"
	"github.com/hadamard-go/hadamard/runtime"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

//go:generate go run ./gen

func main() {
	level, err := runtime.ActiveLevel()
	if err != nil {
		fmt.Println(err)
	}
	for _, r := range rules.Rules() {
		fmt.Printf("%-20s %s\n", r.Entry(level, kernel.VV).ID, r.Expr)
	}
}
