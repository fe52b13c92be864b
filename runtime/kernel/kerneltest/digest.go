package kerneltest

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
)

// Emulation is for machines on which an instruction costs hundreds, and most of a test's are the
// oracle's. There the oracle is asked beforehand, on a real machine: a run with Record calls no
// kernel, and writes a digest of every result it would want to a file; one with Replay runs the
// kernels, and compares their results with those digests. Both see the same operands, on which
// all machines agree.
//
// Only Lengths, InPlace and Nests have digests. With Record, others must not run. With Replay,
// they ask the oracle where they run.
type Emulation struct {
	Record, Replay string // names of files

	// Products are rules as the emulator has them where it is known to be wrong, by the rule's
	// name. With Replay, these results are right, too.
	Products map[string]Product
}

// digested tells whether this run writes or reads digests.
func (e Emulation) digested() bool { return e.Record != "" || e.Replay != "" }

func digest(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// writeDigest adds the digest of a wanted result to those of the sub-test.
func (t *trial) writeDigest(want []byte) {
	t.digests = binary.BigEndian.AppendUint32(t.digests, digest(want))
}

// readDigest returns the next digest of the sub-test's line.
func (t *trial) readDigest() (uint32, error) {
	file := t.of.Emulation.Replay
	if t.digests == nil {
		recorded, err := t.of.lines()
		if err != nil {
			return 0, err
		}
		text, known := recorded[t.name]
		if t.digests, err = hex.DecodeString(string(text)); err != nil || !known {
			return 0, fmt.Errorf("%s has no digests of %s: %v", file, t.name, err)
		}
	}
	if len(t.digests) == 0 {
		return 0, fmt.Errorf("%s has too few digests of %s", file, t.name)
	}
	sum := binary.BigEndian.Uint32(t.digests)
	t.digests = t.digests[4:]
	return sum, nil
}

// finish writes the line of the sub-test, or finds that none of it is left.
func (t *trial) finish() error {
	switch e := t.of.Emulation; {
	case e.Record != "" && t.digests != nil:
		f, err := os.OpenFile(e.Record, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(f, "%s %x\n", t.name, t.digests)
		if closed := f.Close(); err == nil {
			err = closed
		}
		return err
	case e.Replay != "" && len(t.digests) > 0:
		return fmt.Errorf("%s has %d digests of %s more than were asked for", e.Replay, len(t.digests)/4, t.name)
	}
	return nil
}

// lines returns the lines of the file of digests by sub-test.
func (r *run) lines() (map[string][]byte, error) {
	if r.recorded != nil {
		return r.recorded, nil
	}
	text, err := os.ReadFile(r.Emulation.Replay)
	if err != nil {
		return nil, err
	}
	r.recorded = map[string][]byte{}
	for line := range bytes.Lines(text) {
		name, sums, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		r.recorded[string(name)] = sums
	}
	return r.recorded, nil
}

// plain makes random bits an element whose products are the same bytes on every machine: an
// integer of any value, and a float between 0.5 and 2 in magnitude, odd in its last bit, so that
// no product lies half-way between two.
func (f format) plain(v uint64) uint64 {
	switch {
	case f.fraction > 0:
		sign, unit := uint64(1)<<(8*f.size-1), uint64(1)<<f.fraction
		return v&(sign|unit|unit-1) | sign>>1 - 2*unit | 1
	case f.bool():
		return v & 1
	}
	return v
}
