package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Width returns the number of cells that a line takes; escape sequences take none.
func Width(line string) int {
	if w, ok := plainWidth(line); ok {
		return w
	}
	return ansi.StringWidth(line)
}

// plainWidth measures a line of ASCII, colours, frames, blocks and braille, which is
// nearly every line: it is asked for every cell of a table and for every row of a
// frame. ok is false where the line holds anything else.
func plainWidth(line string) (w int, ok bool) {
	for i := 0; i < len(line); {
		c := line[i]
		switch {
		case c >= ' ' && c <= '~':
			w++
			i++
		case c == '\x1b':
			n := sgr(line[i:])
			if n == 0 {
				return 0, false
			}
			i += n
		case c == 0xe2:
			r, n := utf8.DecodeRuneInString(line[i:])
			if (r < 0x2500 || r > 0x259f) && (r < 0x2800 || r > 0x28ff) {
				return 0, false
			}
			w++
			i += n
		default:
			return 0, false
		}
	}
	return w, true
}

// sgr returns the length of the colour sequence at the beginning of a text, 0 for none.
func sgr(text string) int {
	if len(text) < 3 || text[1] != '[' {
		return 0
	}
	for i := 2; i < len(text); i++ {
		switch c := text[i]; {
		case c == 'm':
			return i + 1
		case (c < '0' || c > '9') && c != ';' && c != ':':
			return 0
		}
	}
	return 0
}

// Cut shortens a line to at most w cells; what was cut is marked by a ~ in the
// last one. Escape sequences survive.
func Cut(line string, w int) string {
	if w <= 0 {
		return ""
	}
	if len(line) <= w || Width(line) <= w { // a cell takes at least one byte
		return line
	}
	return ansi.Truncate(line, w, "~")
}

// Fit cuts or pads a line to exactly w cells.
func Fit(line string, w int) string {
	line = Cut(line, w)
	n := w - Width(line)
	if n <= 0 {
		return line
	}
	if line == "" || line[len(line)-1] < utf8.RuneSelf {
		return line + spaces(n)
	}
	// Some characters join the blank behind them into one cell.
	for padded := line + spaces(n); ; padded += " " {
		if Width(padded) >= w {
			return padded
		}
	}
}

// FitRight is Fit with the padding in front: for numbers in columns.
func FitRight(line string, w int) string {
	line = Cut(line, w)
	if n := w - Width(line); n > 0 {
		return spaces(n) + line
	}
	return line
}

// Ends puts left at the beginning and right at the end of a line of w cells.
// Where both do not fit, left is cut; right is kept as long as it fits at all.
func Ends(left, right string, w int) string {
	r := Width(right)
	if r == 0 || r >= w {
		return Fit(left, w)
	}
	return Fit(left, w-r-1) + " " + right
}

// Block returns exactly h lines of exactly w cells: lines are fitted, missing
// ones are blank, surplus ones are dropped.
func Block(lines []string, w, h int) []string {
	out := make([]string, max(h, 0))
	for i := range out {
		if i < len(lines) {
			out[i] = Fit(lines[i], w)
		} else {
			out[i] = spaces(w)
		}
	}
	return out
}

// Join puts blocks side by side. Shorter blocks are filled up with blank lines of
// the width of their first line.
func Join(cols ...[]string) []string {
	h := 0
	for _, c := range cols {
		h = max(h, len(c))
	}
	out := make([]string, h)
	var b strings.Builder
	for i := range out {
		b.Reset()
		for _, c := range cols {
			switch {
			case i < len(c):
				b.WriteString(c[i])
			case len(c) > 0:
				b.WriteString(spaces(Width(c[0])))
			}
		}
		out[i] = b.String()
	}
	return out
}

// overLine puts text over a line at column x; the line keeps its width.
func overLine(line, text string, x int) string {
	w := Width(line)
	x = max(x, 0)
	if x >= w {
		return line
	}
	text = Cut(text, w-x)
	end := x + Width(text)
	out := ansi.Truncate(line, x, "")
	out = Fit(out, x) + "\x1b[m" + text + "\x1b[m" // a wide character may have been cut in two
	if end < w {
		rest := ansi.TruncateLeft(line, end, "")
		if Width(rest) > w-end {
			rest = ansi.TruncateLeft(line, end+1, "")
		}
		out += spaces(w-end-Width(rest)) + rest
	}
	return out
}

// Wrap breaks text at blanks into lines of at most w cells; longer words are
// broken where they must be, and a character wider than w has no place at all.
// Line breaks in the text are kept. The text holds no escape sequences.
func Wrap(text string, w int) []string {
	if w <= 0 {
		return nil
	}
	var out []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := ""
		for rest := paragraph; rest != ""; {
			word := strings.TrimLeft(rest, " ")
			gap := rest[:len(rest)-len(word)]
			if end := strings.IndexByte(word, ' '); end >= 0 {
				word = word[:end]
			}
			rest = rest[len(gap)+len(word):]
			if Width(line+gap+word) <= w {
				line += gap + word
				continue
			}
			if line != "" {
				out = append(out, line)
			}
			for line = word; Width(line) > w; {
				head := ansi.Truncate(line, w, "")
				if head == "" {
					_, n := utf8.DecodeRuneInString(line)
					line = line[n:]
					continue
				}
				out = append(out, head)
				line = line[len(head):]
			}
		}
		out = append(out, line)
	}
	return out
}

// Plain makes text from outside safe to draw: control characters, which could
// move the cursor or change colours, become spaces, and what is not UTF-8
// becomes U+FFFD. The mark that asks for a character as an emoji goes: terminals
// do not agree on the width that it makes. Text without any of them is returned as it is.
func Plain(text string) string {
	clean := utf8.ValidString(text)
	for _, r := range text {
		if !clean {
			break
		}
		clean = !hidden(r) && r != emojiStyle
	}
	if clean {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == emojiStyle:
			return -1
		case hidden(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// emojiStyle is variation selector 16.
const emojiStyle = '\uFE0F'

// hidden tells runes that have no place in a cell: control characters, and marks
// of format such as those that change the direction of writing. The joiner of
// emoji and scripts stays.
func hidden(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != nonJoiner && r != joiner
}

// blanks is cut into runs of spaces, which are asked for all the time.
const blanks = "                                                                                                    " +
	"                                                                                                    "

func spaces(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blanks) {
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}
