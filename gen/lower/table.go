package lower

import (
	"fmt"
	"strings"
)

// A form is an operation on lanes of some bytes; 0 for those that know no lanes.
type form struct {
	name string
	lane int
}

func (f form) String() string {
	if f.lane == 0 {
		return f.name
	}
	return fmt.Sprintf("%s of %d bits", f.name, 8*f.lane)
}

// Levels lists the levels in the order of the columns of the table.
var levels = []string{"avx2", "avx512"}

// table lists the instructions: one row an operation, one column a level; a single name
// serves both, "" is none. Lower-case names are macros of emit.go.
var table = map[form][]string{
	{"add", 1}: {"VPADDB"}, {"add", 2}: {"VPADDW"}, {"add", 4}: {"VPADDD"}, {"add", 8}: {"VPADDQ"},
	{"sub", 1}: {"VPSUBB"}, {"sub", 2}: {"VPSUBW"}, {"sub", 4}: {"VPSUBD"}, {"sub", 8}: {"VPSUBQ"},
	{"mul", 2}: {"VPMULLW"}, {"mul", 4}: {"VPMULLD"}, {"mul", 8}: {"", "VPMULLQ"},
	{"mulhigh signed", 2}: {"VPMULHW"}, {"mulhigh unsigned", 2}: {"VPMULHUW"},
	{"mulround", 2}: {"VPMULHRSW"}, {"mulpairs", 4}: {"VPMADDWD"},
	{"mulwide signed", 8}: {"VPMULDQ"}, {"mulwide unsigned", 8}: {"VPMULUDQ"},

	{"subsat signed", 2}: {"VPSUBSW"},
	{"and", 0}:           {"VPAND", "VPANDD"}, {"or", 0}: {"VPOR", "VPORD"}, {"xor", 0}: {"VPXOR", "VPXORD"},
	{"notand", 0}:  {"VPANDN", "VPANDND"}, // ^a & b
	{"ternary", 0}: {"", "VPTERNLOGD"},    // bit i of imm, with a<<2 | b<<1 | c of i

	{"shl", 2}: {"VPSLLW"}, {"shl", 4}: {"VPSLLD"}, {"shl", 8}: {"VPSLLQ"},
	{"shr unsigned", 2}: {"VPSRLW"}, {"shr unsigned", 4}: {"VPSRLD"}, {"shr unsigned", 8}: {"VPSRLQ"},
	{"shr signed", 2}: {"VPSRAW"}, {"shr signed", 4}: {"VPSRAD"}, {"shr signed", 8}: {"", "VPSRAQ"},

	{"min signed", 1}: {"VPMINSB"}, {"min signed", 2}: {"VPMINSW"}, {"min signed", 4}: {"VPMINSD"}, {"min signed", 8}: {"", "VPMINSQ"},
	{"max signed", 1}: {"VPMAXSB"}, {"max signed", 2}: {"VPMAXSW"}, {"max signed", 4}: {"VPMAXSD"}, {"max signed", 8}: {"", "VPMAXSQ"},
	{"min unsigned", 1}: {"VPMINUB"}, {"min unsigned", 2}: {"VPMINUW"}, {"min unsigned", 4}: {"VPMINUD"}, {"min unsigned", 8}: {"", "VPMINUQ"},
	{"max unsigned", 1}: {"VPMAXUB"}, {"max unsigned", 2}: {"VPMAXUW"}, {"max unsigned", 4}: {"VPMAXUD"}, {"max unsigned", 8}: {"", "VPMAXUQ"},
	{"greater", 2}: {"VPCMPGTW", ""}, {"greater", 8}: {"VPCMPGTQ", ""}, {"equal", 4}: {"VPCMPEQD", ""}, // all ones where it is
	{"choose", 1}: {"VPBLENDVB", ""}, // b where c's highest bit is set, else a

	{"fadd", 4}: {"VADDPS"}, {"fadd", 8}: {"VADDPD"}, {"fsub", 4}: {"VSUBPS"}, {"fsub", 8}: {"VSUBPD"},
	{"fmul", 4}: {"VMULPS"}, {"fmul", 8}: {"VMULPD"}, {"fdiv", 4}: {"VDIVPS"}, {"fdiv", 8}: {"VDIVPD"},
	{"fmin", 4}: {"VMINPS"}, {"fmax", 4}: {"VMAXPS"}, {"fcompare", 4}: {"VCMPPS", ""}, {"fixup", 4}: {"", "VFIXUPIMMPS"},
	{"fmin", 8}: {"VMINPD"}, {"fmax", 8}: {"VMAXPD"}, {"fcompare", 8}: {"VCMPPD", ""}, {"fixup", 8}: {"", "VFIXUPIMMPD"},
	{"fma", 4}: {"VFMADD213PS"}, {"fma", 8}: {"VFMADD213PD"}, {"fround", 8}: {"VROUNDPD", ""}, // a*b + c; to whole numbers

	// Conversions; lanes are those of the result.
	{"int32 to float", 4}: {"VCVTDQ2PS"}, {"int32 to float", 8}: {"VCVTDQ2PD"},
	{"uint32 to float", 4}: {"", "VCVTUDQ2PS"}, {"uint32 to float", 8}: {"", "VCVTUDQ2PD"},
	{"int64 to float", 8}: {"", "VCVTQQ2PD"}, {"uint64 to float", 8}: {"", "VCVTUQQ2PD"},
	{"int64 to float", 4}: {"", "VCVTQQ2PS"}, {"uint64 to float", 4}: {"", "VCVTUQQ2PS"},
	{"float to int32", 4}: {"VCVTPS2DQ"}, {"float cut to int32", 4}: {"VCVTTPS2DQ"},
	{"float to uint32", 4}: {"", "VCVTPS2UDQ"}, {"float cut to uint32", 4}: {"", "VCVTTPS2UDQ"},
	{"float64 to int32", 4}: {"VCVTPD2DQ"}, {"float64 cut to int32", 4}: {"VCVTTPD2DQ"},
	{"float64 to uint32", 4}: {"", "VCVTPD2UDQ"}, {"float64 cut to uint32", 4}: {"", "VCVTTPD2UDQ"},
	{"float64 to int64", 8}: {"", "VCVTPD2QQ"}, {"float64 cut to int64", 8}: {"", "VCVTTPD2QQ"},
	{"float64 to uint64", 8}: {"", "VCVTPD2UQQ"}, {"float64 cut to uint64", 8}: {"", "VCVTTPD2UQQ"},
	{"float32 to float", 8}: {"VCVTPS2PD"}, {"float64 to float", 4}: {"VCVTPD2PS"},
	{"half to float", 4}: {"VCVTPH2PS"}, {"float to half", 2}: {"VCVTPS2PH"},

	// Other widths, the elements in order.
	{"widen 1 signed", 2}: {"VPMOVSXBW"}, {"widen 1 signed", 4}: {"VPMOVSXBD"}, {"widen 1 signed", 8}: {"VPMOVSXBQ"},
	{"widen 2 signed", 4}: {"VPMOVSXWD"}, {"widen 2 signed", 8}: {"VPMOVSXWQ"}, {"widen 4 signed", 8}: {"VPMOVSXDQ"},
	{"widen 1 unsigned", 2}: {"VPMOVZXBW"}, {"widen 1 unsigned", 4}: {"VPMOVZXBD"}, {"widen 1 unsigned", 8}: {"VPMOVZXBQ"},
	{"widen 2 unsigned", 4}: {"VPMOVZXWD"}, {"widen 2 unsigned", 8}: {"VPMOVZXWQ"}, {"widen 4 unsigned", 8}: {"VPMOVZXDQ"},
	{"narrow 2", 1}: {"narrow2to1", "VPMOVWB"}, {"narrow 4", 1}: {"narrow4to1", "VPMOVDB"}, {"narrow 8", 1}: {"", "VPMOVQB"},
	{"narrow 4", 2}: {"narrow4to2", "VPMOVDW"}, {"narrow 8", 2}: {"", "VPMOVQW"}, {"narrow 8", 4}: {"narrow8to4", "VPMOVQD"},
	{"clamp 2 signed", 1}: {"", "VPMOVSWB"}, {"clamp 4 signed", 1}: {"", "VPMOVSDB"}, {"clamp 8 signed", 1}: {"", "VPMOVSQB"},
	{"clamp 4 signed", 2}: {"", "VPMOVSDW"}, {"clamp 8 signed", 2}: {"", "VPMOVSQW"}, {"clamp 8 signed", 4}: {"", "VPMOVSQD"},
	{"clamp 2 unsigned", 1}: {"", "VPMOVUSWB"}, {"clamp 4 unsigned", 1}: {"", "VPMOVUSDB"}, {"clamp 8 unsigned", 1}: {"", "VPMOVUSQB"},
	{"clamp 4 unsigned", 2}: {"", "VPMOVUSDW"}, {"clamp 8 unsigned", 2}: {"", "VPMOVUSQW"}, {"clamp 8 unsigned", 4}: {"", "VPMOVUSQD"},

	// Halves of lanes of 16 bytes, and back.
	{"low", 1}: {"VPUNPCKLBW"}, {"low", 2}: {"VPUNPCKLWD"}, {"low", 4}: {"VPUNPCKLDQ"},
	{"high", 1}: {"VPUNPCKHBW"}, {"high", 2}: {"VPUNPCKHWD"}, {"high", 4}: {"VPUNPCKHDQ"},
	{"pack signed", 1}: {"VPACKSSWB"}, {"pack signed", 2}: {"VPACKSSDW"},
	{"pack unsigned", 1}: {"VPACKUSWB"}, {"pack unsigned", 2}: {"VPACKUSDW"},
	{"pack", 4}:  {"VSHUFPS"}, // by 0x88
	{"weave", 2}: {"weave2"},  // one of the lower half, one of the upper half, and so on

	// Odd lanes of b among even ones of a, by imm 0xaa.
	{"blend", 2}: {"VPBLENDW", ""}, {"blend", 4}: {"VPBLENDD", ""},
	{"swap", 4}: {"VPSHUFD"},
}

// beyond lists, by level and feature, the instructions that a feature adds to those of its level,
// or has in place of them.
var beyond = map[string]map[form]string{
	"avx512-fp16": {{"hmul", 2}: "VMULPH"},
}

// lookup is the instruction of a level, with a feature or with none, "" if it has none.
func lookup(target string, f form) string {
	if name := beyond[target][f]; name != "" {
		return name
	}
	level, _, _ := strings.Cut(target, "-")
	row := table[f]
	switch {
	case len(row) == 0:
		return ""
	case len(row) == 1 || level == levels[0]:
		return row[0]
	}
	return row[1]
}

// InPlace lists the instructions whose first argument is what their result was before.
var InPlace = map[string]bool{"VPTERNLOGD": true, "VFIXUPIMMPS": true, "VFIXUPIMMPD": true, "VFMADD213PS": true, "VFMADD213PD": true}
