package runtime_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"sync"
	"testing"
)

// On an emulated machine an instruction costs hundreds, and most of a test's are
// the oracle's. There the oracle is asked beforehand, on the real machine:
//
//	k.test -record=FILE   runs no kernel, and writes a digest of every result it would want
//	k.test -replay=FILE   runs the kernels, and compares their results with the digests
//
// Both see the same operands. The tests of values and of guard pages run kernels and
// have no digests: -record is for TestKernelLengths, InPlace and Nests, and the values,
// which are few, ask the oracle on the emulated machine too.
var (
	record = flag.String("record", "", "write the digests of the results that kernels should have to a `file`, and run no kernel")
	replay = flag.String("replay", "", "compare kernels with the digests in a `file`; the CPU is emulated")
)

// digested tells whether this run writes or reads digests.
func digested() bool { return *record != "" || *replay != "" }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func digest(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// writeDigest adds the digest of a wanted result to the line of its sub-test.
func (b *bench) writeDigest(t *testing.T, want []byte) {
	if b.digests == nil {
		t.Cleanup(func() {
			f, err := os.OpenFile(*record, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := fmt.Fprintf(f, "%s %x\n", t.Name(), b.digests); err != nil {
				t.Fatal(err)
			}
		})
	}
	b.digests = binary.BigEndian.AppendUint32(b.digests, digest(want))
}

// readDigest returns the next digest of a sub-test's line.
func (b *bench) readDigest(t *testing.T) uint32 {
	if b.digests == nil {
		text, known := recorded()[t.Name()]
		b.digests = make([]byte, hex.DecodedLen(len(text)))
		if _, err := hex.Decode(b.digests, text); err != nil || !known {
			t.Fatalf("%s has no digests of this test: %v", *replay, err)
		}
		t.Cleanup(func() {
			if len(b.digests) != 0 && !t.Failed() {
				t.Errorf("%s has %d digests more than were asked for", *replay, len(b.digests)/4)
			}
		})
	}
	if len(b.digests) == 0 {
		t.Fatalf("%s has too few digests of this test", *replay)
	}
	sum := binary.BigEndian.Uint32(b.digests)
	b.digests = b.digests[4:]
	return sum
}

// recorded returns the lines of the file of digests by sub-test.
var recorded = sync.OnceValue(func() map[string][]byte {
	text, err := os.ReadFile(*replay)
	if err != nil {
		panic(err)
	}
	lines := map[string][]byte{}
	for line := range bytes.Lines(text) {
		name, sums, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		lines[string(name)] = sums
	}
	return lines
})

// plain returns a pool of elements whose products are the same bytes on every machine:
// integers of any value, and floats around 1. It is small, for the emulated machine's sake.
func (b *bench) plain(f format) []byte {
	pool := make([]byte, 4096)
	for i := 0; i < len(pool); i += f.size {
		f.put(pool[i:], f.plain(b.rng.Uint64()))
	}
	return pool
}

// plain makes random bits an element. A float's is between 0.5 and 2 in magnitude,
// and odd in its last bit, so that no product lies half-way between two.
func (f format) plain(v uint64) uint64 {
	switch {
	case f.fraction > 0:
		sign, unit := uint64(1)<<(8*f.size-1), uint64(1)<<f.fraction
		return v&(sign|unit|unit-1) | sign>>1 - 2*unit | 1
	case len(f.specials) == 2: // bool
		return v & 1
	}
	return v
}

// emulated returns the lane as the emulator has it, if that differs. VCVTPS2PH of
// Bochs 2.7 rounds what is half-way between two halves away from zero, not to even.
func (l lane) emulated() (lane, bool) {
	multiply, differs := halves[l.rule]
	if *replay == "" || !differs {
		return l, false
	}
	l.multiply = func(dst, a, b []byte) { multiply(dst, a, b, math.Round) }
	return l, true
}
