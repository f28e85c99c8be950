package themes_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"assay/themes"
)

func TestEveryKindOfThemeIsThere(t *testing.T) {
	known := strings.Join(themes.Builtin().Names(), " ")
	for _, name := range []string{"colour-blind-safe", "dawn", "default-dark", "default-light", "dusk", "high-contrast-dark", "high-contrast-light", "mono",
		"terminal", "nord", "gruvbox-dark", "gruvbox-light", "solarized-dark", "solarized-light", "catppuccin-latte", "catppuccin-frappe",
		"catppuccin-macchiato", "catppuccin-mocha", "tokyo-night", "dracula", "one-dark"} {
		if !strings.Contains(known, name) {
			t.Errorf("no theme %s among %s", name, known)
		}
	}
}

// Published palettes keep their colours, of which the ones that text and quiet text
// are written in can be read all the same; the file and NOTICE say whose they are.
func TestPublishedPalettesAreNamedAndCanBeRead(t *testing.T) {
	notice, err := os.ReadFile("../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	set, published := themes.Builtin(), 0
	for _, name := range set.Names() {
		about := set.About(name)
		if about.Variant != "dark" && about.Variant != "light" || !about.Builtin {
			t.Errorf("%s: %+v", name, about)
		}
		if about.Origin == "" {
			continue
		}
		published++
		who, _, _ := strings.Cut(about.Origin, ",")
		if said := strings.Join(strings.Fields(string(notice)), " "); !strings.Contains(said, who) || !strings.HasSuffix(about.Origin, ", MIT") {
			t.Errorf("%s: NOTICE does not name %s", name, about.Origin)
		}
		data, err := os.ReadFile(about.Path)
		if err != nil {
			t.Fatal(err)
		}
		_, ground, _ := strings.Cut(string(data), `background = "#`)
		var r, g, b int
		if _, err := fmt.Sscanf(ground, "%02x%02x%02x", &r, &g, &b); err != nil {
			t.Fatal(err)
		}
		bg, _ := luminance(fmt.Sprintf("38;2;%d;%d;%dm", r, g, b), "38;2;")
		th, err := set.Resolve(name, themes.TrueColor)
		if err != nil {
			t.Fatal(err)
		}
		for role, least := range map[string]float64{"title": 4.5, "muted": 3} {
			fg, _ := luminance(th.SGR(role), "38;2;")
			if c := (max(fg, bg) + 0.05) / (min(fg, bg) + 0.05); c < least {
				t.Errorf("%s: %s has a contrast of %.1f", name, role, c)
			}
		}
	}
	if published < 12 {
		t.Errorf("only %d published palettes", published)
	}
}

func TestSeriesHaveColoursAtSixteen(t *testing.T) {
	set := themes.Builtin()
	for _, name := range set.Names() {
		th, err := set.Resolve(name, themes.ANSI16)
		if err != nil {
			t.Fatal(err)
		}
		if th.Depth() == themes.ANSI16 && th.Series(0) == th.Series(1) {
			t.Errorf("%s: series look alike", name)
		}
	}
}

// What is read in a high-contrast theme has at least the contrast of level AAA of
// WCAG 2.1 with the ground that the theme is for, or with its own.
func TestHighContrastThemesReachSeven(t *testing.T) {
	quiet := "faint border scrollbar grid axis placeholder crosshair"
	for name, ground := range map[string]float64{"high-contrast-dark": 0, "high-contrast-light": 1} {
		th, err := themes.Builtin().Resolve(name, themes.TrueColor)
		if err != nil {
			t.Fatal(err)
		}
		judged := 0
		for _, role := range themes.Roles() {
			if strings.Contains(quiet, role) {
				continue
			}
			fg, ok := luminance(th.SGR(role), "38;2;")
			if !ok {
				continue // the terminal's own colour
			}
			judged++
			bg := ground
			if own, ok := luminance(th.SGR(role), "48;2;"); ok {
				bg = own
			}
			if c := (max(fg, bg) + 0.05) / (min(fg, bg) + 0.05); c < 7 {
				t.Errorf("%s: %s has a contrast of %.1f", name, role, c)
			}
		}
		if judged < 30 {
			t.Errorf("%s: only %d roles have a colour", name, judged)
		}
	}
}

// luminance reads a colour from an escape sequence; 0 is black and 1 white.
func luminance(sgr, lead string) (float64, bool) {
	_, rest, ok := strings.Cut(sgr, lead)
	if !ok {
		return 0, false
	}
	var r, g, b float64
	if _, err := fmt.Sscanf(strings.NewReplacer(";", " ", "m", " ").Replace(rest), "%g %g %g", &r, &g, &b); err != nil {
		return 0, false
	}
	linear := func(v float64) float64 {
		if v /= 255; v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b), true
}
