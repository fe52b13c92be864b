package bench

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// NumPy is a Python that has it.
type NumPy struct {
	Python  string
	Version string
}

//go:embed drive_numpy.py
var driveNumPy string

// FindNumPy returns the first Python of the usual names that has NumPy, or nil. The variable
// PYTHON of the environment names another one.
func FindNumPy(ctx context.Context) *NumPy {
	names := []string{"python3", "/usr/bin/python3", "python"}
	if asked := os.Getenv("PYTHON"); asked != "" {
		names = []string{asked}
	}
	for _, python := range names {
		version, err := exec.CommandContext(ctx, python, "-c", "import numpy; print(numpy.__version__)").Output()
		if err == nil {
			return &NumPy{python, strings.TrimSpace(string(version))}
		}
	}
	return nil
}

// Label is the name of this NumPy among peers.
func (n *NumPy) Label() string { return "numpy-" + n.Version }

// Measure runs cases, by one process. Those that NumPy does not take have no result.
func (n *NumPy) Measure(ctx context.Context, cases []Case, quick bool) ([]Result, error) {
	text, err := json.Marshal(Suite{Cases: cases})
	if err != nil {
		return nil, err
	}
	args := []string{"-c", driveNumPy, "--cases", "-", "--label", n.Label()}
	if quick {
		args = append(args, "--quick")
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, n.Python, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		said := strings.TrimSpace(stderr.String())
		return nil, fmt.Errorf("NumPy of %s: %w: %s", n.Python, err, said[strings.LastIndex(said, "\n")+1:])
	}
	return readResults(&stdout, n.Python)
}
