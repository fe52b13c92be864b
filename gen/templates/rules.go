package templates

import (
	"fmt"

	"github.com/dave/jennifer/jen"
)

// The rule of the half-precision types multiplies in float32 and lets the
// constructor round once. It is as good as rounding the exact product once: a
// float16 product is exact in float32, and a bfloat16 product that is not exact
// (below float32's least normal number) lies so far below half of the least
// bfloat16 that both roundings give zero.

// textbook is the complex product with every real product rounded to the
// component's precision: the conversions keep the compiler from fusing a
// product into the sum, and from computing in a wider type.
func textbook(component string) string {
	return fmt.Sprintf("complex(%[1]s(real(x)*real(y))-%[1]s(imag(x)*imag(y)), %[1]s(real(x)*imag(y))+%[1]s(imag(x)*real(y)))", component)
}

// conjugate is the textbook product with the conjugate of y.
func conjugate(component string) string {
	return fmt.Sprintf("complex(%[1]s(real(x)*real(y))+%[1]s(imag(x)*imag(y)), %[1]s(imag(x)*real(y))-%[1]s(real(x)*imag(y)))", component)
}

// promoted is the textbook product with a real x.
func promoted(component string) string {
	return fmt.Sprintf("complex(%[1]s(x*real(y))-%[1]s(0*imag(y)), %[1]s(x*imag(y))+%[1]s(0*real(y)))", component)
}

// declareFloat16 emits the type Float16.
func declareFloat16(f *jen.File) {
	f.Comment("Float16 is an IEEE 754 binary16 number, held as its bits.")
	f.Type().Id("Float16").Uint16()

	f.Comment("NewFloat16 rounds to the nearest Float16, ties to even. What is out of range")
	f.Comment("becomes infinite; a NaN stays a NaN.")
	f.Func().Id("NewFloat16").Params(jen.Id("x").Float32()).Id("Float16").Block(
		jen.Id("b").Op(":=").Qual("math", "Float32bits").Call(jen.Id("x")),
		jen.Id("sign").Op(":=").Id("Float16").Call(jen.Id("b").Op(">>").Lit(16).Op("&").Id("0x8000")),
		jen.Id("b").Op("&^=").Lit(1).Op("<<").Lit(31),
		jen.Switch().Block(
			jen.Case(jen.Id("b").Op(">").Id("0x7f800000")).Block(jen.Comment("NaN: made quiet"),
				jen.Return(jen.Id("sign").Op("|").Id("0x7e00").Op("|").Id("Float16").Call(jen.Id("b").Op(">>").Lit(13).Op("&").Id("0x3ff")))),
			jen.Case(jen.Id("b").Op(">=").Id("0x47800000")).Block(jen.Comment("65536 and more"),
				jen.Return(jen.Id("sign").Op("|").Id("0x7c00"))),
			jen.Case(jen.Id("b").Op("<").Id("0x38800000")).Block(jen.Comment("below the least normal number: adding 0.5 rounds to a multiple of 2^-24"),
				jen.Id("half").Op(":=").Qual("math", "Float32frombits").Call(jen.Id("b")).Op("+").Lit(0.5),
				jen.Return(jen.Id("sign").Op("|").Id("Float16").Call(jen.Qual("math", "Float32bits").Call(jen.Id("half")).Op("-").Id("0x3f000000")))),
		),
		jen.Id("b").Op("+=").Id("0xfff").Op("+").Id("b").Op(">>").Lit(13).Op("&").Lit(1).Comment("a carry out of the fraction is a step of the exponent"),
		jen.Return(jen.Id("sign").Op("|").Id("Float16").Call(jen.Parens(jen.Id("b").Op("-").Id("0x38000000")).Op(">>").Lit(13))),
	)

	f.Comment("Float32 returns the number as a float32, exactly.")
	f.Func().Params(jen.Id("h").Id("Float16")).Id("Float32").Params().Float32().Block(
		jen.Id("sign").Op(":=").Uint32().Call(jen.Id("h").Op("&").Id("0x8000")).Op("<<").Lit(16),
		jen.Id("b").Op(":=").Uint32().Call(jen.Id("h").Op("&").Id("0x7fff")).Op("<<").Lit(13),
		jen.Switch().Block(
			jen.Case(jen.Id("b").Op(">").Id("0x0f800000")).Block(jen.Comment("NaN: made quiet"),
				jen.Id("b").Op("|=").Id("0x7fc00000")),
			jen.Case(jen.Id("b").Op("==").Id("0x0f800000")).Block(jen.Comment("infinity"),
				jen.Id("b").Op("=").Id("0x7f800000")),
			jen.Case(jen.Id("b").Op("<").Id("0x00800000")).Block(jen.Comment("zero or subnormal: a multiple of 2^-24"),
				jen.Id("b").Op("=").Qual("math", "Float32bits").Call(jen.Float32().Call(jen.Id("b").Op(">>").Lit(13)).Op("*").Id("0x1p-24"))),
			jen.Default().Block(jen.Id("b").Op("+=").Id("0x38000000")),
		),
		jen.Return(jen.Qual("math", "Float32frombits").Call(jen.Id("sign").Op("|").Id("b"))),
	)
	declareString(f, "Float16")
}

// declareBFloat16 emits the type BFloat16.
func declareBFloat16(f *jen.File) {
	f.Comment("BFloat16 is the upper half of an IEEE 754 binary32 number, held as its bits.")
	f.Type().Id("BFloat16").Uint16()

	f.Comment("NewBFloat16 rounds to the nearest BFloat16, ties to even. What is out of range")
	f.Comment("becomes infinite; a NaN stays a NaN.")
	f.Func().Id("NewBFloat16").Params(jen.Id("x").Float32()).Id("BFloat16").Block(
		jen.Id("b").Op(":=").Qual("math", "Float32bits").Call(jen.Id("x")),
		jen.If(jen.Id("x").Op("!=").Id("x")).Block(
			jen.Return(jen.Id("BFloat16").Call(jen.Id("b").Op(">>").Lit(16)).Op("|").Id("0x40")).Comment("NaN: made quiet"),
		),
		jen.Return(jen.Id("BFloat16").Call(
			jen.Parens(jen.Id("b").Op("+").Id("0x7fff").Op("+").Id("b").Op(">>").Lit(16).Op("&").Lit(1)).Op(">>").Lit(16))),
	)

	f.Comment("Float32 returns the number as a float32, exactly.")
	f.Func().Params(jen.Id("h").Id("BFloat16")).Id("Float32").Params().Float32().Block(
		jen.Return(jen.Qual("math", "Float32frombits").Call(jen.Uint32().Call(jen.Id("h")).Op("<<").Lit(16))),
	)
	declareString(f, "BFloat16")
}

// The rule of the fractions of full scale is the exact product, rounded to the nearest
// fraction. Full scale is odd, so that none lies half-way between two.

// declareUNorm8 emits the type UNorm8.
func declareUNorm8(f *jen.File) {
	declareUNorm(f, 8, 1<<8-1)
	f.Comment("UNorm16 returns the same fraction with 16 bits, exactly.")
	f.Func().Params(jen.Id("h").Id("UNorm8")).Id("UNorm16").Params().Id("UNorm16").Block(
		jen.Return(jen.Id("UNorm16").Call(jen.Id("h")).Op("*").Lit(257)),
	)
}

// declareUNorm16 emits the type UNorm16.
func declareUNorm16(f *jen.File) {
	declareUNorm(f, 16, 1<<16-1)
	f.Comment("UNorm8 returns the nearest fraction of 8 bits. None lies half-way between two.")
	f.Func().Params(jen.Id("h").Id("UNorm16")).Id("UNorm8").Params().Id("UNorm8").Block(
		jen.Return(jen.Id("UNorm8").Call(jen.Parens(jen.Uint32().Call(jen.Id("h")).Op("+").Lit(128)).Op("/").Lit(257))),
	)
}

// declareUNorm emits the type of fractions of full, and its conversions from and to float32.
func declareUNorm(f *jen.File, bits, full int) {
	typ, fullScale := fmt.Sprint("UNorm", bits), jen.Lit(full)
	f.Commentf("%s is a fraction of full scale: the number n stands for n/%d, so that 0 is 0 and %d", typ, full, full)
	f.Commentf("is 1. Samples of pictures and masks with %d bits are such fractions. Its value as an integer", bits)
	f.Comment("is n.")
	f.Type().Id(typ).Id(fmt.Sprint("uint", bits))

	f.Commentf("New%[1]s returns the %[1]s nearest to x, ties to even. What is more than 1 becomes 1;", typ)
	f.Comment("what is less than 0, and NaN, becomes 0.")
	f.Func().Id("New"+typ).Params(jen.Id("x").Float32()).Id(typ).Block(
		jen.Switch().Block(
			jen.Case(jen.Id("x").Op(">=").Lit(1)).Block(jen.Return(fullScale.Clone())),
			jen.Case(jen.Id("x").Op(">").Lit(0)).Block(jen.Comment("the product is exact"),
				jen.Return(jen.Id(typ).Call(jen.Qual("math", "RoundToEven").Call(jen.Float64().Call(jen.Id("x")).Op("*").Add(fullScale))))),
		),
		jen.Return(jen.Lit(0)),
	)

	f.Commentf("Float32 returns the nearest float32, from which New%s makes the same fraction again.", typ)
	f.Func().Params(jen.Id("h").Id(typ)).Id("Float32").Params().Float32().Block(
		jen.Return(jen.Float32().Call(jen.Id("h")).Op("/").Add(fullScale)),
	)
	declareString(f, typ)
}

// declareString emits the method that prints the number, not its bits.
func declareString(f *jen.File, typ string) {
	f.Comment("String returns the shortest decimal that the number's float32 is read from.")
	f.Func().Params(jen.Id("h").Id(typ)).Id("String").Params().String().Block(
		jen.Return(jen.Qual("strconv", "FormatFloat").Call(jen.Float64().Call(jen.Id("h").Dot("Float32").Call()), jen.LitRune('g'), jen.Lit(-1), jen.Lit(32))),
	)
}
