package app

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/config"
	"assay/core/run"
	"assay/tui/term"
	"assay/tui/ui"
)

// Settings keeps what the person has chosen. Load and the others are called from
// commands; errors are shown as they are.
type Settings interface {
	// Load reads all sources again.
	Load() config.Current
	// Set and Unset change the file of settings, Bind and Unbind that of keys.
	Set(key, text string) error
	Unset(key string) error
	Bind(action string, keys []string) error
	Unbind(action string) error
}

// settingsRead holds the settings after a change or another look.
type settingsRead struct {
	current config.Current
	text    string // what was done, "" for a look
	key     string // of the setting that was changed, "" for keys
	err     error
}

// change writes a setting or a binding and reads all again.
func (m *Model) change(text, key string, write func(Settings) error) tea.Cmd {
	if m.deps.Settings == nil {
		return m.notify(run.Warn, "nothing can be changed: no settings are kept here", nil)
	}
	s := m.deps.Settings
	return func() tea.Msg {
		err := write(s)
		return settingsRead{s.Load(), text, key, err}
	}
}

// rereadSettings looks whether somebody has edited the files.
func (m *Model) rereadSettings() tea.Cmd {
	if m.deps.Settings == nil {
		return nil
	}
	s := m.deps.Settings
	return func() tea.Msg { return settingsRead{current: s.Load()} }
}

func (m *Model) settingsRead(msg settingsRead) tea.Cmd {
	if msg.err != nil {
		return m.notify(run.Err, "", msg.err)
	}
	cmds := []tea.Cmd{m.apply(msg.current)}
	for _, v := range m.current.Values() {
		if v.Key != msg.key || msg.text == "" {
			continue
		}
		switch {
		case v.Source == config.Env || v.Source == config.Project:
			return tea.Batch(append(cmds, m.notify(run.Warn, fmt.Sprintf("%s; %s overrules it here with %s", msg.text, v.Where, v.Text), nil))...)
		case v.Later:
			msg.text = "" // it was said that it waits
		}
	}
	if msg.text != "" {
		cmds = append(cmds, m.notify(run.Info, msg.text, nil))
	}
	return tea.Batch(cmds...)
}

// apply puts settings into force.
func (m *Model) apply(c config.Current) tea.Cmd {
	before := m.current
	m.current = c
	m.toasts.Times = toastTimes(c)
	m.preset = ui.Preset(c.Get("keys.preset"))
	m.keys, m.keysFault = bind(m.everything(), c.Bindings())
	var cmds []tea.Cmd
	for _, err := range []error{c.Err(), m.keysFault} {
		if err != nil {
			cmds = append(cmds, m.notify(run.Err, "", err))
		}
	}
	for _, w := range c.Warnings() {
		cmds = append(cmds, m.notify(run.Warn, w.Error(), nil))
	}
	for _, v := range c.Values() {
		if v.Later && changed(before, c, v.Key) {
			cmds = append(cmds, m.notify(run.Info, v.Key+" = "+v.Text+" holds from the next start on", nil))
		}
	}
	if d := m.deps.Detect; d != nil {
		now := d(Prefs(c))
		if !changed(before, c, "ui.colors", "ui.remote", "ui.remote_colors") {
			now.Depth, now.Forced = m.deps.Term.Depth, m.deps.Term.Forced // the terminal may have said more since
		}
		if now.Depth != m.deps.Term.Depth {
			msg := tea.ColorProfileMsg{Profile: term.Colors(now.Depth)}
			cmds = append(cmds, func() tea.Msg { return msg }) // the renderer has to let the colours through
		}
		m.deps.Term = now
		m.ui.ASCII, m.ui.Kitty, m.ui.Remote = now.ASCII, now.Kitty, now.Remote
		m.pace.remote.Store(now.Remote)
	}
	if changed(before, c, "ui.theme") {
		m.deps.Theme = themeOf(c)
	}
	name := m.deps.Theme
	if name == "" {
		name = m.ground
	}
	m.setTheme(name, m.deps.Term.Depth)
	m.resize()
	return tea.Batch(append(cmds, m.expire())...)
}

func changed(a, b config.Current, keys ...string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return a.Get(k) != b.Get(k) })
}

// toastTimes is how much longer than usual news are to stay.
func toastTimes(c config.Current) int {
	switch c.Get("ui.toasts") {
	case "long":
		return 4
	case "stay":
		return ui.Stay
	}
	return 1
}

// Prefs is what settings say about the terminal.
func Prefs(c config.Current) term.Prefs {
	return term.Prefs{
		Colors: c.Get("ui.colors"), RemoteColors: c.Get("ui.remote_colors"), Glyphs: c.Get("ui.glyphs"),
		Mouse: c.Get("ui.mouse"), Remote: c.Get("ui.remote"), Pictures: c.Get("ui.pictures"),
	}
}

// themeOf is the name of the theme that was asked for, "" for none.
func themeOf(c config.Current) string {
	if name := c.Get("ui.theme"); name != "auto" {
		return name
	}
	return ""
}

// showSettings opens the list of settings.
func (m *Model) showSettings() tea.Cmd {
	m.push(&listing{title: "settings", head: []string{"setting", "value", "default", "from"}, rows: m.settingRows})
	return m.rereadSettings()
}

func (m *Model) settingRows() []row {
	out := []row{}
	for _, v := range m.current.Values() {
		origin := string(v.Source)
		if v.Where != "" {
			origin = v.Where
		}
		about := v.Help + " (" + v.Expect() + ")"
		if v.Later {
			about += " From the next start on."
		}
		r := row{id: v.Key, cells: []string{v.Key, v.Text, v.Default, shortPath(origin)}, about: about, do: func() tea.Cmd { return m.choose(v) }}
		r.reset = func() tea.Cmd {
			return m.change(v.Key+" is as it comes: "+v.Default, v.Key, func(s Settings) error { return s.Unset(v.Key) })
		}
		out = append(out, r)
	}
	return append(out, row{id: "keys", cells: []string{"keys", fmt.Sprintf("%d changed", len(m.keys)), "", "keys.toml"},
		about: "Which keys do what, action by action.", do: func() tea.Cmd { m.showKeys(); return nil }})
}

// shortPath keeps the end of a path, which says most.
func shortPath(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[i+1:]
	}
	return path
}

// choose asks for the value of a setting.
func (m *Model) choose(v config.Value) tea.Cmd {
	keep := func(text string) tea.Cmd {
		return m.change(v.Key+" = "+text, v.Key, func(s Settings) error { return s.Set(v.Key, text) })
	}
	switch {
	case v.Key == "ui.theme":
		return m.pickTheme()
	case v.Type == config.Choice:
		mn := &menu{title: v.Key}
		for i, c := range v.Choices {
			title := c
			if c == v.Default {
				title += "  (default)"
			}
			if c == v.Text {
				mn.at = i
			}
			mn.choices = append(mn.choices, choice{title, v.Help, func() tea.Cmd { return keep(c) }})
		}
		m.push(mn)
		return nil
	}
	m.push(newPrompt(v.Key, v.Help+" Expected: "+v.Expect()+". Empty restores the default, "+v.Default+".", v.Text, func(text string) tea.Cmd {
		if strings.TrimSpace(text) == "" {
			text = v.Default
		}
		return keep(text)
	}))
	return nil
}

// showKeys opens the list of actions with their keys.
func (m *Model) showKeys() {
	m.push(&listing{title: "keys", head: []string{"action", "keys", "does", ""}, rows: m.keyRows})
}

func (m *Model) keyRows() []row {
	var out []row
	own := map[string][]string{}
	for _, a := range m.everything() {
		for _, k := range a.Keys {
			if !slices.Contains(own[a.ID], k) {
				own[a.ID] = append(own[a.ID], k)
			}
		}
	}
	for _, a := range m.Catalog() {
		mark := ""
		if _, ok := m.keys[a.ID]; ok {
			mark = "changed"
		}
		r := row{id: a.ID, cells: []string{a.ID, strings.Join(a.Keys, " "), a.Title, mark},
			about: "As it comes: " + orNone(strings.Join(own[a.ID], " ")) + ". In line mode every action has a command, whatever its keys are.",
			do:    func() tea.Cmd { return m.askKeys(a, own[a.ID]) }}
		r.reset = func() tea.Cmd {
			return m.change("keys of "+a.ID+" are as they come", "", func(s Settings) error { return s.Unbind(a.ID) })
		}
		out = append(out, r)
	}
	return out
}

func orNone(text string) string {
	if text == "" {
		return "no key"
	}
	return text
}

// askKeys asks for the keys of an action and refuses what could not be pressed or
// belongs to another action of its place.
func (m *Model) askKeys(a ui.Action, own []string) tea.Cmd {
	help := "Names of keys with blanks between them, such as: X delete ctrl+k space. Empty takes the keys away; the word default gives back: " + orNone(strings.Join(own, " "))
	m.push(newPrompt("keys of "+a.ID, help, strings.Join(a.Keys, " "), func(text string) tea.Cmd {
		keys := strings.Fields(text)
		if slices.Equal(keys, []string{"default"}) {
			return m.change("keys of "+a.ID+" are as they come", "", func(s Settings) error { return s.Unbind(a.ID) })
		}
		if err := m.bindable(a.ID, keys); err != nil {
			return m.notify(run.Err, "", err)
		}
		return m.change("keys of "+a.ID+": "+orNone(strings.Join(keys, " ")), "", func(s Settings) error { return s.Bind(a.ID, keys) })
	}))
	return nil
}
