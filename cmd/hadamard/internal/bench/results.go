package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Result is what a plot needs of a driver's line.
type Result struct {
	Case      string  `json:"case"`
	Peer      string  `json:"peer"`
	NsPerCall float64 `json:"ns_per_call"`
}

// ReadResults reads files of lines that drivers printed.
func ReadResults(paths []string) ([]Result, error) {
	var all []Result
	for _, path := range paths {
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
			return nil, fmt.Errorf("%s: line %d: %w", name, n, err)
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
