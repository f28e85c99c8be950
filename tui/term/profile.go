package term

import (
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/colorprofile"

	"assay/themes"
)

// Profile is what the environment tells about a terminal.
type Profile struct {
	Remote  bool // the bytes travel: fewer frames and colours
	ASCII   bool // the locale has no box drawing
	Dumb    bool // no cursor addressing: a screen cannot be drawn
	NoMouse bool // the mouse stays the terminal's own
	Kitty   bool // pictures can be sent by the protocol of kitty
	Forced  bool // the depth was asked for and must not be raised by what the terminal says later
	Depth   themes.Depth
}

// Prefs is what the person has chosen about the terminal, in the words of the
// settings ui.colors, ui.remote_colors, ui.glyphs, ui.mouse, ui.remote and ui.pictures. "" and
// "auto" leave it to Detect.
type Prefs struct {
	Colors, RemoteColors, Glyphs, Mouse, Remote, Pictures string
}

// Detect reads the environment (as os.Environ gives it) and the output. What the
// person has chosen overrules both.
//
// NO_COLOR with any value that is not empty takes all colours away; colorprofile reads it as a
// boolean and would ignore NO_COLOR=yes. CLICOLOR=0 does the same, FORCE_COLOR
// overrules both. A remote link gets 256 colours at most, or what the person has
// chosen for it: ramps in 24 bits cost three times the bytes.
func Detect(environ []string, out io.Writer, prefs Prefs) Profile {
	env := Environ(environ)
	p := Profile{Remote: env.Remote(), ASCII: env.ascii(), Dumb: env.Get("TERM") == "dumb", NoMouse: prefs.Mouse == "off", Kitty: env.kitty()}
	if prefs.Remote == "on" || prefs.Remote == "off" {
		p.Remote = prefs.Remote == "on"
	}
	if prefs.Glyphs == "ascii" || prefs.Glyphs == "unicode" {
		p.ASCII = prefs.Glyphs == "ascii"
	}
	if prefs.Pictures == "kitty" || prefs.Pictures == "cells" {
		p.Kitty = prefs.Pictures == "kitty"
	}
	force := env.Get("FORCE_COLOR")
	chosen, asked := depths[prefs.Colors]
	switch {
	case asked:
		p.Depth, p.Forced = chosen, true
		return p
	case force == "" && (env.Get("NO_COLOR") != "" || env.Get("CLICOLOR") == "0"):
		p.Depth, p.Forced = themes.Mono, true
		return p
	case force == "0" || force == "false":
		p.Depth, p.Forced = themes.Mono, true
		return p
	case force == "1" || force == "2" || force == "3":
		p.Depth, p.Forced = themes.Depth(force[0]-'0'), true
	default:
		p.Depth = Depth(colorprofile.Detect(out, environ))
	}
	if p.Remote && !p.Forced {
		most, ok := depths[prefs.RemoteColors]
		if !ok {
			most = themes.ANSI256
		}
		p.Depth, p.Forced = min(p.Depth, most), most < themes.TrueColor
	}
	return p
}

// depths are the words of settings for numbers of colours.
var depths = map[string]themes.Depth{
	"none": themes.Mono, "16": themes.ANSI16, "256": themes.ANSI256, "truecolor": themes.TrueColor,
}

// Depth returns the depth of a profile of colorprofile.
func Depth(p colorprofile.Profile) themes.Depth {
	switch p {
	case colorprofile.TrueColor:
		return themes.TrueColor
	case colorprofile.ANSI256:
		return themes.ANSI256
	case colorprofile.ANSI:
		return themes.ANSI16
	}
	return themes.Mono
}

// Colors returns what the renderer has to be told, so that it leaves the
// sequences of a theme at depth d as they are.
func Colors(d themes.Depth) colorprofile.Profile {
	switch d {
	case themes.TrueColor:
		return colorprofile.TrueColor
	case themes.ANSI256:
		return colorprofile.ANSI256
	case themes.ANSI16:
		return colorprofile.ANSI
	}
	return colorprofile.ASCII
}

// Environ is an environment as os.Environ gives it.
type Environ []string

// Get returns the value of a variable, "" where it is not set. Of several the
// last one counts.
func (e Environ) Get(name string) string {
	for _, entry := range slices.Backward(e) {
		if k, v, ok := strings.Cut(entry, "="); ok && k == name {
			return v
		}
	}
	return ""
}

// Remote reports whether the terminal is at the other end of a network: one of
// the variables of SSH is set.
func (e Environ) Remote() bool {
	return e.Get("SSH_CONNECTION") != "" || e.Get("SSH_TTY") != "" || e.Get("SSH_CLIENT") != ""
}

// kitty reports whether the terminal takes pictures by the protocol of kitty with
// placeholders. A multiplexer in between would have to pass them on, which tmux
// does only where it is told to: there the person has to say it.
func (e Environ) kitty() bool {
	return e.Get("TMUX") == "" && (e.Get("TERM") == "xterm-kitty" || e.Get("TERM") == "xterm-ghostty")
}

// ascii reports whether the locale was set to something that is not UTF-8. No
// locale at all counts as UTF-8: containers have none, and the terminals that
// look into them do draw boxes.
func (e Environ) ascii() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // the first that is set decides
		if v := strings.ToLower(e.Get(name)); v != "" {
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false
}
