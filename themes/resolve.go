package themes

import (
	"fmt"
	"slices"
)

// spec is a theme with its inheritance resolved, at no depth yet.
type spec struct {
	background color
	deepest    Depth // the theme uses no depth beyond this one
	light      bool  // the variant
	published  bool  // the colours are somebody's palette and stay as they are
	roles      map[string]role
	series     []color
	series16   []uint8
	ramp       ramp
	diverge    ramp

	rampAt, divergeAt, seriesAt, backgroundAt entry
}

// Resolve reads a theme with all it inherits, checks it and returns it at a depth.
// The error is an *Error, several of them joined.
func (s Set) Resolve(name string, d Depth) (*Theme, error) {
	entries, err := s.chain(name)
	if err != nil {
		return nil, err
	}
	sp, err := build(entries)
	if err != nil {
		return nil, err
	}
	if err := sp.check(); err != nil {
		return nil, err
	}
	return sp.at(name, min(d, sp.deepest)), nil
}

// build applies entries in order: a later role, colour or list replaces an
// earlier one as a whole.
func build(entries []entry) (*spec, error) {
	sp := &spec{deepest: TrueColor, roles: map[string]role{}}
	palette := map[string]entry{}
	roles := map[string][]entry{}
	chart := map[string]entry{}
	for _, e := range entries {
		switch e.key[0] {
		case "palette":
			palette[e.key[1]] = e
		case "chart":
			// A new ramp drops the indices that were made for the old one.
			switch e.key[1] {
			case "ramp", "diverge":
				delete(chart, e.key[1]+"256")
				delete(chart, e.key[1]+"16")
			}
			chart[e.key[1]] = e
		case "roles":
			// A file that mentions a role again replaces the inherited one.
			if old := roles[e.key[1]]; len(old) > 0 && old[0].file != e.file {
				roles[e.key[1]] = nil
			}
			roles[e.key[1]] = append(roles[e.key[1]], e)
		case "background":
			c, err := sp.color(e, palette)
			if err != nil {
				return nil, err
			}
			sp.background, sp.backgroundAt = c, e
		case "colors":
			switch e.value {
			case "mono":
				sp.deepest = Mono
			case "16":
				sp.deepest = ANSI16
			case "256":
				sp.deepest = ANSI256
			case "truecolor":
				sp.deepest = TrueColor
			default:
				return nil, e.fault("expected \"mono\", \"16\", \"256\" or \"truecolor\"")
			}
		case "origin":
			if _, err := e.text(); err != nil {
				return nil, err
			}
			sp.published = true
		case "variant":
			if e.value != "dark" && e.value != "light" {
				return nil, e.fault("expected \"dark\" or \"light\"")
			}
			sp.light = e.value == "light"
		default: // name, pair, inherits
			if _, err := e.text(); err != nil {
				return nil, err
			}
		}
	}
	for _, name := range Roles() { // in order, so that the first fault is the same every time
		r := role{ansi: -1, ansiBg: -1}
		for _, e := range roles[name] {
			if r.at.key == nil || e.key[2] == "fg" { // faults of a role point at its text colour
				r.at = e
			}
			if err := r.set(sp, e, palette); err != nil {
				return nil, err
			}
		}
		sp.roles[name] = r
	}
	return sp, sp.charts(chart, palette)
}

// color reads a colour value: a literal or a name of the palette.
func (sp *spec) color(e entry, palette map[string]entry) (color, error) {
	switch v := e.value.(type) {
	case int64:
		n, err := e.index(255)
		return color{kind: indexed, index: n}, err
	case string:
		if named, ok := palette[v]; ok && e.key[0] != "palette" {
			return sp.color(named, palette)
		}
		c, err := parseColor(v)
		if err != nil {
			var names []string
			for n := range palette {
				names = append(names, n)
			}
			slices.Sort(names)
			return c, e.fault("%v%s", err, suggest(v, names))
		}
		return c, nil
	}
	return color{}, e.fault("expected a colour")
}

func (r *role) set(sp *spec, e entry, palette map[string]entry) (err error) {
	switch e.key[2] {
	case "fg":
		r.fg, err = sp.color(e, palette)
	case "bg":
		r.bg, err = sp.color(e, palette)
	case "attr":
		r.attr, err = attributes(e)
	case "mono":
		r.monoAttr, err = attributes(e)
	case "ansi", "ansi_bg":
		var n uint8
		n, err = e.index(15)
		if e.key[2] == "ansi" {
			r.ansi = int(n)
		} else {
			r.ansiBg = int(n)
		}
	}
	return err
}

// charts reads the colours of series and ramps.
func (sp *spec) charts(chart map[string]entry, palette map[string]entry) (err error) {
	const series = 8 // more lines than this cannot be told apart by colour
	if e, ok := chart["series"]; ok {
		list, _ := e.value.([]any)
		if len(list) != series {
			return e.fault("expected a list of %d colours", series)
		}
		for _, v := range list {
			c, err := sp.color(entry{e.file, e.line, e.key, v}, palette)
			if err != nil {
				return err
			}
			sp.series = append(sp.series, c)
		}
		sp.seriesAt = e
	}
	if e, ok := chart["series16"]; ok {
		if sp.series16, err = e.indices(series, 15); err != nil {
			return err
		}
	}
	if sp.ramp, sp.rampAt, err = sp.oneRamp("ramp", chart, palette); err != nil {
		return err
	}
	sp.diverge, sp.divergeAt, err = sp.oneRamp("diverge", chart, palette)
	return err
}

func (sp *spec) oneRamp(key string, chart, palette map[string]entry) (r ramp, at entry, err error) {
	at, ok := chart[key]
	if !ok {
		return r, at, nil
	}
	switch v := at.value.(type) {
	case string:
		known := namedRamps()
		if r, ok = known[v]; !ok {
			var names []string
			for n := range known {
				names = append(names, n)
			}
			slices.Sort(names)
			return r, at, at.fault("no ramp %q; known are %v", v, names)
		}
	case []any:
		if len(v) != Steps {
			return r, at, at.fault("expected a name or a list of %d colours", Steps)
		}
		for i, x := range v {
			if r.full[i], err = sp.color(entry{at.file, at.line, at.key, x}, palette); err != nil {
				return r, at, err
			}
			r.c256[i] = nearest256(r.full[i])
		}
		if _, ok := chart[key+"16"]; !ok {
			return r, at, at.fault("a ramp of own colours needs %s16 beside it, %d numbers from 0 to 15", key, Steps)
		}
	default:
		return r, at, at.fault("expected a name or a list of %d colours", Steps)
	}
	for _, o := range []struct {
		key  string
		most int64
		to   *[Steps]uint8
	}{{key + "256", 255, &r.c256}, {key + "16", 15, &r.c16}} {
		e, ok := chart[o.key]
		if !ok {
			continue
		}
		list, err := e.indices(Steps, o.most)
		if err != nil {
			return r, at, err
		}
		copy(o.to[:], list)
	}
	return r, at, nil
}

// at resolves every role and colour at one depth.
func (sp *spec) at(name string, d Depth) *Theme {
	t := &Theme{name: name, depth: d, roles: make(map[string]string, len(sp.roles))}
	// A theme has few colours and many roles: each colour is searched for once.
	found := map[color]color{}
	reduce := func(c color) color {
		if d != ANSI256 || c.kind != rgb {
			return c
		}
		if _, ok := found[c]; !ok {
			found[c] = color{kind: indexed, index: nearest256(c)}
		}
		return found[c]
	}
	for n, r := range sp.roles {
		r.fg, r.bg = reduce(r.fg), reduce(r.bg)
		t.roles[n] = r.sgr(d)
	}
	t.ground, t.ink = sp.paper()
	for i := range Steps {
		t.ramp[i] = sp.ramp.shade(i, d)
		t.ramp[i].Char = sequentialChar(i)
		t.diverge[i] = sp.diverge.shade(i, d)
		t.diverge[i].Char = divergeChar(i - Steps/2)
	}
	for i, c := range sp.series {
		switch {
		case d == Mono:
			t.series = append(t.series, "")
		case d == ANSI16 && i < len(sp.series16):
			t.series = append(t.series, "\x1b["+sgr16(int(sp.series16[i]), false)+"m")
		case d == ANSI16:
			t.series = append(t.series, "")
		default:
			t.series = append(t.series, fmt.Sprintf("\x1b[%sm", reduce(c).sgr(d, false)))
		}
	}
	return t
}

// paper fixes what a theme may leave to the terminal: its ground is dark unless the
// theme is a light one, plain text is nearly white or nearly black on it.
func (sp *spec) paper() (ground, ink string) {
	g, text := sp.background, sp.roles["text"].fg
	if g.kind != rgb {
		g = color{kind: rgb, r: 0x10, g: 0x14, b: 0x18}
		if sp.light {
			g = color{kind: rgb, r: 0xff, g: 0xff, b: 0xff}
		}
	}
	if text.kind != rgb {
		text = color{kind: rgb, r: 0xe0, g: 0xe4, b: 0xe8}
		if g.luminance() > .2 {
			text = color{kind: rgb, r: 0x18, g: 0x1c, b: 0x20}
		}
	}
	return g.hex(), text.hex()
}

func (r ramp) shade(i int, d Depth) Shade {
	switch d {
	case Mono:
		return Shade{}
	case ANSI16:
		return Shade{Fg: sgr16(int(r.c16[i]), false), Bg: sgr16(int(r.c16[i]), true)}
	case ANSI256:
		c := color{kind: indexed, index: r.c256[i]}
		return Shade{Fg: c.sgr(d, false), Bg: c.sgr(d, true)}
	}
	return Shade{Fg: r.full[i].sgr(d, false), Bg: r.full[i].sgr(d, true)}
}
