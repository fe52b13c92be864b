package machine

// Cache is a cache that holds data.
type Cache struct {
	Level     int
	Bytes     int
	Ways      int  // places for a line, 0 if not told
	Sharing   int  // how many logical processors share it at most, 0 if not told
	Inclusive bool // it holds what the nearer ones hold
}

// cachesOf returns the caches that the CPU reports, nearest first.
func cachesOf(cpuid func(leaf, sub uint32) Registers) []Cache {
	leaf, top := uint32(4), cpuid(0, 0).A // Intel
	extended := cpuid(0x8000_0000, 0).A
	if extended >= 0x8000_001d && cpuid(0x8000_0001, 0).C&(1<<22) != 0 { // AMD's topology extensions
		leaf, top = 0x8000_001d, extended
	}
	var caches []Cache
	for sub := uint32(0); sub < 16 && leaf <= top; sub++ {
		r := cpuid(leaf, sub)
		line, partitions, ways := int(r.B&0xfff+1), int(r.B>>12&0x3ff+1), int(r.B>>22+1)
		switch r.A & 0x1f {
		case 0: // no more caches
			top = 0
		case 1, 3: // data, unified
			caches = append(caches, Cache{
				Level:     int(r.A >> 5 & 7),
				Bytes:     line * partitions * ways * int(r.C+1),
				Ways:      ways,
				Sharing:   int(r.A>>14&0xfff + 1),
				Inclusive: r.D&2 != 0,
			})
		}
	}
	if len(caches) == 0 && extended >= 0x8000_0006 {
		return oldCachesOf(cpuid)
	}
	return caches
}

// oldCachesOf returns the two nearest caches as AMD's CPUs told before there was a leaf for
// all. What these leaves say of a third is about all there are, not the one of a core.
func oldCachesOf(cpuid func(leaf, sub uint32) Registers) (caches []Cache) {
	const kib = 1 << 10
	if c := cpuid(0x8000_0005, 0).C; c>>24 > 0 {
		ways := int(c >> 16 & 0xff)
		if ways == 0xff { // all places
			ways = int(c>>24) * kib / max(int(c&0xff), 1)
		}
		caches = append(caches, Cache{Level: 1, Bytes: int(c>>24) * kib, Ways: ways})
	}
	if c := cpuid(0x8000_0006, 0).C; c>>16 > 0 {
		caches = append(caches, Cache{Level: 2, Bytes: int(c>>16) * kib})
	}
	return caches
}
