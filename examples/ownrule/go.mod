module example.com/ownrule

go 1.25.0

require (
	github.com/hadamard-go/hadamard v0.1.0
	github.com/hadamard-go/hadamard/gen v0.1.0
)

require (
	github.com/dave/jennifer v1.7.1 // indirect
	github.com/mmcloughlin/avo v0.6.0 // indirect
	golang.org/x/mod v0.23.0 // indirect
	golang.org/x/sync v0.11.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/tools v0.30.0 // indirect
)

// In this repository alone, where both are beside it.
replace (
	github.com/hadamard-go/hadamard => ../..
	github.com/hadamard-go/hadamard/gen => ../../gen
)
