package runtime

import "testing"

// Seeds are arbitrary: each byte is a choice, so any bytes are a test.
var Seeds = [][]byte{
	nil,
	{2, 1, 2, 1, 3, 0, 0, 0, 0, 1, 0, 1, 1, 2},
	{6, 1, 1, 1, 2, 1, 3, 1, 1, 1, 2, 1, 4, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 2, 0, 1, 3},
	{1, 1, 7, 1, 0, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 5, 2, 0, 30, 7, 0, 1},
	{3, 1, 4, 1, 5, 1, 2, 0, 2, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 2, 0, 1, 0, 2, 3, 1, 0, 9, 77, 12, 1},
	{4, 0, 9, 2, 2, 0, 1, 1, 3, 3, 1, 0, 0, 0, 0, 0, 0, 1},
	[]byte("element-wise multiplication with NumPy broadcasting, for Go"),
	{255, 254, 253, 252, 251, 250, 249, 248, 247, 246, 245, 244, 243, 242, 241, 240, 239, 238, 237, 236, 235, 234},
}

// FuzzMultiplyTo multiplies layouts that the fuzzer chooses, in three dtypes of
// different sizes, and compares with the oracle.
func FuzzMultiplyTo(f *testing.F) {
	for _, seed := range Seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		testRandomLayout[uint8](t, bytesChooser(choices))
		testRandomLayout[float32](t, bytesChooser(choices))
		testRandomLayout[complex128](t, bytesChooser(choices))
	})
}

// FuzzProduct does so for products of several operands.
func FuzzProduct(f *testing.F) {
	for _, seed := range Seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		testProduct[uint8](t, bytesChooser(choices))
		testProduct[float32](t, bytesChooser(choices))
		testProduct[complex128](t, bytesChooser(choices))
	})
}

// FuzzView makes views of absurd shapes and chains view operations.
func FuzzView(f *testing.F) {
	for _, seed := range Seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		testViewBounds(t, bytesChooser(choices))
		testViews(t, bytesChooser(choices))
	})
}
