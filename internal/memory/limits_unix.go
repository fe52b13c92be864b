//go:build unix && !linux && !darwin

package memory

func limits() []Limit { return resourceLimits() }
