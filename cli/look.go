package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/config"
	"assay/core/run"
	"assay/themes"
	tuiapp "assay/tui/app"
	"assay/tui/term"
)

// look is what flags say about the looks of the screens, before all settings.
type look struct {
	theme string // the name of a theme, or the path of its file
	watch bool
	color string
	trace string // file for the bytes of each pane
}

func (l *look) bind(c *cobra.Command) {
	c.Flags().StringVar(&l.theme, "theme", "", "colours of the screens for this time: the name of a theme or the path of a theme file")
	c.Flags().BoolVar(&l.watch, "watch-theme", false, "draw anew whenever the file of the theme changes")
	c.Flags().StringVar(&l.trace, "trace-bytes", "", "file for an account of what was sent to the terminal, by pane, when the screens are left")
	c.Flags().StringVar(&l.color, "color", "", "how many colours to use, as in ui.colors: "+strings.Join(colors(), ", "))
}

// colors are the values of --color.
func colors() []string {
	s, ok := config.Find("ui.colors")
	if !ok {
		return nil
	}
	return s.Choices
}

// file reports whether the theme is given as a file.
func (l look) file() bool {
	return strings.ContainsRune(l.theme, '/') || strings.HasSuffix(l.theme, ".toml")
}

// check finds flags that cannot be followed before any screen comes up.
func (l look) check() error {
	if l.color != "" && !slices.Contains(colors(), l.color) {
		return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--color %q: expected one of %s", l.color, strings.Join(colors(), ", "))}
	}
	if l.theme == "" {
		return nil
	}
	set, _, err := userThemes()
	if err != nil {
		return err
	}
	if set, err = l.with(set); err != nil {
		return err
	}
	if _, err := set.Resolve(l.name(), themes.TrueColor); err != nil {
		return themeFault(err)
	}
	return nil
}

// name is the name of the theme.
func (l look) name() string { return strings.TrimSuffix(filepath.Base(l.theme), ".toml") }

// with adds the file to the themes.
func (l look) with(set themes.Set) (themes.Set, error) {
	if !l.file() {
		return set, nil
	}
	data, err := readTheme(l.theme)
	if err != nil {
		return set, err
	}
	return set.With(l.name(), l.theme, data), nil
}

// apply hands the flags to the screens.
func (l look) apply(d *tuiapp.Deps) {
	d.WatchTheme, d.TraceBytes = l.watch, l.trace
	if l.color != "" {
		detect := d.Detect
		d.Detect = func(p term.Prefs) term.Profile {
			p.Colors = l.color
			return detect(p)
		}
	}
	if l.theme == "" {
		return
	}
	d.Theme = l.name()
	read := d.ReadThemes
	d.ReadThemes = func() (themes.Set, error) {
		set, err := read()
		if err != nil {
			return set, err
		}
		return l.with(set)
	}
	set, err := l.with(d.Themes)
	if err != nil {
		d.Faults = append(d.Faults, err) // it was there a moment ago
	}
	d.Themes = set
}
