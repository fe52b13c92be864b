package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// llvm is one release's tools.
type llvm struct{ objdump, mca, version string }

const oldest = 19 // that models Zen 4 and the vectors of all four CPUs

// newestLLVM finds the newest release that is installed as Debian does it.
func newestLLVM() (llvm, error) {
	newest := 0
	for _, path := range glob("/usr/bin/llvm-mca-*") {
		if n, err := strconv.Atoi(path[strings.LastIndex(path, "-")+1:]); err == nil {
			newest = max(newest, n)
		}
	}
	if newest < oldest {
		return llvm{}, fmt.Errorf("no llvm-mca-%d or newer in /usr/bin; apt-get install one of: %s", oldest, offered())
	}
	l := llvm{objdump: fmt.Sprint("llvm-objdump-", newest), mca: fmt.Sprint("llvm-mca-", newest)}
	text, err := run(nil, l.mca, "--version")
	if err != nil {
		return llvm{}, err
	}
	for line := range strings.Lines(string(text)) {
		if _, after, ok := strings.Cut(line, "LLVM version "); ok {
			l.version = "LLVM " + strings.TrimSpace(after)
		}
	}
	return l, nil
}

// offered lists the packages of LLVM that apt has.
func offered() string {
	text, err := exec.Command("apt-cache", "search", "--names-only", "^llvm-[0-9]+$").Output()
	var names []string
	for line := range strings.Lines(string(text)) {
		names = append(names, strings.Fields(line)[0])
	}
	if err != nil || len(names) == 0 {
		return "(apt offers none)"
	}
	return strings.Join(names, " ")
}

func glob(pattern string) []string {
	paths, _ := filepath.Glob(pattern) // the pattern is well formed
	return paths
}

// cycles returns how many cycles a turn of each loop takes on a CPU, once it is under way.
func (l llvm) cycles(cpu string, loops map[string]loop) (map[string]float64, error) {
	const turns = 1000
	var source strings.Builder
	for id, loop := range loops {
		fmt.Fprintf(&source, "# LLVM-MCA-BEGIN %s\n%s\n# LLVM-MCA-END\n", id, strings.Join(loop.code, "\n"))
	}
	out, err := run([]byte(source.String()), l.mca, "-mtriple=x86_64", "-mcpu="+cpu, "-json",
		"-iterations="+strconv.Itoa(turns), "-resource-pressure=false", "-instruction-info=false")
	if err != nil {
		return nil, err
	}
	var report struct {
		TargetInfo  struct{ CPUName string }
		CodeRegions []struct {
			Name        string
			SummaryView struct{ TotalCycles, Iterations float64 }
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, err
	}
	if report.TargetInfo.CPUName != cpu {
		return nil, errors.New("not known to " + l.version)
	}
	times := map[string]float64{}
	for _, r := range report.CodeRegions {
		if r.SummaryView.Iterations != turns {
			return nil, fmt.Errorf("%s: %v turns of %d modelled", r.Name, r.SummaryView.Iterations, turns)
		}
		times[r.Name] = r.SummaryView.TotalCycles / turns
	}
	for id := range loops {
		if times[id] == 0 {
			return nil, fmt.Errorf("%s: not modelled", id)
		}
	}
	return times, nil
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
