//go:build !(386 || amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x || wasm)

package flow

// unaligned tells that the machine may refuse elements that are not aligned.
const unaligned = false
