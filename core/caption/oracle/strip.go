package oracle

import (
	"strings"
	"unicode"
)

// Strip removes control characters and escape sequences, so that a text from
// outside cannot speak to the terminal that shows it.
func Strip(text string) string {
	var b strings.Builder
	escape := false
	for _, r := range text {
		switch {
		case r == 0x1b:
			escape = true
		case escape:
			escape = !(r >= '@' && r <= '~' && r != '[')
		case r == '\t':
			b.WriteByte(' ')
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}
