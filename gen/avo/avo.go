package avo

import "github.com/hadamard-go/hadamard/gen/spec"

func Has(spec.Kernel) bool                { return false }
func Render([]spec.Kernel) ([]byte, error) { return nil, nil }
