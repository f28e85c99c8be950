package themes_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"assay/themes"
)

func TestEveryKindOfThemeIsThere(t *testing.T) {
	known := strings.Join(themes.Builtin().Names(), " ")
	for _, name := range []string{"colour-blind-safe", "dawn", "default-dark", "default-light", "dusk", "high-contrast-dark", "high-contrast-light", "mono"} {
		if !strings.Contains(known, name) {
			t.Errorf("no theme %s among %s", name, known)
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
