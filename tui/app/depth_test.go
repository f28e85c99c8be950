package app_test

import (
	"regexp"
	"testing"

	"assay/themes"
	"assay/tui/app"
)

func TestEveryDepthUsesItsOwnColoursOnly(t *testing.T) {
	for depth, forbidden := range map[themes.Depth]string{
		themes.Mono:    `\x1b\[([0-9;]*;)?(3[0-9]|4[0-9]|9[0-7]|10[0-7])[;m]`,
		themes.ANSI16:  `\x1b\[([0-9;]*;)?[34]8;`,
		themes.ANSI256: `\x1b\[([0-9;]*;)?[34]8;2;`,
	} {
		w := start(t, func(d *app.Deps) { d.Term.Depth = depth })
		for _, key := range []string{"j", "space", "?", "esc", "n", "enter", "esc", "j", "d", "y", "!", "esc"} {
			w.Press(key)
			if got := regexp.MustCompile(forbidden).FindString(w.Model().View().Content); got != "" {
				t.Errorf("at %v after %s: %q", depth, key, got)
			}
		}
	}
}

func TestStatesDifferWithoutColour(t *testing.T) {
	w := start(t, func(d *app.Deps) { d.Term.Depth = themes.Mono })
	w.See(".  kv", "*  kv", "+  kv", "!  kv", "x  kv", "?  kv")
}
