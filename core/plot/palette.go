package plot

import (
	"fmt"
	"math"
)

// RGB is a color of a picture, 0xRRGGBB.
type RGB uint32

// String returns the color as SVG writes it.
func (c RGB) String() string { return fmt.Sprintf("#%06x", uint32(c)) }

// light reports whether dark ink reads better on the color than white: by the
// contrast of WCAG 2.1, above a luminance of about 0.2.
func (c RGB) light() bool {
	channel := func(shift uint) float64 {
		v := float64(uint32(c)>>shift&255) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return .2126*channel(16)+.7152*channel(8)+.0722*channel(0) > .2
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
		// Even steps of OKLab lightness from pale yellow by green to navy, so that the
		// order holds without color; the first is the ground: nothing looks like nothing.
		Ramp: [StepCount]RGB{0xffffff, 0xf8f6d0, 0xe3e8b8, 0xcddba2, 0xb4ce8f, 0x95c287, 0x70b68a, 0x4da78f,
			0x2b9792, 0x08878f, 0x01758a, 0x006383, 0x045279, 0x01426f, 0x003265, 0x082256},
	}
}

// Dark returns the palette for dark pages.
func Dark() Palette {
	return Palette{
		Ground: 0x14181d, Ink: 0xe4e9ef, Quiet: 0xa3adb8, Rule: 0x5d6874, Grid: 0x2a3038,
		Series: [9]RGB{0x56b4e9, 0xe69f00, 0x2fbf93, 0xe08fbf, 0xa995e8, 0xff8a5c, 0xd8cc4a, 0xb4bec9, 0x4fd0e0},
		Parts:  [6]RGB{0x6f7a86, 0x4f9fd0, 0x3fa393, 0xd39a34, 0x8fc7ee, 0xb3a0e3},
		Ramp: [StepCount]RGB{0x14181d, 0x0e1d40, 0x132b51, 0x163962, 0x184972, 0x175a80, 0x166c8a, 0x1c7e93,
			0x2b8f9a, 0x33a39c, 0x49b59a, 0x6ac693, 0x8fd48d, 0xb3e18d, 0xd6ed90, 0xf9f897},
	}
}
