package main

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/bytearray"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// parseNumber returns the number that a text is, as Python writes them: 2, -0.5, 1e-3, inf, 2j,
// 1+2j. It takes its dtype from what it is multiplied by.
func parseNumber(text string) (n ndarray.Array, is bool, err error) {
	if i, ok := new(big.Int).SetString(text, 10); ok {
		switch {
		case i.IsInt64():
			return ndarray.Weak(i.Int64()), true, nil
		case i.IsUint64():
			return ndarray.Weak(i.Uint64()), true, nil
		}
		return n, true, errors.New("no dtype has so large an integer; with .0 behind it, it is a float")
	}
	if f, ok := parseFloat(text); ok {
		return ndarray.Weak(f), true, nil
	}
	if c, ok := parseComplex(text); ok {
		return ndarray.Weak(c), true, nil
	}
	return n, false, nil
}

func parseFloat(text string) (float64, bool) {
	if strings.ContainsAny(text, "xXpP_") { // which Python does not read
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil || errors.Is(err, strconv.ErrRange)
}

func parseComplex(text string) (complex128, bool) {
	body, ok := strings.CutSuffix(text, "j")
	if !ok {
		return 0, false
	}
	// The last sign that is not an exponent's begins the imaginary part.
	at := 0
	for i := 1; i < len(body); i++ {
		if (body[i] == '+' || body[i] == '-') && body[i-1] != 'e' && body[i-1] != 'E' {
			at = i
		}
	}
	imaginary, ok := parseFloat(body[at:])
	var re float64
	if at > 0 && ok {
		re, ok = parseFloat(body[:at])
	}
	return complex(re, imaginary), ok
}

// isNumber reports whether an operand is a number: a file of the name goes before it, a folder does
// not.
func isNumber(name string) bool {
	if _, is, _ := parseNumber(name); !is {
		return false
	}
	file, err := os.Stat(name)
	return err != nil || file.IsDir()
}

// joinNumbers has numbers leave the alpha of pictures alone, as grey pictures do: they are
// those of each colour.
func joinNumbers(inputs []*input, colours, alpha int) {
	for _, in := range inputs {
		if !in.isNumber() || alpha == 0 {
			continue
		}
		var data []byte
		value := func(v float64) { data = binary.NativeEndian.AppendUint32(data, math.Float32bits(float32(v))) }
		dtype := ndarray.Float32
		re, im := parts(in.number)
		if in.number.DType() == ndarray.Complex128 {
			dtype = ndarray.Complex64
		}
		for c := range colours + 1 {
			if c == colours {
				re, im = 1, 0
			}
			if value(re); dtype == ndarray.Complex64 {
				value(im)
			}
		}
		in.number = ndarray.Array{}
		in.array = bytearray.Packed(dtype, []int{colours + 1}, false, data)
	}
}

// parts returns those of a number.
func parts(number ndarray.Array) (re, im float64) {
	v, err := number.At()
	if err != nil {
		return math.NaN(), 0
	}
	switch v := v.(type) {
	case int64:
		return float64(v), 0
	case uint64:
		return float64(v), 0
	case float64:
		return v, 0
	case complex128:
		return real(v), imag(v)
	}
	return math.NaN(), 0
}
