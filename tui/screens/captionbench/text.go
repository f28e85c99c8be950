package captionbench

import (
	"slices"
	"strconv"
	"strings"

	"assay/core/caption"
	"assay/tui/ui"
)

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
