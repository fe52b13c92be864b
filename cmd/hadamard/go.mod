module github.com/hadamard-go/hadamard/cmd/hadamard

go 1.25.0
