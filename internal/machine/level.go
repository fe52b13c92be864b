package machine

import (
	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Feature is something that a level needs, or that kernels may use beyond it, and that may be
// there.
type Feature struct {
	Name   string
	Level  Level // the lowest level that needs it, or beyond which it is
	Has    bool
	Beyond kernel.Feature // what it is to kernels, 0 of what a level needs
}

// decide works out the level from the features at hand, the level above which the CPU had
// better not go unasked, and what the environment asks for.
func (m *Machine) decide(f Facts) {
	for m.Best+1 < kernel.NumLevels && len(Missing(f.Features, m.Best+1)) == 0 {
		m.Best++
	}
	for _, feature := range f.Features {
		if feature.Has && feature.Level <= m.Best {
			m.Features |= feature.Beyond
		}
	}
	if f.Level == "" {
		m.Level = min(m.Best, m.CPU.preferred())
		return
	}
	for level := kernel.PureGo; level < kernel.NumLevels; level++ {
		if f.Level == level.String() {
			if level <= m.Best {
				m.Level = level
				return
			}
			m.Refused = &Refusal{LevelVariable, f.Level, Missing(f.Features, level)}
			return
		}
	}
	m.Refused = &Refusal{LevelVariable, f.Level, nil}
}

// Supported returns the levels up to the best, lowest first.
func (m *Machine) Supported() []Level {
	levels := make([]Level, 0, kernel.NumLevels)
	for level := kernel.PureGo; level <= m.Best; level++ {
		levels = append(levels, level)
	}
	return levels
}

// Missing returns the names of the features that the level needs and lacks.
func Missing(features []Feature, level Level) []string {
	var names []string
	for _, f := range features {
		if f.Level <= level && !f.Has && f.Beyond == 0 {
			names = append(names, f.Name)
		}
	}
	return names
}
