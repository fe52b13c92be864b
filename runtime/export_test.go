package runtime

// What tests of rules use, which see package rules and can not be of this package.
var (
	NoAllocs = noAllocs
	OnStacks = onStacks
)
