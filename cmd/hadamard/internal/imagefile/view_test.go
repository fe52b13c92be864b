package imagefile

import (
	"testing"

	"github.com/hadamard-go/hadamard/cmd/hadamard/internal/imagetest"
	"github.com/hadamard-go/hadamard/runtime/ndarray"
)

// onePNG is a picture of one row.
func onePNG(depth, kind byte, width int, before []byte, row ...byte) []byte {
	return (&imagetest.PNG{Width: width, Height: 1, Depth: depth, Kind: kind, Before: before, Rows: append([]byte{0}, row...)}).Bytes()
}

func TestViews(t *testing.T) {
	const one, two = ndarray.UNorm8, ndarray.UNorm16
	grey := onePNG(8, 0, 2, nil, 7, 200)
	greyAlpha := onePNG(8, 4, 2, nil, 7, 100, 200, 50)
	colour := onePNG(8, 2, 2, nil, 1, 2, 3, 4, 5, 60)
	colourAlpha := onePNG(8, 6, 2, nil, 1, 2, 3, 4, 50, 60, 70, 80)
	deep := onePNG(16, 4, 1, nil, 99, 2, 88, 4)
	tests := []struct {
		name  string
		data  []byte
		view  View
		dtype ndarray.DType
		shape []int
		want  []byte
		err   string
	}{
		{"grey as grey", grey, Grey, one, []int{1, 2, 1}, []byte{7, 200}, ""},
		{"grey as RGB", grey, RGB, one, []int{1, 2, 3}, []byte{7, 7, 7, 200, 200, 200}, ""},
		{"grey's alpha", grey, Alpha, one, nil, nil, "has no alpha, its channels are grey"},
		{"grey of grey and alpha", greyAlpha, Grey, one, []int{1, 2, 1}, []byte{7, 200}, ""},
		{"RGB of grey and alpha", greyAlpha, RGB, one, []int{1, 2, 3}, []byte{7, 7, 7, 200, 200, 200}, ""},
		{"alpha of grey and alpha", greyAlpha, Alpha, one, []int{1, 2, 1}, []byte{100, 50}, ""},
		{"alpha of 16 bits", deep, Alpha, two, []int{1, 1, 1}, words(0x5804), ""},
		{"RGB as RGB", colour, RGB, one, []int{1, 2, 3}, []byte{1, 2, 3, 4, 5, 60}, ""},
		{"RGB as grey", colour, Grey, one, nil, nil, "has no grey, its channels are red, green and blue"},
		{"RGB of RGBA", colourAlpha, RGB, one, []int{1, 2, 3}, []byte{1, 2, 3, 50, 60, 70}, ""},
		{"alpha of RGBA", colourAlpha, Alpha, one, []int{1, 2, 1}, []byte{4, 80}, ""},
		{"what is not there", colour, "red", one, nil, nil, `no part of a picture is called "red"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.err != "" {
				_, err := Decode(test.data, Options{View: test.view})
				wantError(t, err, test.err)
				return
			}
			wantSamples(t, read(t, test.data, Options{View: test.view}, test.dtype, test.shape...), test.want)
		})
	}
}

// A mask is true where a stored colour is not 0, whatever alpha and palette say.
func TestMask(t *testing.T) {
	palette := imagetest.Chunk("PLTE", []byte{255, 255, 255, 0, 0, 0})
	tests := []struct {
		name string
		data []byte
		want []byte
	}{
		{"0 and 1", onePNG(8, 0, 3, nil, 0, 1, 255), []byte{0, 1, 1}},
		{"16 bits", onePNG(16, 0, 3, nil, 0, 0, 0, 1, 1, 0), []byte{0, 1, 1}},
		{"alpha", onePNG(8, 4, 3, nil, 0, 255, 1, 0, 0, 0), []byte{0, 1, 0}},
		{"blue", onePNG(8, 2, 2, nil, 0, 0, 1, 0, 0, 0), []byte{1, 0}},
		{"RGBA", onePNG(8, 6, 2, nil, 0, 0, 0, 255, 0, 1, 0, 0), []byte{0, 1}},
		{"indexes of a palette", onePNG(8, 3, 2, palette, 0, 1), []byte{0, 1}},
	}
	for _, test := range tests {
		wantSamples(t, read(t, test.data, Options{View: Mask}, ndarray.Bool, 1, len(test.want), 1), test.want)
	}
}

func TestWarnings(t *testing.T) {
	const black = "all its samples are 0"
	const dark, clear, labels = "a sixteenth of full scale", "write :alpha", "write :stored behind the name for the indexes"
	palette := imagetest.Chunk("PLTE", []byte{0, 0, 0, 128, 0, 0, 255, 255, 255})
	tests := []struct {
		name string
		data []byte
		view View
		want []string
	}{
		{"15 of 255", onePNG(8, 0, 2, nil, 0, 15), Whole, []string{dark}},
		{"16 of 255", onePNG(8, 0, 2, nil, 0, 16), Whole, nil},
		{"labels", onePNG(8, 0, 2, nil, 0, 7), Whole, []string{"the largest is 7 of 255"}},
		{"labels as stored", onePNG(8, 0, 2, nil, 0, 7), Stored, nil},
		{"a mask of 0 and 1", onePNG(8, 0, 2, nil, 0, 1), Mask, nil},
		{"4095 of 65535", onePNG(16, 0, 1, nil, 0x0f, 0xff), Whole, []string{"the largest is 4095 of 65535"}},
		{"4096 of 65535", onePNG(16, 0, 1, nil, 0x10, 0), Whole, nil},
		{"one bit", onePNG(1, 0, 2, nil, 0x40), Whole, nil},
		{"one of two bits", onePNG(2, 0, 2, nil, 0x10), Whole, nil},
		{"black", onePNG(8, 0, 2, nil, 0, 0), Whole, []string{black}},
		{"dark colours", onePNG(8, 6, 1, nil, 3, 15, 2, 255), Whole, []string{dark}},
		{"one bright colour", onePNG(8, 6, 1, nil, 3, 15, 200, 255), Whole, nil},
		{"a mask in alpha", onePNG(8, 6, 2, nil, 0, 0, 0, 255, 0, 0, 0, 0), Whole, []string{clear}},
		{"a mask in the alpha of grey", onePNG(8, 4, 2, nil, 0, 9, 0, 8), Whole, []string{clear}},
		{"the colours of a mask in alpha", onePNG(8, 4, 2, nil, 0, 9, 0, 8), Grey, []string{clear}},
		{"the mask in alpha", onePNG(8, 6, 2, nil, 0, 0, 0, 255, 0, 0, 0, 0), Alpha, nil},
		{"black below an alpha that is the same", onePNG(8, 4, 2, nil, 0, 9, 0, 9), Whole, []string{black}},
		{"an alpha of 0 and 1", onePNG(8, 4, 2, nil, 200, 0, 0, 1), Alpha, []string{dark}},
		{"labels of colours", onePNG(8, 3, 2, palette, 0, 1), Whole, []string{labels}},
		{"labels of colours as stored", onePNG(8, 3, 2, palette, 0, 1), Stored, nil},
		{"black and white", onePNG(8, 3, 2, palette, 0, 2), Whole, nil},
		{"a picture of few colours", onePNG(2, 3, 3, palette, 0b00011000), Whole, nil},
		{"a mask of a JPEG", asJPEG(t, gradient(8, 8)), Mask, []string{"only nearly"}},
		{"a JPEG", asJPEG(t, gradient(8, 8)), Whole, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := Decode(test.data, Options{View: test.view})
			if err != nil {
				t.Fatal(err)
			}
			wantWarnings(t, p, test.want...)
		})
	}
}

func TestChannels(t *testing.T) {
	for c, want := range []struct {
		colours, alpha int
		name           string
	}{1: {1, 0, "grey"}, 2: {1, 1, "grey and alpha"}, 3: {3, 0, "red, green and blue"}, 4: {3, 1, "red, green, blue and alpha"}, 5: {5, 0, "5 channels"}} {
		if c := Channels(c); c > 0 && (c < 5 && (c.Colours() != want.colours || c.Alpha() != want.alpha) || c.String() != want.name) {
			t.Errorf("%d: %d colours and %d alpha, %s", int(c), c.Colours(), c.Alpha(), c)
		}
	}
}
