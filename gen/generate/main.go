// Command generate writes the packages of kernels of this repository: runtime/kernel, generated
// and rules. Its flags are those of [gen.Main]; -out is the root of the repository.
package main

import (
	"fmt"
	"os"

	"github.com/hadamard-go/hadamard/gen"
)

func main() {
	packages, err := gen.Repository()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
	gen.Main(packages...)
}
