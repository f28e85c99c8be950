package themes

// Steps is the number of steps of a ramp: every scale is cut to so many, which
// keeps the bytes of a heat map low and its legend readable.
const Steps = 16

// ramp is a scale of colours at the three depths that have any. Mono characters
// belong to the step, not to the theme.
type ramp struct {
	full [Steps]color
	c256 [Steps]uint8
	c16  [Steps]uint8
}

// namedRamps returns the ramps that theme files may name. The sequential ones keep
// their hue between blue and yellow, which every kind of colour vision tells apart,
// and grow evenly in OKLab lightness (in steps of 0.05), so that equal steps look
// equal. The indices were searched once: least distance in OKLab under the
// condition that lightness stays monotone.
func namedRamps() map[string]ramp {
	return map[string]ramp{
		"blue-yellow": { // dark grounds: nothing is dark
			full: hex(0x05122e, 0x0c1e3f, 0x142b50, 0x1d3861, 0x294670, 0x3c5576, 0x4f637b, 0x637280,
				0x788181, 0x8d907d, 0xa49f78, 0xbaae70, 0xcdbf6f, 0xdfcf70, 0xf1e171, 0xfff271),
			c256: [Steps]uint8{233, 17, 18, 237, 24, 60, 242, 243, 244, 245, 108, 143, 179, 186, 221, 228},
			c16:  [Steps]uint8{0, 0, 0, 4, 4, 4, 8, 8, 8, 3, 3, 3, 3, 11, 11, 11},
		},
		"yellow-blue": { // light grounds: nothing is light
			full: hex(0xfbf8e1, 0xf2ebc4, 0xe9dfa7, 0xe1d289, 0xd5c472, 0xc1b476, 0xada477, 0x9a9578,
				0x84867b, 0x6c777e, 0x556980, 0x3e5a81, 0x2e4a76, 0x203a67, 0x142a58, 0x081b49),
			c256: [Steps]uint8{231, 230, 187, 186, 185, 179, 144, 101, 244, 243, 242, 60, 24, 237, 236, 17},
			c16:  [Steps]uint8{15, 15, 15, 11, 11, 11, 3, 3, 3, 8, 8, 8, 4, 4, 4, 4},
		},
		// Diverging: eight steps of blue below nothing, seven of orange above, both
		// leaving the ground evenly. Index 8 is nothing.
		"blue-orange-dark": {
			full: hex(0x92d8ff, 0x79bae6, 0x609ecc, 0x4982b3, 0x32669a, 0x2f5479, 0x2b4259, 0x26303b,
				0x1f1f1f, 0x3d2e23, 0x5d3c25, 0x7e4a24, 0x9f5c26, 0xbb793d, 0xd89653, 0xf5b46a),
			c256: [Steps]uint8{117, 110, 74, 67, 25, 24, 238, 236, 234, 235, 237, 94, 130, 137, 173, 215},
			c16:  [Steps]uint8{14, 14, 6, 6, 4, 4, 4, 0, 0, 0, 1, 1, 3, 3, 11, 11},
		},
		"blue-orange-light": {
			full: hex(0x11397b, 0x255392, 0x3a6ea9, 0x5089c1, 0x67a5d9, 0x8ab8e0, 0xadcbe6, 0xcfdfec,
				0xf2f2f2, 0xeedbc9, 0xe9c4a0, 0xe4ac76, 0xd8934e, 0xbf7639, 0xa55b24, 0x8c3f0d),
			c256: [Steps]uint8{18, 24, 61, 67, 74, 110, 153, 253, 255, 224, 223, 180, 173, 137, 130, 94},
			c16:  [Steps]uint8{4, 4, 4, 6, 6, 6, 14, 15, 15, 15, 11, 11, 3, 3, 1, 1},
		},
	}
}

func hex(values ...uint32) (out [Steps]color) {
	for i, v := range values {
		out[i] = color{kind: rgb, r: uint8(v >> 16), g: uint8(v >> 8), b: uint8(v)}
	}
	return out
}

// sequentialChar returns the character of a step, 0..15.
func sequentialChar(step int) byte {
	const ink = " .:-=+*#%@"
	return ink[(step*(len(ink)-1)+Steps/2-1)/(Steps-1)]
}

// divergeChar returns the character of a step, -8..7: the two directions have
// different shapes, so that the sign shows without colour.
func divergeChar(step int) byte {
	if step < 0 {
		return " ,;~-oO08"[-step]
	}
	return " .:+*#%@"[step]
}
