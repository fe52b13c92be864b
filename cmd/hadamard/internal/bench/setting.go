package bench

import "fmt"

// Setting says where and when something was measured.
type Setting struct {
	CPU     string  `json:"cpu"`
	Level   string  `json:"level"`
	Threads int     `json:"threads"`
	Date    string  `json:"date"`
	Caches  []Cache `json:"caches"`
}

// Cache is a level of the memory.
type Cache struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
}

// String writes the name and the size, in its usual unit.
func (c Cache) String() string { return c.Name + " " + c.Size() }

// Size writes the size, in its usual unit.
func (c Cache) Size() string { return binarySize(c.Bytes) }

func binarySize(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<19) == 0:
		return fmt.Sprintf("%g MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%g KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
