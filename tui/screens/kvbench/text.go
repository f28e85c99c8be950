package kvbench

import (
	"strconv"
	"strings"

	"assay/core/kv"
	"assay/core/plot"
	"assay/core/run"
	"assay/tui/ui"
)

// short is the beginning of a run's ID: enough to name it to a command.
func short(id run.ID) string { return string(id[:min(len(id), 8)]) }

// count writes a whole number with commas between the thousands.
func count[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// share writes a ratio or an accuracy: "0", ".15", ".150" where it needs three digits, "1".
func share(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if len(s) > 5 {
		s = strconv.FormatFloat(v, 'f', 3, 64)
	}
	if rest, ok := strings.CutPrefix(s, "0."); ok {
		return "." + rest
	}
	return s
}

// size writes a number of bytes.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1<<20:
		return plot.Number(float64(n)/(1<<10)) + " KiB"
	}
	return plot.Number(float64(n)/(1<<20)) + " MiB"
}

// quoted shows the text of a token with its blanks: 'Paris', ' in', '\n'.
func quoted(token string) string {
	if token == "" {
		return ""
	}
	return "'" + answer(token) + "'"
}

// answer shows a generated text on one line, its line breaks as \n.
func answer(text string) string {
	if strings.ContainsAny(text, "\n\t\r") {
		for _, r := range [...][2]string{{"\n", `\n`}, {"\t", `\t`}, {"\r", `\r`}} {
			text = strings.ReplaceAll(text, r[0], r[1])
		}
	}
	return ui.Plain(text)
}

// scheme names a mode with what decides its selection: "blend r=.15 v".
func scheme(mode string, ratio float64, rule string) string {
	if !kv.Mode(mode).Selects() {
		return mode
	}
	s := mode + " r=" + share(ratio)
	if rule != "" {
		s += " " + rule
	}
	return s
}

// segmentName names a segment: "prefix", "chunk2", "question".
func segmentName(s kv.SegmentDoc) string {
	if s.Kind == kv.SegmentChunk {
		return s.Kind + strconv.Itoa(s.Index)
	}
	return s.Kind
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// ms writes a time in milliseconds without its unit.
func ms(v float64) string { return plot.Number(v) }
