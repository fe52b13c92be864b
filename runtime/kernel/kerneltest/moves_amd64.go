//go:build amd64 && !purego

package kerneltest

import "unsafe"

// moves are loops that load and store so many vectors a turn, and do nothing else: of 32 and of 64 bytes,
// of each one that stores as usual and one that stores past the caches.
var moves = []struct {
	loads, stores int
	by            [2][2]func(dst, src unsafe.Pointer, turns int)
}{
	{4, 4, [2][2]func(dst, src unsafe.Pointer, turns int){{moves4to4by256, moves4to4by256past}, {moves4to4by512, moves4to4by512past}}},
	{4, 2, [2][2]func(dst, src unsafe.Pointer, turns int){{moves4to2by256, moves4to2by256past}, {moves4to2by512, moves4to2by512past}}},
	{3, 1, [2][2]func(dst, src unsafe.Pointer, turns int){{moves3to1by256, moves3to1by256past}, {moves3to1by512, moves3to1by512past}}},
	{4, 1, [2][2]func(dst, src unsafe.Pointer, turns int){{moves4to1by256, moves4to1by256past}, {moves4to1by512, moves4to1by512past}}},
	{5, 1, [2][2]func(dst, src unsafe.Pointer, turns int){{moves5to1by256, moves5to1by256past}, {moves5to1by512, moves5to1by512past}}},
	{2, 4, [2][2]func(dst, src unsafe.Pointer, turns int){{moves2to4by256, moves2to4by256past}, {moves2to4by512, moves2to4by512past}}},
	{3, 2, [2][2]func(dst, src unsafe.Pointer, turns int){{moves3to2by256, moves3to2by256past}, {moves3to2by512, moves3to2by512past}}},
	{1, 4, [2][2]func(dst, src unsafe.Pointer, turns int){{moves1to4by256, moves1to4by256past}, {moves1to4by512, moves1to4by512past}}},
	{5, 4, [2][2]func(dst, src unsafe.Pointer, turns int){{moves5to4by256, moves5to4by256past}, {moves5to4by512, moves5to4by512past}}},
}

//go:noescape
func moves4to4by256(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves4to4by256past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves4to4by512(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves4to4by512past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves4to2by256(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves4to2by256past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves4to2by512(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves4to2by512past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves3to1by256(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves3to1by256past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves3to1by512(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves3to1by512past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves4to1by256(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves4to1by256past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves4to1by512(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves4to1by512past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves5to1by256(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves5to1by256past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves5to1by512(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves5to1by512past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves2to4by256(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves2to4by256past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves2to4by512(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves2to4by512past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves3to2by256(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves3to2by256past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves3to2by512(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves3to2by512past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves1to4by256(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves1to4by256past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves1to4by512(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves1to4by512past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves5to4by256(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves5to4by256past(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves5to4by512(dst, src unsafe.Pointer, turns int)

//go:noescape
func moves5to4by512past(dst, src unsafe.Pointer, turns int)
