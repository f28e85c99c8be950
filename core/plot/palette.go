package plot

import "fmt"

// RGB is a color of a picture, 0xRRGGBB.
type RGB uint32

// String returns the color as SVG writes it.
func (c RGB) String() string { return fmt.Sprintf("#%06x", uint32(c)) }

// light reports whether dark ink reads better on the color.
func (c RGB) light() bool {
	r, g, b := uint32(c)>>16, uint32(c)>>8&255, uint32(c)&255
	return 299*r+587*g+114*b > 140_000 // luma of Rec. 601, at a little above the middle
}

// Palette is the colors that a picture is drawn with. A picture in a file is
// looked at somewhere else than on the terminal it was made on, so it does not
// follow the theme of that terminal.
type Palette struct {
	Ground, Ink, Quiet, Rule, Grid RGB
	Series                         [9]RGB         // lines and plain bars; told apart by colour-blind readers too
	Parts                          [6]RGB         // parts of a bar, side by side
	Ramp                           [StepCount]RGB // steps of a heat map, 0 is exactly nothing
}

// series returns the color of a hue; after nine they repeat.
func (p Palette) series(hue int) RGB { return p.Series[wrapped(hue, len(p.Series))] }

func (p Palette) part(hue int) RGB { return p.Parts[wrapped(hue, len(p.Parts))] }

func wrapped(i, n int) int { return (i%n + n) % n }

// Light returns the palette for white paper and browsers.
func Light() Palette {
	return Palette{
		Ground: 0xffffff, Ink: 0x1f2933, Quiet: 0x5c6773, Rule: 0x9aa5b1, Grid: 0xe6e9ed,
		Series: [9]RGB{0x0072b2, 0xc77700, 0x00805d, 0xa8477f, 0x6a4fb3, 0xb8360f, 0x7a6f00, 0x5f6b77, 0x0f8b9d},
		Parts:  [6]RGB{0xc3cad2, 0x7fb8dd, 0x5fb8a8, 0xe8b04a, 0x2f7fb8, 0x9a86c9},
		// Even steps of lightness from yellow to blue, as the light themes have them;
		// the first is the ground, so that nothing looks like nothing.
		Ramp: [StepCount]RGB{0xffffff, 0xf6f0cf, 0xece2ad, 0xe1d289, 0xd5c472, 0xc1b476, 0xada477, 0x9a9578,
			0x84867b, 0x6c777e, 0x556980, 0x3e5a81, 0x2e4a76, 0x203a67, 0x142a58, 0x081b49},
	}
}

// Dark returns the palette for dark pages.
func Dark() Palette {
	return Palette{
		Ground: 0x14181d, Ink: 0xe4e9ef, Quiet: 0xa3adb8, Rule: 0x5d6874, Grid: 0x2a3038,
		Series: [9]RGB{0x56b4e9, 0xe69f00, 0x2fbf93, 0xe08fbf, 0xa995e8, 0xff8a5c, 0xd8cc4a, 0xb4bec9, 0x4fd0e0},
		Parts:  [6]RGB{0x6f7a86, 0x4f9fd0, 0x3fa393, 0xd39a34, 0x8fc7ee, 0xb3a0e3},
		Ramp: [StepCount]RGB{0x14181d, 0x182848, 0x1c3257, 0x233f68, 0x294670, 0x3c5576, 0x4f637b, 0x637280,
			0x788181, 0x8d907d, 0xa49f78, 0xbaae70, 0xcdbf6f, 0xdfcf70, 0xf1e171, 0xfff271},
	}
}
