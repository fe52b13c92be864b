package machine

import (
	"reflect"
	"testing"
)

// recorded is what CPUID says, by leaf and sub-leaf; of all others it says nothing.
type recorded map[[2]uint32]Registers

func (r recorded) cpuid(leaf, sub uint32) Registers { return r[[2]uint32{leaf, sub}] }

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
	sapphireRapids = recorded{
		{0, 0}: {0x20, 0x756e6547, 0x6c65746e, 0x49656e69},
		{1, 0}: {0x000806f8, 0, 0, 0},
		{4, 0}: {0x04004121, 0x02c0003f, 0x3f, 0},
		{4, 1}: {0x04004122, 0x01c0003f, 0x3f, 0},
		{4, 2}: {0x04004143, 0x03c0003f, 0x7ff, 0},
		{4, 3}: {0x0407c163, 0x04c0003f, 0x3bfff, 4},
	}
	cascadeLake = recorded{
		{0, 0}: {0x16, 0x756e6547, 0x6c65746e, 0x49656e69},
		{1, 0}: {0x00050657, 0, 0, 0},
		{4, 0}: {0x04004121, 0x01c0003f, 0x3f, 0},
		{4, 1}: {0x04004122, 0x01c0003f, 0x3f, 0},
		{4, 2}: {0x04004143, 0x03c0003f, 0x3ff, 0},
		{4, 3}: {0x0407c163, 0x0280003f, 0xcfff, 4},
	}
	none = recorded{{0, 0}: {1, 0x68747541, 0x444d4163, 0x69746e65}, {1, 0}: {0x00800f11, 0, 0, 0}}
)

// TestMachines says what is made of what CPUs tell. The fifth-generation one was recorded;
// the others answer as their documents say for the caches that were reported where they
// were measured, Cascade Lake, which was not, for those that it is sold with.
func TestMachines(t *testing.T) {
	for _, c := range []struct {
		name   string
		cpuid  recorded
		cpu    CPU
		caches []Cache
		ways   int
		halves bool
		limits Limits
	}{
		{"Zen 3", zen3, CPU{amd, 25, 1}, []Cache{{1, 32 * kib, 8, 2, false}, {2, 512 * kib, 8, 2, true}, {3, 32 * mib, 16, 16, false}}, 8, true, LimitsOf(32 * mib)},
		{"Zen 4", zen4, CPU{amd, 25, 17}, []Cache{{1, 32 * kib, 8, 2, false}, {2, mib, 8, 2, true}, {3, 32 * mib, 16, 16, false}}, 8, true, LimitsOf(32 * mib)},
		{"Zen 5, caches hidden", zen5Hidden, CPU{amd, 26, 2}, nil, 0, false, LimitsOf(0)},
		{"Sapphire Rapids", sapphireRapids, CPU{intel, 6, 143}, []Cache{{1, 48 * kib, 12, 2, false}, {2, 2 * mib, 16, 2, false}, {3, 300 * mib, 20, 32, false}}, 12, false, LimitsOf(300 * mib)},
		{"Cascade Lake", cascadeLake, CPU{intel, 6, 85}, []Cache{{1, 32 * kib, 8, 2, false}, {2, mib, 16, 2, false}, {3, 53248 * 11 * 64, 11, 32, false}}, 8, false, LimitsOf(53248 * 11 * 64)},
		{"nothing told", none, CPU{amd, 23, 1}, nil, 0, false, LimitsOf(0)},
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
				t.Errorf("%d ways, halves vectors %v; want %d, %v", m.Ways, m.Halves, c.ways, c.halves)
			}
			if m.Limits != c.limits {
				t.Errorf("limits %+v, want %+v", m.Limits, c.limits)
			}
		})
	}
}
