package machine

import (
	"encoding/binary"
	"maps"
	"math"
	"reflect"
	"testing"

	"github.com/hadamard-go/hadamard/runtime/kernel"
)

// recorded is what CPUID says, by leaf and sub-leaf; of all others it says nothing.
type recorded map[[2]uint32]Registers

func (r recorded) cpuid(leaf, sub uint32) Registers { return r[[2]uint32{leaf, sub}] }

// with returns r with another answer for a leaf.
func (r recorded) with(leaf, sub uint32, answer Registers) recorded {
	r = maps.Clone(r)
	r[[2]uint32{leaf, sub}] = answer
	return r
}

// mute returns a CPU that tells what it is and no more.
func mute(vendor string, signature uint32) recorded {
	part := func(i int) uint32 { return binary.LittleEndian.Uint32([]byte(vendor[i:])) }
	return recorded{{0, 0}: {1, part(0), part(8), part(4)}, {1, 0}: {signature, 0, 0, 0}}
}

const (
	kib = 1 << 10
	mib = 1 << 20
)

// The leaves that tell the vendor, with the highest leaf, and the caches.
var (
	zen3 = recorded{
		{0, 0}:          {0x10, 0x68747541, 0x444d4163, 0x69746e65},
		{1, 0}:          {0x00a00f11, 0, 0, 0},
		{0x80000000, 0}: {0x80000023, 0, 0, 0},
		{0x80000001, 0}: {0x00a00f11, 0, 1 << 22, 0},
		{0x8000001d, 0}: {0x00004121, 0x01c0003f, 0x3f, 0},
		{0x8000001d, 1}: {0x00004122, 0x01c0003f, 0x3f, 0},
		{0x8000001d, 2}: {0x00004143, 0x01c0003f, 0x3ff, 2},
		{0x8000001d, 3}: {0x0003c163, 0x03c0003f, 0x7fff, 1},
	}
	zen4 = recorded{
		{0, 0}:          {0x10, 0x68747541, 0x444d4163, 0x69746e65},
		{1, 0}:          {0x00a10f11, 0, 0, 0},
		{0x80000000, 0}: {0x80000028, 0, 0, 0},
		{0x80000001, 0}: {0x00a10f11, 0, 1 << 22, 0},
		{0x8000001d, 0}: {0x00004121, 0x01c0003f, 0x3f, 0},
		{0x8000001d, 1}: {0x00004122, 0x01c0003f, 0x3f, 0},
		{0x8000001d, 2}: {0x00004143, 0x01c0003f, 0x7ff, 2},
		{0x8000001d, 3}: {0x0003c163, 0x03c0003f, 0x7fff, 1},
	}
	// Its virtual machine has neither AMD's topology extensions nor leaf 4.
	zen5Hidden = recorded{
		{0, 0}:          {0x0d, 0x68747541, 0x444d4163, 0x69746e65},
		{1, 0}:          {0x00b00f21, 0x00020800, 0xfed83203, 0x178bfbff},
		{0x80000000, 0}: {0x80000021, 0x68747541, 0x444d4163, 0x69746e65},
		{0x80000001, 0}: {0x00b00f21, 0x40000000, 0x440001f1, 0x25d3fbff},
		{0x80000005, 0}: {0xff60ff40, 0xff60ff40, 0x300c0140, 0x20080140},
		{0x80000006, 0}: {0x40802040, 0x60804040, 0x04006140, 0x0fe09140},
	}
	zen5 = recorded{
		{0, 0}:          {0x1c, 0x68747541, 0x444d4163, 0x69746e65},
		{1, 0}:          {0x00b00f21, 0x00020800, 0xfffa3203, 0x178bfbff},
		{7, 0}:          {0x01, 0xf1bf07ab, 0x00405fc6, 0x00000110},
		{7, 1}:          {0x30, 0, 0, 0},
		{0x80000000, 0}: {0x80000021, 0x68747541, 0x444d4163, 0x69746e65},
		{0x80000001, 0}: {0x00b00f21, 0x40000000, 0x004003f3, 0x2fd3fbff},
		{0x8000001d, 0}: {0x00000121, 0x02c0003f, 0x3f, 0},
		{0x8000001d, 1}: {0x00000122, 0x01c0003f, 0x3f, 0},
		{0x8000001d, 2}: {0x00000143, 0x03c0003f, 0x3ff, 2},
		{0x8000001d, 3}: {0x00004163, 0x03c0003f, 0x7fff, 1},
	}
	sapphireRapids = recorded{
		{0, 0}: {0x20, 0x756e6547, 0x6c65746e, 0x49656e69},
		{1, 0}: {0x000806f8, 0, 0, 0},
		{4, 0}: {0x04004121, 0x02c0003f, 0x3f, 0},
		{4, 1}: {0x04004122, 0x01c0003f, 0x3f, 0},
		{4, 2}: {0x04004143, 0x03c0003f, 0x7ff, 0},
		{4, 3}: {0x0407c163, 0x04c0003f, 0x3bfff, 4},
	}
	// Its virtual machine calls it model 167, which is another CPU without AVX10.
	graniteRapids = recorded{
		{0, 0}:    {0x24, 0x756e6547, 0x6c65746e, 0x49656e69},
		{1, 0}:    {0x000a0671, 0x00020800, 0xfffa3203, 0x1f8bfbff},
		{4, 0}:    {0x04000121, 0x02c0003f, 0x3f, 0},
		{4, 1}:    {0x04000122, 0x03c0003f, 0x3f, 0},
		{4, 2}:    {0x04000143, 0x03c0003f, 0x7ff, 0},
		{4, 3}:    {0x04004163, 0x03c0003f, 0x77fff, 0},
		{7, 0}:    {0x02, 0xf1bf2ffb, 0x1a415f46, 0x23c14010},
		{7, 1}:    {0x1c30, 0, 0, 0x00084000},
		{0x24, 0}: {0, 0x00070001, 0, 0},
	}
	cascadeLake = recorded{
		{0, 0}: {0x16, 0x756e6547, 0x6c65746e, 0x49656e69},
		{1, 0}: {0x00050657, 0, 0, 0},
		{4, 0}: {0x04004121, 0x01c0003f, 0x3f, 0},
		{4, 1}: {0x04004122, 0x01c0003f, 0x3f, 0},
		{4, 2}: {0x04004143, 0x03c0003f, 0x3ff, 0},
		{4, 3}: {0x0407c163, 0x0280003f, 0xcfff, 4},
	}
)

// TestMachines says what is made of what CPUs tell. What the Zen 5 and the Granite Rapids tell was
// recorded there. The others answer as the vendors' documents say for the caches that machines of the kind were
// measured with; of Cascade Lake, which was not, for those that it is sold with.
func TestMachines(t *testing.T) {
	const never = math.MaxInt
	for _, c := range []struct {
		name   string
		cpuid  recorded
		cpu    CPU
		caches []Cache
		ways   int
		halves kernel.Halving
		limits Limits
	}{
		{
			"Zen 3", zen3,
			CPU{amd, 25, 1},
			[]Cache{{1, 32 * kib, 8, 2, false}, {2, 512 * kib, 8, 2, true}, {3, 32 * mib, 16, 16, false}},
			8, kernel.Split,
			Limits{32 * mib, Reported, 10 * mib, 10 * mib, never, 32 * mib / 6, never},
		},
		{
			"Zen 4", zen4,
			CPU{amd, 25, 17},
			[]Cache{{1, 32 * kib, 8, 2, false}, {2, mib, 8, 2, true}, {3, 32 * mib, 16, 16, false}},
			8, kernel.Split,
			Limits{32 * mib, Reported, 10 * mib, 10 * mib, never, 32 * mib / 6, never},
		},
		{
			"Zen 4 with 96 MiB", zen4.with(0x8000001d, 3, Registers{0x0003c163, 0x03c0003f, 0x17fff, 1}),
			CPU{amd, 25, 17},
			[]Cache{{1, 32 * kib, 8, 2, false}, {2, mib, 8, 2, true}, {3, 96 * mib, 16, 16, false}},
			8, kernel.Split,
			Limits{96 * mib, Reported, 30 * mib, 30 * mib, never, 16 * mib, never},
		},
		{
			"Zen 4, third level hidden", zen4.with(0x8000001d, 3, Registers{}),
			CPU{amd, 25, 17},
			[]Cache{{1, 32 * kib, 8, 2, false}, {2, mib, 8, 2, true}},
			8, kernel.Split,
			Limits{32 * mib, Hidden, 10 * mib, 10 * mib, never, 32 * mib / 6, never},
		},
		{
			"Zen 5, caches hidden", zen5Hidden,
			CPU{amd, 26, 2},
			[]Cache{{1, 48 * kib, 12, 0, false}, {2, mib, 0, 0, false}},
			12, kernel.Picks,
			Limits{32 * mib, Hidden, 10 * mib, 10 * mib, never, 32 * mib / 6, never},
		},
		{
			"Zen 5", zen5,
			CPU{amd, 26, 2},
			[]Cache{{1, 48 * kib, 12, 1, false}, {2, mib, 16, 1, true}, {3, 32 * mib, 16, 2, false}},
			12, kernel.Picks,
			Limits{32 * mib, Reported, 10 * mib, 10 * mib, never, 32 * mib / 6, 28 * mib},
		},
		{
			"Sapphire Rapids", sapphireRapids,
			CPU{intel, 6, 143},
			[]Cache{{1, 48 * kib, 12, 2, false}, {2, 2 * mib, 16, 2, false}, {3, 300 * mib, 20, 32, false}},
			12, kernel.Whole,
			Limits{32 * mib, Shared, 6 * mib, 10 * mib, 6 * mib, 50 * mib, never},
		},
		{
			"Sapphire Rapids, if it were inclusive", sapphireRapids.with(4, 3, Registers{0x0407c163, 0x04c0003f, 0x3bfff, 6}),
			CPU{intel, 6, 143},
			[]Cache{{1, 48 * kib, 12, 2, false}, {2, 2 * mib, 16, 2, false}, {3, 300 * mib, 20, 32, true}},
			12, kernel.Whole,
			Limits{32 * mib, Shared, 10 * mib, 10 * mib, never, 50 * mib, never},
		},
		{
			"Granite Rapids", graniteRapids,
			CPU{intel, 6, 167},
			[]Cache{{1, 48 * kib, 12, 1, false}, {2, 2 * mib, 16, 1, false}, {3, 480 * mib, 16, 2, false}},
			12, kernel.Beyond,
			Limits{32 * mib, Shared, 6 * mib, 10 * mib, 6 * mib, 80 * mib, never},
		},
		{
			"Cascade Lake", cascadeLake,
			CPU{intel, 6, 85},
			[]Cache{{1, 32 * kib, 8, 2, false}, {2, mib, 16, 2, false}, {3, 53248 * 11 * 64, 11, 32, false}},
			8, kernel.Whole,
			Limits{32 * mib, Shared, 3 * mib, 10 * mib, 3 * mib, 53248 * 11 * 64 / 6, never},
		},
		{
			"a desktop", sapphireRapids.with(4, 3, Registers{0x0003c163, 0x02c0003f, 0x7fff, 4}),
			CPU{intel, 6, 143},
			[]Cache{{1, 48 * kib, 12, 2, false}, {2, 2 * mib, 16, 2, false}, {3, 24 * mib, 12, 16, false}},
			12, kernel.Whole,
			Limits{24 * mib, Reported, 7864320, 7864320, never, 4 * mib, never},
		},
		{"nothing told, Zen", mute(amd, 0x00800f11), CPU{amd, 23, 1}, nil, 0, kernel.Whole, Limits{16 * mib, Hidden, 5 * mib, 5 * mib, never, 16 * mib / 6, never}},
		{"nothing told, before Zen", mute(amd, 0x00660f01), CPU{amd, 21, 96}, nil, 0, kernel.Whole, LimitsOf(0)},
		{"nothing told, Intel", mute(intel, 0x000806f8), CPU{intel, 6, 143}, nil, 0, kernel.Whole, Limits{32 * mib, Hidden, 10 * mib, 10 * mib, never, 32 * mib / 6, never}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Of(Facts{CPUID: c.cpuid.cpuid})
			if m.CPU != c.cpu {
				t.Errorf("CPU %+v, want %+v", m.CPU, c.cpu)
			}
			if !reflect.DeepEqual(m.Caches, c.caches) {
				t.Errorf("caches %+v, want %+v", m.Caches, c.caches)
			}
			if m.Ways != c.ways || m.Halves != c.halves {
				t.Errorf("%d ways, halving %v; want %d, %v", m.Ways, m.Halves, c.ways, c.halves)
			}
			if len(c.caches) > 0 && m.Nearest != c.caches[0].Bytes*3/2 || len(c.caches) == 0 && m.Nearest != 0 {
				t.Errorf("the first-level cache holds %d bytes", m.Nearest)
			}
			if len(c.caches) > 1 && m.Second != c.caches[1].Bytes || len(c.caches) == 0 && m.Second != 0 {
				t.Errorf("the second-level cache holds %d bytes", m.Second)
			}
			if m.Limits != c.limits {
				t.Errorf("limits %+v, want %+v", m.Limits, c.limits)
			}
		})
	}
	if m := Of(Facts{}); m.Limits != LimitsOf(0) || m.Caches != nil || m.CPU != (CPU{}) {
		t.Errorf("of a machine that says nothing this is known: %+v", m)
	}
}

// TestHalving says of which CPUs kernels of half the width are faster in the caches: of those with
// the first version of AVX10 that are Intel's, by whatever model.
func TestHalving(t *testing.T) {
	for _, c := range []struct {
		name  string
		cpuid recorded
		want  kernel.Halving
	}{
		{"AVX10.1", graniteRapids, kernel.Beyond},
		{"another model", graniteRapids.with(1, 0, Registers{0x000a06d1, 0, 0, 0}), kernel.Beyond},
		{"AVX10.2", graniteRapids.with(0x24, 0, Registers{0, 0x00070002, 0, 0}), kernel.Whole},
		{"no AVX10", graniteRapids.with(7, 1, Registers{0x1c30, 0, 0, 0x00004000}), kernel.Whole},
		{"no subleaf", graniteRapids.with(7, 0, Registers{0, 0xf1bf2ffb, 0x1a415f46, 0x23c14010}), kernel.Whole},
		{"no leaf", graniteRapids.with(0, 0, Registers{0x20, 0x756e6547, 0x6c65746e, 0x49656e69}), kernel.Whole},
		{"of AMD", graniteRapids.with(0, 0, Registers{0x24, 0x68747541, 0x444d4163, 0x69746e65}), kernel.Whole},
		{"Zen 5", zen5, kernel.Picks},
		{"of Intel", zen5.with(0, 0, Registers{0x1c, 0x756e6547, 0x6c65746e, 0x49656e69}), kernel.Whole},
	} {
		if got := Of(Facts{CPUID: c.cpuid.cpuid}).Halves; got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestMeasured says what was measured on kinds of CPU and follows from nothing else.
func TestMeasured(t *testing.T) {
	type measured struct{ block, turned, lines int }
	amd26 := zen4.with(1, 0, Registers{0x00b00f20, 0, 0, 0})
	others := measured{2 << 10, 400, 512 << 10}
	for name, c := range map[string]struct {
		facts Facts
		want  measured
	}{
		"Zen 5":          {Facts{CPUID: amd26.cpuid}, measured{8 << 10, 256, 0}},
		"Zen 4":          {Facts{CPUID: zen4.cpuid}, others},
		"Granite Rapids": {Facts{CPUID: graniteRapids.cpuid}, others},
		"nothing known":  {Facts{}, others},
	} {
		m := Of(c.facts)
		if got := (measured{m.Block, m.Turned, m.Lines}); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestPast(t *testing.T) {
	tuned := Of(Facts{CPUID: zen4.cpuid}).Limits
	shared := Of(Facts{CPUID: sapphireRapids.cpuid}).Limits
	latest := Of(Facts{CPUID: zen5.cpuid}).Limits
	for _, c := range []struct {
		name           string
		limits         Limits
		written, bytes int // MiB
		want           bool
	}{
		{"a third", tuned, 7, 21, false},
		{"a third", tuned, 8, 24, true},
		{"half", tuned, 13, 26, false},
		{"half", tuned, 14, 28, true},
		{"all", tuned, 50, 50, false},
		{"all", tuned, 52, 52, true},
		{"a third, shared", shared, 1, 5, false},
		{"a third, shared", shared, 2, 6, true},
		{"half, shared", shared, 3, 6, true},
		{"more than 0.6, shared", shared, 7, 10, false},
		{"more than 0.6, shared", shared, 13, 16, true},
		{"all, shared", shared, 15, 15, false},
		{"all, shared", shared, 16, 16, true},
		{"half, Zen 5", latest, 13, 26, false},
		{"half, Zen 5", latest, 14, 28, true},
		{"four fifths, Zen 5", latest, 25, 31, false},
		{"four fifths, Zen 5", latest, 26, 32, true},
		{"all, Zen 5", latest, 27, 27, false},
		{"all, Zen 5", latest, 28, 28, true},
		{"unknown", LimitsOf(0), 1000, 3000, false},
		{"a byte", LimitsOf(1), 1, 3, true},
	} {
		if got := c.limits.Past(c.written*mib, c.bytes*mib); got != c.want {
			t.Errorf("%s, %d MiB of %d: %v", c.name, c.written, c.bytes, got)
		}
	}
}

// TestPastFrom holds that results begin to be written past the caches where it says.
func TestPastFrom(t *testing.T) {
	for name, l := range map[string]Limits{"tuned": LimitsOf(32 * mib), "shared": Of(Facts{CPUID: sapphireRapids.cpuid}).Limits, "a byte": LimitsOf(1)} {
		third := l.PastFrom() / 3
		if l.Past(third-1, 3*(third-1)) && third > 1 || !l.Past(third+1, 3*(third+1)) {
			t.Errorf("%s: not from %d bytes on", name, 3*third)
		}
	}
	if l := LimitsOf(0); l.PastFrom() != math.MaxInt {
		t.Errorf("unknown: from %d bytes on", l.PastFrom())
	}
}

// TestToldCache says what the environment changes, and what it can not.
func TestToldCache(t *testing.T) {
	is := Of(Facts{CPUID: sapphireRapids.cpuid})
	for _, c := range []struct {
		value   string
		refused bool
		cache   int
		source  Source
		near    int
	}{
		{"", false, 32 * mib, Shared, 6 * mib},
		{"16777216", false, 16 * mib, Told, 5 * mib},
		{"0", false, 0, Told, math.MaxInt},
		{"-1", true, 32 * mib, Shared, 6 * mib},
		{"32M", true, 32 * mib, Shared, 6 * mib},
		{"1e6", true, 32 * mib, Shared, 6 * mib},
		{"99999999999999999999", true, 32 * mib, Shared, 6 * mib},
	} {
		m := Of(Facts{CPUID: sapphireRapids.cpuid, Cache: c.value})
		if m.Cache != c.cache || m.Source != c.source || m.Near != c.near || m.Crowded != is.Crowded || m.Level != is.Level {
			t.Errorf("%q: %+v", c.value, m)
		}
		if r := m.Refused; (r != nil) != c.refused || r != nil && (r.Variable != CacheVariable || r.Value != c.value) {
			t.Errorf("%q: refused %+v", c.value, r)
		}
	}
	if m := Of(Facts{Level: "fast", Cache: "large"}); m.Refused == nil || m.Refused.Variable != LevelVariable {
		t.Errorf("both are wrong: %+v, want the level refused", m.Refused)
	}
}
