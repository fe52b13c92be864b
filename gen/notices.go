package gen

import (
	"fmt"
	"strings"

	"github.com/hadamard-go/hadamard/gen/avo"
	"github.com/hadamard-go/hadamard/gen/spec"
)

// told says what notices mean for programs, a line for what became of a rule's kernels at a level: of
// which patterns, and what serves those that have none.
func told(notices []avo.Notice, kernels []spec.Kernel) ([]string, error) {
	there := map[string]bool{}
	for _, k := range kernels {
		there[k.ID()] = true
	}
	type subject struct {
		rule, target string
		became       avo.Became
		registers    bool
	}
	var order []subject
	patterns, portable := map[subject][]string{}, map[subject]bool{}
	for _, n := range notices {
		k := n.Kernel
		s := subject{k.Rule.Name, k.Target(), n.Became, n.Registers}
		if patterns[s] == nil {
			order = append(order, s)
		}
		name := k.Pattern.Name
		if n.Became == avo.Absent {
			server, err := spec.Resolve(k, func(k spec.Kernel) bool { return there[k.ID()] })
			if err != nil {
				return nil, err
			}
			if server.Level.Portable() {
				portable[s] = true
			}
			by := server.Pattern.Name
			if server.Level.Name != k.Level.Name {
				by += " at " + server.Level.Name
			}
			name += " by " + by
		}
		patterns[s] = append(patterns[s], name)
	}
	var lines []string
	for _, s := range order {
		why := "its expression is long"
		if s.registers {
			why = "its expression needs more registers than there are"
		}
		what := map[avo.Became]string{
			avo.Shorter: "kernels of these patterns take fewer vectors a turn of their loops",
			avo.Sparing: "kernels of these patterns are slower than others",
			avo.Absent:  "these patterns have no kernels of their own, but are served",
		}[s.became]
		line := fmt.Sprintf("rule %s at %s: %s, since %s: %s", s.rule, s.target, what, why, strings.Join(patterns[s], ", "))
		if portable[s] {
			line += "; a shorter one would be faster than Go, and Portable: true in the row asks for no more than that"
		}
		lines = append(lines, line)
	}
	return lines, nil
}
