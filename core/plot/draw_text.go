package plot

import (
	"strings"
	"unicode/utf8"
)

// helvetica holds the widths of the printable ASCII characters of Helvetica, in
// thousandths of the size of the letters, from the metrics that Adobe published
// with it. Arial and Liberation Sans have the same.
var helvetica = [95]int16{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// textWidth estimates the width of a text in pixels. Other characters than ASCII
// count as wide as wide letters are, so that nothing overlaps.
func textWidth(s string, size int) float64 {
	sum := 0
	for _, r := range s {
		switch {
		case r >= ' ' && r <= '~':
			sum += int(helvetica[r-' '])
		case r < 0x2e80:
			sum += 700
		default:
			sum += 1000
		}
	}
	return float64(sum*size) / 1000
}

// cutText shortens a text to a width, with an ellipsis where something is gone.
func cutText(s string, size int, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	for s != "" {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
		if textWidth(s+"…", size) <= width {
			return strings.TrimRight(s, " ") + "…"
		}
	}
	return ""
}

// wrapText breaks a text into lines at blanks.
func wrapText(s string, size int, width float64) []string {
	var lines []string
	for w := range strings.FieldsSeq(s) {
		n := len(lines)
		if n > 0 && textWidth(lines[n-1]+" "+w, size) <= width {
			lines[n-1] += " " + w
			continue
		}
		lines = append(lines, w)
	}
	return lines
}

// escape writes a text for XML. Characters that XML 1.0 does not have become the
// replacement character.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '"':
			b.WriteString("&quot;")
		case r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff:
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
