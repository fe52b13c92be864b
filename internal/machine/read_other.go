//go:build !amd64 || purego

package machine

import (
	"os"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// Read returns the facts of this machine: this build runs pure Go alone.
func Read() Facts {
	return Facts{
		Features: []Feature{{"assembly in this build (amd64 without the tag purego)", kernel.AVX2, false, 0}},
		Level:    os.Getenv(LevelVariable),
		Cache:    os.Getenv(CacheVariable),
	}
}
