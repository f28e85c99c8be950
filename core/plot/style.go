package plot

// Style is how pictures go into files: in which colors, and as lines that stay
// sharp at any size (SVG) or as pixels (PNG), for what cannot show the former.
type Style struct {
	Palette Palette
	Pixels  bool
}

// Ext is the ending of the files: ".svg" or ".png".
func (s Style) Ext() string {
	if s.Pixels {
		return ".png"
	}
	return ".svg"
}

// Picture draws a scene. The error is that of the encoder of pixels.
func (s Style) Picture(of Scene) ([]byte, error) {
	if s.Pixels {
		return PNG(of, s.Palette)
	}
	return SVG(of, s.Palette), nil
}
