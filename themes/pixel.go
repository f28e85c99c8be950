package themes

import "strconv"

// Pixel returns the SGR parameters that select the colour r, g, b of a picture as
// foreground or background at depth d, "" where the depth has no colours. Unlike
// the colours of a theme it is what the picture says, at the nearest the terminal
// can show: exact, one of the cube and the greys, or one of the 16 as xterm
// defines them.
func Pixel(d Depth, r, g, b uint8, background bool) string {
	base := "38;"
	if background {
		base = "48;"
	}
	switch d {
	case TrueColor:
		return base + "2;" + strconv.Itoa(int(r)) + ";" + strconv.Itoa(int(g)) + ";" + strconv.Itoa(int(b))
	case ANSI256:
		return base + "5;" + strconv.Itoa(int(near256(r, g, b)))
	case ANSI16:
		return sgr16(near16(r, g, b), background)
	}
	return ""
}

// near256 returns the nearest of the cube and the greys by distance in RGB. It is
// closed form, since a picture has thousands of pixels (nearest256 looks at all
// colours, in a space closer to the eye).
func near256(r, g, b uint8) uint8 {
	level := func(v uint8) uint8 { // of the cube: 0, 95, 135, 175, 215, 255
		switch {
		case v < 48:
			return 0
		case v < 115:
			return 1
		}
		return (v - 35) / 40
	}
	inCube := 16 + 36*level(r) + 6*level(g) + level(b)
	mean := (int(r) + int(g) + int(b)) / 3
	grey := uint8(232 + min(max((mean-3)/10, 0), 23))
	if apart(cube(grey), r, g, b) < apart(cube(inCube), r, g, b) {
		return grey
	}
	return inCube
}

// xterm16 holds the first 16 colours as xterm draws them: a terminal may differ.
var xterm16 = [16][3]uint8{
	{0, 0, 0}, {205, 0, 0}, {0, 205, 0}, {205, 205, 0}, {0, 0, 238}, {205, 0, 205}, {0, 205, 205}, {229, 229, 229},
	{127, 127, 127}, {255, 0, 0}, {0, 255, 0}, {255, 255, 0}, {92, 92, 255}, {255, 0, 255}, {0, 255, 255}, {255, 255, 255},
}

func near16(r, g, b uint8) int {
	best := 0
	for i, c := range xterm16 {
		if apart(c, r, g, b) < apart(xterm16[best], r, g, b) {
			best = i
		}
	}
	return best
}

func apart(c [3]uint8, r, g, b uint8) int {
	dr, dg, db := int(c[0])-int(r), int(c[1])-int(g), int(c[2])-int(b)
	return dr*dr + dg*dg + db*db
}
