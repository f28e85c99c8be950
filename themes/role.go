package themes

import "strings"

// Roles returns the names of all roles, in the order of the documentation.
func Roles() []string {
	return []string{
		"text", "muted", "faint", "title", "border", "border-focus", "tab", "tab-active", "key", "hint",
		"selection", "cursor-row", "cursor-quiet", "mark", "match", "link", "input", "placeholder",
		"ok", "warn", "error", "info",
		"running", "paused", "done", "failed", "cancelled", "stopped", "lost", "queued",
		"added", "removed", "changed", "extra", "missing", "number",
		"code-keyword", "code-string", "code-comment",
		"status", "status-warn", "toast-info", "toast-done", "toast-warn", "toast-error",
		"scrollbar", "axis", "grid", "crosshair",
	}
}

// leastContrast returns the contrast with its ground that a role needs: 4.5 for
// what is read, 3 for what is merely seen.
func leastContrast(role string) float64 {
	switch role {
	case "muted", "faint", "placeholder", "border", "scrollbar", "axis", "grid":
		return 3
	}
	return 4.5
}

// role is what a theme says about a role. Colours of the terminal's own palette
// are 0..15, -1 where none is given.
type role struct {
	at             entry // where it was defined
	fg, bg         color
	ansi, ansiBg   int
	attr, monoAttr string // SGR parameters, "1;4"
}

// attributes turns "bold underline" into SGR parameters.
func attributes(e entry) (string, error) {
	text, err := e.text()
	if err != nil {
		return "", err
	}
	var out []string
	for w := range strings.FieldsSeq(text) {
		switch w {
		case "bold":
			out = append(out, "1")
		case "faint":
			out = append(out, "2")
		case "italic":
			out = append(out, "3")
		case "underline":
			out = append(out, "4")
		case "reverse":
			out = append(out, "7")
		case "strike":
			out = append(out, "9")
		default:
			return "", e.fault("%q is no attribute: expected bold, faint, italic, underline, reverse or strike", w)
		}
	}
	return strings.Join(out, ";"), nil
}

// sgr returns the opening escape sequence of the role at a depth, "" for plain text.
func (r role) sgr(d Depth) string {
	var p []string
	add := func(s string) {
		if s != "" {
			p = append(p, s)
		}
	}
	switch d {
	case Mono:
		add(r.monoAttr)
	case ANSI16:
		add(r.attr)
		if r.ansi >= 0 {
			add(sgr16(r.ansi, false))
		}
		if r.ansiBg >= 0 {
			add(sgr16(r.ansiBg, true))
		}
	default:
		add(r.attr)
		if r.fg.kind != terminalDefault { // the sequence starts from the default anyway
			add(r.fg.sgr(d, false))
		}
		if r.bg.kind != terminalDefault {
			add(r.bg.sgr(d, true))
		}
	}
	if len(p) == 0 {
		return ""
	}
	return "\x1b[" + strings.Join(p, ";") + "m"
}
