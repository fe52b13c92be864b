//go:build race

package runtime

// What tests of races between rules use, see export_test.go.
var (
	RunPlanted  = runPlanted
	FindPlanted = findPlanted
)
