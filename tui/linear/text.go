package linear

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"assay/tui/ui"
)

// Lines that are drawn and not written. A rule with a title begins with one or two
// signs of it and ends with at least three; maps are made of the same signs, so what
// stands in the middle of a line is left alone.
var (
	titled = regexp.MustCompile(`^([-=+]{1,2}) ?>?(.*?)[-=+]{3,}$`)
	blank  = regexp.MustCompile(`^[-=+| ]*$`)
	framed = regexp.MustCompile(`^\|(.*)\|$`)
	drawn  = regexp.MustCompile(`[\x{2500}-\x{259f}\x{2800}-\x{28ff}]+`)
)

// plain returns a line without escape sequences, rules and borders; "" where
// nothing is left.
func plain(line string) string {
	line = strings.TrimRight(drawn.ReplaceAllString(ui.Plain(ansi.Strip(line)), ""), " ")
	if blank.MatchString(line) {
		return ""
	}
	if m := titled.FindStringSubmatch(line); m != nil {
		if line = m[2]; strings.HasPrefix(m[1], "=") {
			line = "focus on " + line
		}
	} else if m := framed.FindStringSubmatch(line); m != nil {
		line = m[1]
	}
	return strings.TrimRight(line, " ")
}

// body returns what a screen shows, as text: what it says above its body, then
// the lines of it that are not blank.
func body(s ui.Screen) []string {
	var out []string
	for _, l := range append([]string{s.ContextLine(), s.RunState()}, strings.Split(s.View(), "\n")...) {
		if l = plain(l); strings.TrimSpace(l) != "" {
			out = append(out, l)
		}
	}
	return out
}

// changed returns the lines of now that were not there before.
func changed(before, now []string) []string {
	had := map[string]int{}
	for _, l := range before {
		had[l]++
	}
	var out []string
	for _, l := range now {
		if had[l] > 0 {
			had[l]--
			continue
		}
		out = append(out, l)
	}
	return out
}

// picture tells lines of charts and maps, which are hardly to be listened to: most
// of what they write is neither a letter nor a digit.
func picture(line string) bool {
	words, signs := 0, 0
	for _, r := range line {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			words++
		case r != ' ':
			signs++
		}
	}
	return signs > 12 && signs > 2*words
}
