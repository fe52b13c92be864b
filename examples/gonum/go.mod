module example.com/gonum

go 1.25.0

require (
	github.com/hadamard-go/hadamard v0.1.0
	gonum.org/v1/gonum v0.17.0
)

require golang.org/x/sys v0.47.0 // indirect

// In this repository alone.
replace github.com/hadamard-go/hadamard => ../..
