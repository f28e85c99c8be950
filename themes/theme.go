package themes

// Theme is a theme at one colour depth, ready to draw with.
type Theme struct {
	name    string
	depth   Depth
	roles   map[string]string
	series  []string
	ramp    [Steps]Shade
	diverge [Steps]Shade

	ground, ink string
}

// Shade is one step of a ramp. Fg and Bg are SGR parameters ("38;5;17") that
// select it as foreground and background, both "" without colours; Char stands
// for it where colour does not, or to tell neighbours apart at 16 colours.
type Shade struct {
	Fg, Bg string
	Char   byte
}

// Name returns the name the theme was asked for by.
func (t *Theme) Name() string { return t.name }

// Depth returns the depth the theme draws at, which may be less than was asked for.
func (t *Theme) Depth() Depth { return t.depth }

// SGR returns the escape sequence that opens a role, "" where the role is plain
// text at this depth or unknown. Close it with "\x1b[m".
func (t *Theme) SGR(role string) string { return t.roles[role] }

// Paint returns text in a role. Text must not hold escape sequences that end in
// a reset: what follows them would be plain.
func (t *Theme) Paint(role, text string) string {
	open := t.roles[role]
	if open == "" || text == "" {
		return text
	}
	return open + text + "\x1b[m"
}

// Paper returns the ground that the theme is made for and the colour of plain text on
// it, as "#rrggbb": what a picture of a screen has in place of those of a terminal.
func (t *Theme) Paper() (ground, ink string) { return t.ground, t.ink }

// Ramp returns a step of the sequential ramp: 0 is nothing, 15 the most. Steps
// outside are taken as the nearest one.
func (t *Theme) Ramp(step int) Shade { return t.ramp[min(max(step, 0), Steps-1)] }

// Diverge returns a step of the diverging ramp: -8 is the least, 0 nothing, 7 the
// most. Steps outside are taken as the nearest one.
func (t *Theme) Diverge(step int) Shade {
	return t.diverge[min(max(step+Steps/2, 0), Steps-1)]
}

// Series returns the escape sequence of the i-th series of a chart; after eight
// the colours repeat. It is "" without colours: give each series a letter too.
func (t *Theme) Series(i int) string {
	if len(t.series) == 0 {
		return ""
	}
	return t.series[((i%len(t.series))+len(t.series))%len(t.series)]
}
