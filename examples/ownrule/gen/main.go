// Command gen writes package rules.
package main

import "github.com/hadamard-go/hadamard/gen"

func main() {
	gen.Main(gen.Package{
		Name: "rules",
		Dir:  "rules",
		Doc:  "has the rules by which this program multiplies.",
		Rules: []gen.Rule{
			{Name: "q15", Out: "int16", Expr: "int16(min((int32(x)*int32(y)+1<<14)>>15, 1<<15-1))"},
			{Name: "opacity", Out: "uint8", Expr: "uint8((uint32(x)*uint32(y) + 127) / 255)"},
			{Name: "fade", Out: "uint8", B: "float32", Expr: "RoundUint8(float32(x) * y)"},
		},
	})
}
