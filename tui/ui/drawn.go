package ui

import "strings"

// Drawn is what a screen drew last. A frame is asked for whenever a message arrives,
// and most change nothing: View only draws where something did.
type Drawn struct {
	text string
	key  drawnKey
}

// drawnKey is what a frame depends on beside the state of its screen.
type drawnKey struct {
	w, h, width, height int
	theme               any
	ascii               bool
}

// View returns the lines of draw, joined: as they were drawn last, unless dirty says
// that what they show has changed, or size, theme or glyphs have. It clears dirty.
func (d *Drawn) View(c *Context, w, h int, dirty *bool, draw func() []string) string {
	key := drawnKey{w, h, c.Width, c.Height, c.Theme, c.ASCII}
	if *dirty || key != d.key {
		d.text, d.key, *dirty = strings.Join(draw(), "\n"), key, false
	}
	return d.text
}
