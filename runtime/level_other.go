//go:build !amd64 || purego

package runtime

// features says why this build runs pure Go alone.
func features() []feature {
	return []feature{{"assembly in this build (amd64 without the tag purego)", AVX2, false}}
}

// preferred sets no bound: pure Go is all there is.
func preferred() Level { return PureGo }

// halvesVectors is of no interest: there are none.
func halvesVectors() bool { return false }

// dataCaches returns zeros: the caches are not known.
func dataCaches() (firstWays, largest int) { return 0, 0 }
