package app

import (
	"cmp"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/themes"
)

// themeFile is the file of the theme in force as it was looked at last.
type themeFile struct {
	path    string
	changed time.Time
	waits   bool // a command waits for the next look
}

// themeLooked is a look at the file of the theme in force.
type themeLooked struct {
	path    string
	changed time.Time
}

// themesRead holds all themes, read again.
type themesRead struct {
	set themes.Set
	err error
}

// pickTheme lets a person choose a theme and see the screen in it meanwhile.
func (m *Model) pickTheme() tea.Cmd {
	before := m.deps.Theme
	preview := func(name string) {
		m.deps.Theme = name
		m.wear(name)
	}
	list := &listing{title: "theme", head: []string{"theme", "for", "from"}, hints: "", fixed: true}
	list.rows = func() []row {
		choose := func(name string) func() tea.Cmd {
			return func() tea.Cmd {
				m.pop(list)
				preview(name)
				return m.keepTheme(name)
			}
		}
		out := []row{{cells: []string{"auto", "dark or light", "built in"}, about: "Dark or light, as the ground of the terminal is.", do: choose("")}}
		for _, name := range m.deps.Themes.Names() {
			a := m.deps.Themes.About(name)
			from, about := "built in", a.Origin
			if !a.Builtin {
				from, about = "yours", a.Path
			}
			out = append(out, row{id: name, cells: []string{name, a.Variant, from}, about: about, do: choose(name)})
		}
		return out
	}
	for i, r := range list.rows() {
		if r.id == before {
			list.at = i
		}
	}
	list.moved = preview
	list.left = func() { preview(before) }
	m.push(list)
	return tea.Batch(m.rereadThemes(), m.watchTheme())
}

// wear shows a theme, that for the ground of the terminal where there is no name.
func (m *Model) wear(name string) {
	m.setTheme(cmp.Or(name, m.ground), m.deps.Term.Depth)
	m.resize()
}

// keepTheme writes the theme that is in force into the settings.
func (m *Model) keepTheme(name string) tea.Cmd {
	if m.deps.Settings == nil {
		return m.expire()
	}
	name = cmp.Or(name, "auto")
	return m.change("ui.theme = "+name, "ui.theme", func(s Settings) error { return s.Set("ui.theme", name) })
}

// watching reports whether somebody wants to see changes of the theme.
func (m *Model) watching() bool {
	if m.deps.WatchTheme {
		return true
	}
	for _, o := range m.overlays {
		if l, ok := o.(*listing); ok && l.fixed {
			return true
		}
	}
	return false
}

func (m *Model) rereadThemes() tea.Cmd {
	read := m.deps.ReadThemes
	if read == nil {
		return nil
	}
	return func() tea.Msg {
		set, err := read()
		return themesRead{set, err}
	}
}

// themesRead takes themes in that were read again. One that is in force and cannot be
// used any more stays as it was: somebody is writing on it.
func (m *Model) themesRead(msg themesRead) tea.Cmd {
	if msg.err != nil {
		return m.notify(run.Err, "", msg.err)
	}
	name := cmp.Or(m.deps.Theme, m.ground)
	th, err := msg.set.Resolve(name, m.deps.Term.Depth)
	if err != nil {
		return m.notify(run.Err, "", err)
	}
	m.deps.Themes, m.ui.Theme = msg.set, th
	m.resize()
	return nil
}

// watchTheme looks at the file of the theme in force once a second, while the list of
// themes is open or the person has asked for it: whoever writes a theme sees it.
func (m *Model) watchTheme() tea.Cmd {
	if m.file.waits || m.deps.ReadThemes == nil || !m.watching() {
		return nil
	}
	m.file.waits = true
	path := m.deps.Themes.About(cmp.Or(m.deps.Theme, m.ground)).Path
	ctx, sleep := m.ctx, m.ui.Sleep
	return func() tea.Msg {
		if sleep(ctx, time.Second) != nil {
			return nil
		}
		out := themeLooked{path: path}
		if info, err := os.Stat(path); err == nil { // a built-in one has no file, and one that is gone is kept
			out.changed = info.ModTime()
		}
		return out
	}
}

func (m *Model) themeLooked(msg themeLooked) tea.Cmd {
	m.file.waits = false
	again := msg.path == m.file.path && !msg.changed.Equal(m.file.changed) && !msg.changed.IsZero()
	m.file.path, m.file.changed = msg.path, msg.changed
	if again && m.watching() {
		return tea.Batch(m.rereadThemes(), m.watchTheme())
	}
	return m.watchTheme()
}
