// Model predicts how fast the assembly kernels' main loops run on CPUs that are not at
// hand, and prints the table of docs/model.md:
//
//	go run ./scripts/model >docs/model.md
//
// The loops come from the machine code that the linker writes; llvm-mca, of the newest
// package llvm-N that is installed, says how many cycles they take.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hadamard-go/hadamard/generated"
	"github.com/hadamard-go/hadamard/rules"
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("model: ")
	llvm, err := newestLLVM()
	if err != nil {
		log.Fatal(err)
	}
	loops, err := findLoops(llvm)
	if err != nil {
		log.Fatal(err)
	}
	var known []cpu
	times := map[string]map[string]float64{} // by CPU and kernel: cycles a turn
	for _, c := range cpus {
		t, err := llvm.cycles(c.name, loops)
		if err != nil {
			fmt.Fprintf(os.Stderr, "model: %s: left out: %v\n", c.name, err)
			continue
		}
		known = append(known, c)
		times[c.name] = t
	}
	if len(known) == 0 {
		log.Fatal("no CPU is known to ", llvm.version)
	}
	os.Stdout.WriteString(table(llvm.version, known, loops, times))
}

// findLoops returns the main loop of each assembly kernel by the kernel's ID.
func findLoops(llvm llvm) (map[string]loop, error) {
	dir, err := os.MkdirTemp("", "model")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	// This program links every kernel, as its table of them does.
	program := filepath.Join(dir, "model")
	const module = "github.com/hadamard-go/hadamard/"
	if _, err := run(nil, "go", "build", "-o", program, module+"scripts/model"); err != nil {
		return nil, err
	}
	text, err := run(nil, llvm.objdump, "-d", "--no-show-raw-insn", program)
	if err != nil {
		return nil, err
	}
	code := disassembled(string(text))
	loops := map[string]loop{}
	for path, kernels := range map[string][]kernel.Info{
		"runtime/kernel": kernel.Kernels(), "generated": generated.Kernels(), "rules": rules.Kernels(),
	} {
		for _, k := range kernels {
			if k.Level == kernel.PureGo || k.Code != k.ID || k.Feature != 0 { // the CPUs of the table need not have it
				continue
			}
			symbol := module + path + "." + strings.ReplaceAll(k.ID, "-", "_") + ".abi0"
			l, err := mainLoop(code[symbol])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k.ID, err)
			}
			loops[k.ID] = l
		}
	}
	return loops, nil
}

func run(stdin []byte, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(name), err, stderr.Bytes())
	}
	return out, nil
}
