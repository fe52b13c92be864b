//go:build !amd64 || purego

package runtime

// features says why this build runs pure Go alone.
func features() []feature {
	return []feature{{"assembly in this build (amd64 without the tag purego)", AVX2, false}}
}

// preferred sets no bound: pure Go is all there is.
func preferred() Level { return PureGo }

// lastLevelCache returns 0: the size of the cache is not known.
func lastLevelCache() int { return 0 }
