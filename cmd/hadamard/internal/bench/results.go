package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
)

// Result is a line that a driver prints, one JSON object for each case. Of another
// library's a plot needs the case, the peer and the time alone.
type Result struct {
	Case      string   `json:"case"`
	Peer      string   `json:"peer"`
	NsPerCall float64  `json:"ns_per_call"`
	GBPerS    float64  `json:"gb_per_s"`
	Elements  int      `json:"elements"`
	MedianNs  float64  `json:"med_ns"`
	Check     float64  `json:"check"` // of the result after one call
	On        *Setting `json:"on,omitempty"`
}

// NewResult is the line for a measurement of a case.
func NewResult(c *Case, peer string, m Measurement, on *Setting) Result {
	return Result{
		Case: c.Name, Peer: peer, NsPerCall: rounded(m.NsPerCall, 100), GBPerS: rounded(float64(c.Bytes)/m.NsPerCall, 1000),
		Elements: c.Elements, MedianNs: rounded(m.MedianNs, 100), Check: m.Check, On: on,
	}
}

// rounded keeps so many parts of one.
func rounded(x, parts float64) float64 { return math.Round(x*parts) / parts }

// Print writes the result as the drivers of other libraries do.
func (r Result) Print(w io.Writer) error {
	return json.NewEncoder(w).Encode(r)
}

// ReadResults reads files of lines that drivers printed; - is standard input.
func ReadResults(paths []string, stdin io.Reader) ([]Result, error) {
	var all []Result
	for _, path := range paths {
		if path == "-" {
			results, err := readResults(stdin, "standard input")
			if err != nil {
				return nil, err
			}
			all = append(all, results...)
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		results, err := readResults(f, path)
		f.Close()
		if err != nil {
			return nil, err
		}
		all = append(all, results...)
	}
	return all, nil
}

func readResults(r io.Reader, name string) (all []Result, err error) {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		var result Result
		err := json.Unmarshal(lines.Bytes(), &result)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: line %d: is no result in JSON: %w", name, n, err)
		case result.Case == "" || result.Peer == "":
			return nil, fmt.Errorf("%s: line %d: needs a case and a peer, got %q and %q", name, n, result.Case, result.Peer)
		case result.NsPerCall <= 0:
			return nil, fmt.Errorf("%s: line %d: ns_per_call is %v, want more than 0", name, n, result.NsPerCall)
		}
		all = append(all, result)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}

// PerCall writes nanoseconds with three digits, in the unit that suits them.
func PerCall(ns float64) string {
	unit := "ns"
	for _, next := range []string{"µs", "ms", "s"} {
		if ns < 999.5 {
			break
		}
		ns, unit = ns/1000, next
	}
	digits := 0
	if ns < 9.995 {
		digits = 2
	} else if ns < 99.95 {
		digits = 1
	}
	return fmt.Sprintf("%.*f %s", digits, ns, unit)
}
