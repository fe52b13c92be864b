package lower

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"testing"
)

// A machine runs vector code as a processor does, on vectors of bytes.
type machine struct {
	n int // elements
	*Code
	vectors map[Value][]byte
}

// run computes the result from n elements of x and y.
func run(c *Code, n int, x, y []byte) []byte {
	m := &machine{n, c, map[Value][]byte{X: x, Y: y}}
	for _, i := range c.List {
		f, ok := semantics[i.Name]
		if !ok {
			panic("no meaning of " + i.Name)
		}
		args := make([][]byte, len(i.Args))
		for j, a := range i.Args {
			args[j] = m.vector(a, c.Bytes[i.To])
		}
		m.vectors[i.To] = f(i.Imm, max(16, n*c.Bytes[i.To]), args)
	}
	return m.vector(c.Out, 0)[:n*c.Bytes[c.Out]]
}

// runPacked is run with the lanes before the result, clamped as packing instructions do.
func runPacked(c *Code, n int, x, y []byte) []byte {
	code := *c
	code.Out, code.Packing = c.Packing.Lanes, nil
	wide := run(&code, n, x, y)
	to := make([]byte, n*c.Bytes[c.Out])
	for i := range n {
		v := sext(get(wide, c.Packing.Lane, i), c.Packing.Lane)
		for size := c.Packing.Lane / 2; size >= c.Bytes[c.Out]; size /= 2 {
			// On the way down numbers stay signed.
			v = sext(clampTo(v, size, c.Packing.Signed || size > c.Bytes[c.Out]), size)
			if size == c.Bytes[c.Out] {
				put(to, size, i, uint64(v))
			}
		}
	}
	return to
}

// vector is a value as bytes, at least 16; constants have as many as are asked for.
func (m *machine) vector(v Value, bytes int) []byte {
	if p, ok := m.Constants[v]; ok {
		r := make([]byte, max(16, m.n*bytes))
		for i := 0; i < len(r); i += 8 {
			binary.LittleEndian.PutUint64(r[i:], p.Word())
		}
		return r
	}
	r := m.vectors[v]
	for len(r) < 16 {
		r = append(r, 0xa5) // what stands beyond the elements may be anything
	}
	return r
}

// A meaning computes a vector of some bytes from others.
type meaning func(imm, w int, args [][]byte) []byte

func get(b []byte, lane, i int) uint64 {
	switch b = b[i*lane:]; lane {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

func put(b []byte, lane, i int, v uint64) {
	for j := range lane {
		b[i*lane+j] = byte(v >> (8 * j))
	}
}

func sext(v uint64, lane int) int64 { return int64(v<<(64-8*lane)) >> (64 - 8*lane) }

// lanes applies a function to the lanes of one, two or three vectors.
func lanes(lane int, f func(imm int, v []uint64) uint64) meaning {
	return widths(lane, lane, f)
}

// widths is lanes with results of other lanes.
func widths(from, to int, f func(imm int, v []uint64) uint64) meaning {
	return func(imm, w int, args [][]byte) []byte {
		r := make([]byte, w)
		v := make([]uint64, len(args))
		for i := range w / to {
			for j, a := range args {
				if v[j] = 0; (i+1)*from <= len(a) {
					v[j] = get(a, from, i)
				}
			}
			put(r, to, i, f(imm, v))
		}
		return r
	}
}

func clampTo(v int64, lane int, signed bool) uint64 {
	b := kind{size: lane, signed: signed}.bounds()
	return uint64(min(max(v, b.lo.Int64()), b.hi.Int64()))
}

// nearestFloat16 is the float16 nearest to a float32.
func nearestFloat16(bits uint64) uint64 {
	return nearestShort(11, -24)(&node{args: []*node{{kind: float32s}}}, []uint64{bits})
}

// semantics says what each instruction and each macro computes.
var semantics = meanings()

func meanings() map[string]meaning {
	m := map[string]meaning{}
	suffix := map[int]string{1: "B", 2: "W", 4: "D", 8: "Q"}
	two := func(name string, lane int, f func(a, b uint64) uint64) {
		m[name] = lanes(lane, func(_ int, v []uint64) uint64 { return f(v[0], v[1]) })
	}
	for lane, s := range suffix {
		two("VPADD"+s, lane, func(a, b uint64) uint64 { return a + b })
		two("VPSUB"+s, lane, func(a, b uint64) uint64 { return a - b })
		two("VPMULL"+s, lane, func(a, b uint64) uint64 { return a * b })
		two("VPMINS"+s, lane, func(a, b uint64) uint64 { return uint64(min(sext(a, lane), sext(b, lane))) })
		two("VPMAXS"+s, lane, func(a, b uint64) uint64 { return uint64(max(sext(a, lane), sext(b, lane))) })
		two("VPMINU"+s, lane, func(a, b uint64) uint64 { return min(a, b) })
		two("VPMAXU"+s, lane, func(a, b uint64) uint64 { return max(a, b) })
		two("VPCMPGT"+s, lane, func(a, b uint64) uint64 {
			if sext(a, lane) > sext(b, lane) {
				return math.MaxUint64
			}
			return 0
		})
		two("VPCMPEQ"+s, lane, func(a, b uint64) uint64 {
			if a == b {
				return math.MaxUint64
			}
			return 0
		})
		m["VPSLL"+s] = lanes(lane, func(imm int, v []uint64) uint64 { return v[0] << imm })
		m["VPSRL"+s] = lanes(lane, func(imm int, v []uint64) uint64 { return v[0] >> imm })
		m["VPSRA"+s] = lanes(lane, func(imm int, v []uint64) uint64 { return uint64(sext(v[0], lane) >> imm) })
		for wide, ws := range suffix {
			if wide <= lane {
				continue
			}
			m["VPMOVSX"+s+ws] = widths(lane, wide, func(_ int, v []uint64) uint64 { return uint64(sext(v[0], lane)) })
			m["VPMOVZX"+s+ws] = widths(lane, wide, func(_ int, v []uint64) uint64 { return v[0] })
			m["VPMOV"+ws+s] = widths(wide, lane, func(_ int, v []uint64) uint64 { return v[0] })
			m["VPMOVS"+ws+s] = widths(wide, lane, func(_ int, v []uint64) uint64 { return clampTo(sext(v[0], wide), lane, true) })
			m["VPMOVUS"+ws+s] = widths(wide, lane, func(_ int, v []uint64) uint64 { return min(v[0], 1<<(8*lane)-1) })
			m[fmt.Sprintf("narrow%dto%d", wide, lane)] = m["VPMOV"+ws+s]
		}
	}
	two("VPSUBSW", 2, func(a, b uint64) uint64 { return clampTo(sext(a, 2)-sext(b, 2), 2, true) })
	two("VPMULHW", 2, func(a, b uint64) uint64 { return uint64(sext(a, 2) * sext(b, 2) >> 16) })
	two("VPMULHUW", 2, func(a, b uint64) uint64 { return a * b >> 16 })
	two("VPMULHRSW", 2, func(a, b uint64) uint64 { return uint64((sext(a, 2)*sext(b, 2)>>14 + 1) >> 1) })
	two("VPMADDWD", 4, func(a, b uint64) uint64 { return uint64(sext(a, 2)*sext(b, 2) + sext(a>>16, 2)*sext(b>>16, 2)) })
	two("VMULPH", 2, func(a, b uint64) uint64 {
		return nearestFloat16(uint64(math.Float32bits(halfValue(uint16(a)) * halfValue(uint16(b)))))
	})
	two("VPMULDQ", 8, func(a, b uint64) uint64 { return uint64(sext(a, 4) * sext(b, 4)) })
	two("VPMULUDQ", 8, func(a, b uint64) uint64 { return a & math.MaxUint32 * (b & math.MaxUint32) })
	for _, d := range []string{"", "D"} {
		two("VPAND"+d, 8, func(a, b uint64) uint64 { return a & b })
		two("VPOR"+d, 8, func(a, b uint64) uint64 { return a | b })
		two("VPXOR"+d, 8, func(a, b uint64) uint64 { return a ^ b })
		two("VPANDN"+d, 8, func(a, b uint64) uint64 { return ^a & b })
	}
	m["VPTERNLOGD"] = lanes(8, func(imm int, v []uint64) uint64 {
		var r uint64
		for i := range 64 {
			index := v[0]>>i&1<<2 | v[1]>>i&1<<1 | v[2]>>i&1
			r |= uint64(imm>>index&1) << i
		}
		return r
	})
	m["VPBLENDVB"] = lanes(1, func(_ int, v []uint64) uint64 {
		if v[2]&0x80 != 0 {
			return v[1]
		}
		return v[0]
	})
	blend := func(lane int) meaning {
		return func(imm, w int, args [][]byte) []byte {
			r := make([]byte, w)
			for i := range w / lane {
				put(r, lane, i, get(args[imm>>(i%8)&1], lane, i))
			}
			return r
		}
	}
	m["VPBLENDW"], m["VPBLENDD"] = blend(2), blend(4)
	// Within each 16 bytes.
	within := func(f func(imm int, a, b, r []byte)) meaning {
		return func(imm, w int, args [][]byte) []byte {
			r := make([]byte, w)
			for i := 0; i < w; i += 16 {
				f(imm, args[0][i:i+16], args[len(args)-1][i:i+16], r[i:i+16])
			}
			return r
		}
	}
	unpack := func(lane, from int) meaning {
		return within(func(_ int, a, b, r []byte) {
			for i := range 8 / lane {
				put(r, lane, 2*i, get(a, lane, i+from/lane))
				put(r, lane, 2*i+1, get(b, lane, i+from/lane))
			}
		})
	}
	pack := func(lane int, signed bool) meaning {
		return within(func(_ int, a, b, r []byte) {
			for i := range 8 / lane {
				put(r, lane, i, clampTo(sext(get(a, 2*lane, i), 2*lane), lane, signed))
				put(r, lane, i+8/lane, clampTo(sext(get(b, 2*lane, i), 2*lane), lane, signed))
			}
		})
	}
	m["VPUNPCKLBW"], m["VPUNPCKLWD"], m["VPUNPCKLDQ"] = unpack(1, 0), unpack(2, 0), unpack(4, 0)
	m["VPUNPCKHBW"], m["VPUNPCKHWD"], m["VPUNPCKHDQ"] = unpack(1, 8), unpack(2, 8), unpack(4, 8)
	m["VPACKSSWB"], m["VPACKSSDW"] = pack(1, true), pack(2, true)
	m["VPACKUSWB"], m["VPACKUSDW"] = pack(1, false), pack(2, false)
	m["VSHUFPS"] = within(func(imm int, a, b, r []byte) {
		for i := range 4 {
			from := a
			if i >= 2 {
				from = b
			}
			put(r, 4, i, get(from, 4, imm>>(2*i)&3))
		}
	})
	m["weave2"] = within(func(_ int, a, _, r []byte) {
		for i := range 4 {
			put(r, 2, 2*i, get(a, 2, i))
			put(r, 2, 2*i+1, get(a, 2, i+4))
		}
	})
	m["VPSHUFD"] = within(func(imm int, a, _, r []byte) {
		for i := range 4 {
			put(r, 4, i, get(a, 4, imm>>(2*i)&3))
		}
	})
	f32, f64 := float32s, float64s
	for name, f := range map[string]func(a, b float64) float64{
		"VADDP": func(a, b float64) float64 { return a + b },
		"VSUBP": func(a, b float64) float64 { return a - b },
		"VMULP": func(a, b float64) float64 { return a * b },
		"VDIVP": func(a, b float64) float64 { return a / b },
	} {
		two(name+"S", 4, func(a, b uint64) uint64 { return f32.fromFloat64(f(f32.float64(a), f32.float64(b))) })
		two(name+"D", 8, func(a, b uint64) uint64 { return f64.fromFloat64(f(f64.float64(a), f64.float64(b))) })
	}
	for size, k := range map[int]kind{4: f32, 8: f64} {
		suffix := map[int]string{4: "S", 8: "D"}[size]
		two("VMINP"+suffix, size, func(a, b uint64) uint64 { // the second one where they do not compare
			if k.float64(a) < k.float64(b) {
				return a
			}
			return b
		})
		two("VMAXP"+suffix, size, func(a, b uint64) uint64 {
			if k.float64(a) > k.float64(b) {
				return a
			}
			return b
		})
		m["VCMPP"+suffix] = lanes(size, func(imm int, v []uint64) uint64 {
			if imm != anyNaN && imm != noNaN {
				panic("a comparison that has no meaning here")
			}
			if (math.IsNaN(k.float64(v[0])) || math.IsNaN(k.float64(v[1]))) == (imm == anyNaN) {
				return math.MaxUint64
			}
			return 0
		})
		m["VFIXUPIMMP"+suffix] = lanes(size, func(_ int, v []uint64) uint64 {
			nan, known := map[uint64]uint64{0x11111188: 0, 0x11111133: k.fromFloat64(math.NaN())}[v[2]]
			if !known {
				panic("a table that has no meaning here")
			}
			if math.IsNaN(k.float64(v[1])) {
				return nan
			}
			return v[1]
		})
		m["VFMADD213P"+suffix] = lanes(size, func(_ int, v []uint64) uint64 {
			a, b, c := k.float64(v[0]), k.float64(v[1]), k.float64(v[2])
			if x := a * b; math.IsNaN(x) || math.IsInf(x, 0) || math.IsNaN(c) || math.IsInf(c, 0) {
				return k.fromFloat64(x + c)
			}
			exact := new(big.Float).SetPrec(5000).Mul(big.NewFloat(a), big.NewFloat(b))
			exact.Add(exact, big.NewFloat(c))
			if size == 4 {
				f, _ := exact.Float32()
				return uint64(math.Float32bits(f))
			}
			f, _ := exact.Float64()
			return math.Float64bits(f)
		})
	}
	m["VROUNDPD"] = lanes(8, func(imm int, v []uint64) uint64 {
		return math.Float64bits(map[int]func(float64) float64{8: math.RoundToEven, 9: math.Floor, 11: math.Trunc}[imm](f64.float64(v[0])))
	})
	from := func(name string, a, b int, signed bool) {
		m[name] = widths(a, b, func(_ int, v []uint64) uint64 {
			n := &node{kind: kind{size: a, signed: signed}}
			return n.convertTo(kind{size: b, signed: true, float: true}, v[0])
		})
	}
	from("VCVTDQ2PS", 4, 4, true)
	from("VCVTDQ2PD", 4, 8, true)
	from("VCVTUDQ2PS", 4, 4, false)
	from("VCVTUDQ2PD", 4, 8, false)
	from("VCVTQQ2PD", 8, 8, true)
	from("VCVTUQQ2PD", 8, 8, false)
	from("VCVTQQ2PS", 8, 4, true)
	from("VCVTUQQ2PS", 8, 4, false)
	for source, k := range map[string]kind{"PS": f32, "PD": f64} {
		for cut, whole := range map[string]func(float64) float64{"": math.RoundToEven, "T": math.Trunc} {
			for to, b := range map[string]interval{"DQ": kind{size: 4, signed: true}.bounds(), "UDQ": kind{size: 4}.bounds()} {
				m["VCVT"+cut+source+"2"+to] = widths(k.size, 4, func(_ int, v []uint64) uint64 {
					f := whole(k.float64(v[0]))
					if lo, hi := float64(b.lo.Int64()), float64(b.hi.Int64()); !(f >= lo && f <= hi) {
						return map[string]uint64{"DQ": 1 << 31, "UDQ": 1<<32 - 1}[to]
					}
					return uint64(int64(f))
				})
			}
		}
	}
	for cut, whole := range map[string]func(float64) float64{"": math.RoundToEven, "T": math.Trunc} {
		m["VCVT"+cut+"PD2QQ"] = lanes(8, func(_ int, v []uint64) uint64 {
			if f := whole(f64.float64(v[0])); f >= -1<<63 && f < 1<<63 {
				return uint64(int64(f))
			}
			return 1 << 63
		})
		m["VCVT"+cut+"PD2UQQ"] = lanes(8, func(_ int, v []uint64) uint64 {
			if f := whole(f64.float64(v[0])); f >= 0 && f < 1<<64 {
				return uint64(f)
			}
			return math.MaxUint64
		})
	}
	m["VCVTPS2PD"] = widths(4, 8, func(_ int, v []uint64) uint64 { return f64.fromFloat64(f32.float64(v[0])) })
	m["VCVTPD2PS"] = widths(8, 4, func(_ int, v []uint64) uint64 { return f32.fromFloat64(f64.float64(v[0])) })
	m["VCVTPH2PS"] = widths(2, 4, func(_ int, v []uint64) uint64 { return vocabulary()["Float16.Float32"].eval(nil, v[:1]) })
	m["VCVTPS2PH"] = widths(4, 2, func(_ int, v []uint64) uint64 { return nearestFloat16(v[0]) })
	return m
}

// Every instruction of the table has a meaning, so that what is lowered can be run.
func TestMeanings(t *testing.T) {
	for target, instructions := range beyond {
		for f, name := range instructions {
			if semantics[name] == nil {
				t.Errorf("%s at %s: no meaning of %s", f, target, name)
			}
		}
	}
	for f, row := range table {
		for _, name := range row {
			if name != "" && semantics[name] == nil {
				t.Errorf("%s: no meaning of %s", f, name)
			}
		}
	}
}

// same tells whether two results are equal; NaN is NaN whatever its other bits are.
func (k kind) same(a, b uint64) bool {
	return a == b || k.float && math.IsNaN(k.float64(a)) && math.IsNaN(k.float64(b))
}

// halfNaN tells whether bits are a NaN of a half type with so many bits of fraction.
func halfNaN(v uint64, fraction int) bool {
	return bits.Len64(v&0x7fff) == 15 && v&0x7fff > 0x7fff>>fraction<<fraction
}
