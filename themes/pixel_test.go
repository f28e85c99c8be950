package themes_test

import (
	"testing"

	"assay/themes"
)

func TestPixelsTakeTheNearestColourOfTheirDepth(t *testing.T) {
	for _, c := range []struct {
		depth   themes.Depth
		r, g, b uint8
		back    bool
		want    string
	}{
		{themes.Mono, 255, 0, 0, false, ""},
		{themes.ANSI16, 250, 10, 5, false, "91"},
		{themes.ANSI16, 0, 0, 0, true, "40"},
		{themes.ANSI256, 0, 0, 0, false, "38;5;16"},
		{themes.ANSI256, 255, 255, 255, true, "48;5;231"},
		{themes.ANSI256, 255, 0, 0, false, "38;5;196"},
		{themes.ANSI256, 95, 135, 175, false, "38;5;67"},
		{themes.ANSI256, 118, 118, 118, false, "38;5;243"}, // a grey: the cube has none so near
		{themes.TrueColor, 1, 22, 203, true, "48;2;1;22;203"},
	} {
		if got := themes.Pixel(c.depth, c.r, c.g, c.b, c.back); got != c.want {
			t.Errorf("%v %d,%d,%d: %q, want %q", c.depth, c.r, c.g, c.b, got, c.want)
		}
	}
}
