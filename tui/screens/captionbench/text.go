package captionbench

import (
	"slices"
	"strconv"
	"strings"

	"assay/core/caption"
	"assay/core/run"
	"assay/tui/ui"
)

// short is the beginning of a run's ID: enough to name it to a command.
func short(id run.ID) string { return string(id[:min(len(id), 8)]) }

// share writes a ratio: ".92", "1", "0".
func share(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	if s == "1.00" || s == "0.00" {
		return s[:1]
	}
	return strings.TrimPrefix(s, "0")
}

func interval(ci [2]float64) string { return "[" + share(ci[0]) + "," + share(ci[1]) + "]" }

// oneLine makes any text fit for a single line of the screen.
func oneLine(text string) string { return strings.Join(strings.Fields(ui.Plain(text)), " ") }

// things writes counts by class: "apple 2, dog 1", and what was inserted behind a +.
func things(of map[string]int) string {
	var out []string
	for class, n := range of {
		out = append(out, ui.Plain(class)+" "+strconv.Itoa(n))
	}
	slices.Sort(out)
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

// said writes what a caption says class by class: "dog 1, apple >=2".
func said(list []caption.ClassCount) string {
	var out []string
	for _, c := range list {
		text := ui.Plain(c.Class) + " " + c.Interval.String()
		if c.Weak {
			text = signSoft + text
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}
