package runtime

// Generic functions are compiled where they are instantiated. There the compiler has the bodies of
// small functions of other packages only if it put some in place of a call when it compiled this
// package: so it is to compile some instances here, of which programs link none. Without them
// MulSlice takes 1.4 times as long for a short row, which lane linked looks at.
var _ = []any{
	MulSlice[uint8], MulSlice[uint16], ScaleSlice[uint8], MultiplyTo[uint8], Product[uint8],
	NewPlan[uint8], (*Plan[uint8]).RunOn, Rule[uint8, uint8, uint8].MulSlice, Rule[uint8, uint8, uint8].ScaleSlice,
}
