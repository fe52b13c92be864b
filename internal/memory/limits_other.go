//go:build !unix && !windows

package memory

func limits() []Limit { return nil }
