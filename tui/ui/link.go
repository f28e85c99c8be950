package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// FileLink makes a text a link (OSC 8) to a file of this machine, whose name is part of
// it: over a network a terminal must not look for the file beside itself. What is no
// absolute path is left as text, which says all that the link does.
func FileLink(c *Context, path, text string) string {
	if !strings.HasPrefix(path, "/") {
		return text
	}
	return ansi.SetHyperlink("file://"+escaped(c.Host)+escaped(path)) + text + ansi.ResetHyperlink()
}

// escaped writes a text for a link; control characters never reach a terminal.
func escaped(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("%?#;", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
