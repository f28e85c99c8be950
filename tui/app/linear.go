package app

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"assay/core/config"
	"assay/core/run"
	"assay/tui/ui"
)

// The methods of this file are for front ends without cells, such as the linear
// mode: they do what keys do and tell as text what overlays draw. Like Update
// they belong to the goroutine that drives the model.

// Catalog returns every action of every pane, page and screen, each once, those of
// screens first: what the key reference is made from. Keys of an action that stands
// in several places are those of all of them. The actions are for reading only.
func (m *Model) Catalog() []ui.Action {
	var out []ui.Action
	at := map[string]int{}
	for _, a := range m.keys.Apply(m.everything()) {
		i, ok := at[a.ID]
		if !ok {
			at[a.ID] = len(out)
			a.Keys = slices.Clone(a.Keys)
			out = append(out, a)
			continue
		}
		for _, k := range a.Keys {
			if !slices.Contains(out[i].Keys, k) {
				out[i].Keys = append(out[i].Keys, k)
			}
		}
	}
	return out
}

// Front returns the screen in front, for reading.
func (m *Model) Front() ui.Screen { return m.screen() }

// Invoke does an action of those that Actions lists now, as its key would; it
// reports false where there is none of that ID.
func (m *Model) Invoke(id string) (tea.Cmd, bool) {
	m.fresh = false
	list := m.Actions()
	i := slices.IndexFunc(list, func(a ui.Action) bool { return a.ID == id })
	if i < 0 {
		return nil, false
	}
	return m.do(&list[i]), true
}

// Wish carries out an intent as if a screen had it.
func (m *Model) Wish(in ui.Intent) tea.Cmd {
	m.fresh = false
	return m.intend(in)
}

// ReadLine reads a line as the palette does that begins with a command or an alias: what
// it means, and the line with its alias written out. It reports false for any other.
func (m *Model) ReadLine(text string) (read Line, line string, ok bool, err error) {
	if m.deps.Shell == nil {
		return read, "", false, nil
	}
	words, err := config.Words(text)
	if err != nil || len(words) == 0 {
		return read, "", false, nil
	}
	line = strings.TrimSpace(text)
	for _, a := range m.current.Aliases() {
		if a.Name == words[0] {
			line = strings.TrimSpace(a.Line + strings.TrimPrefix(line, a.Name))
		}
	}
	if !verb(m.deps.Shell.Commands(), line) {
		return read, "", false, nil
	}
	words, err = config.Words(line)
	if err == nil {
		read, err = m.deps.Shell.Read(words)
	}
	return read, line, true, err
}

// News returns the toasts, those gone as well, oldest first.
func (m *Model) News() []ui.Toast {
	out := m.toasts.All()
	slices.Reverse(out)
	return out
}

// Farewell is the line to print after leaving: which runs go on; "" for none.
func (m *Model) Farewell() string { return m.farewell() }

// Exit is the exit code that was asked for.
func (m *Model) Exit() int { return m.exit }

// Prompt is what the overlay on top shows, as text.
type Prompt struct {
	Title   string
	Lines   []string
	Choices []Choice          // what Answer chooses from; empty where nothing is asked
	Confirm bool              // Choices are yes and no, in this order
	Kind    string            // of the run that a form is for; "" where it is none
	Values  map[string]string // of the form, by the key of the parameter
	Text    bool              // it asks for a line of text; Lines begins with the text so far
	Keys    bool              // nothing is known about it but what it draws: it takes keys
}

// Choice is one answer to a Prompt.
type Choice struct{ Title, Help string }

// Prompt returns what the overlay on top shows; ok is false where none is open.
func (m *Model) Prompt() (p Prompt, ok bool) {
	if len(m.overlays) == 0 {
		return p, false
	}
	const w, h = 78, 200 // lines as long as on the smallest screen, and all of them
	switch o := m.overlays[len(m.overlays)-1].(type) {
	case *confirm:
		p = Prompt{Title: o.question, Lines: o.lines, Confirm: true, Choices: []Choice{{Title: o.verb}, {Title: "leave it"}}}
	case *menu:
		p.Title = o.title
		for _, c := range o.choices {
			p.Choices = append(p.Choices, Choice{c.title, c.help})
		}
	case *listing:
		p.Title = o.title
		for _, r := range o.rows() {
			p.Choices = append(p.Choices, Choice{strings.TrimSpace(strings.Join(slices.DeleteFunc(slices.Clone(r.cells), func(c string) bool { return c == "" }), "  ")), r.about})
		}
	case *jump:
		p.Title = "go to"
		for _, t := range o.targets {
			p.Choices = append(p.Choices, Choice{Title: t.name})
		}
	case *formOverlay:
		p = Prompt{Title: o.form.Kind().Title, Kind: o.form.Kind().Name, Values: map[string]string{}}
		for k, v := range o.form.Values() {
			if text, ok := v.(string); ok {
				p.Values[k] = text
			}
		}
		p.Values[memoryKey] = strings.ReplaceAll(o.form.Memory().String(), " ", "")
	case *prompt:
		p = Prompt{Title: o.title, Lines: []string{o.input.Text(), o.help}, Text: true}
	case *page:
		p = Prompt{Title: o.title, Lines: o.text(m.ui, w)}
	case *commandOverlay:
		p = Prompt{Title: "the same without the screen", Lines: []string{o.line}}
	case *help:
		o.all = true
		p = Prompt{Title: "help: " + o.title, Lines: o.lines(m.ui, w)}
	default:
		p = Prompt{Lines: o.view(m.ui, w, h), Keys: true}
	}
	for i := range p.Lines {
		p.Lines[i] = ui.Plain(ansi.Strip(p.Lines[i]))
	}
	p.Title = strings.TrimSuffix(p.Title, ":")
	return p, true
}

// Answer chooses from the choices of the Prompt, which closes; a number that is
// none of them does nothing.
func (m *Model) Answer(n int) tea.Cmd {
	m.fresh = false
	if len(m.overlays) == 0 {
		return nil
	}
	switch o := m.overlays[len(m.overlays)-1].(type) {
	case *confirm:
		m.pop(o)
		if n == 0 {
			return o.yes()
		}
	case *listing:
		if rows := o.rows(); n >= 0 && n < len(rows) {
			m.pop(o)
			return rows[n].do()
		}
	case *jump:
		if n >= 0 && n < len(o.targets) {
			m.pop(o)
			return o.targets[n].do()
		}
	case *menu:
		if n >= 0 && n < len(o.choices) {
			if why := o.why[n]; why != "" {
				return m.notify(run.Warn, o.choices[n].title+": "+why, nil)
			}
			return o.choose(m, n)
		}
	}
	return nil
}

// Fill answers a Prompt for text, which closes.
func (m *Model) Fill(text string) tea.Cmd {
	m.fresh = false
	if len(m.overlays) == 0 {
		return nil
	}
	o, ok := m.overlays[len(m.overlays)-1].(*prompt)
	if !ok {
		return nil
	}
	o.input.Set(text)
	m.pop(o)
	return o.done(o.input.Text())
}

// Submit closes the form on top and starts its run with the given values in place
// of the form's own; what is wrong with them comes as news.
func (m *Model) Submit(given map[string]string) tea.Cmd {
	m.fresh = false
	if len(m.overlays) == 0 {
		return nil
	}
	o, ok := m.overlays[len(m.overlays)-1].(*formOverlay)
	if !ok {
		return nil
	}
	values, memory := o.form.Values(), o.form.Memory()
	for k, v := range given {
		if k != memoryKey {
			values[k] = v
			continue
		}
		var err error
		if memory, err = config.ParseBytes(v); err != nil {
			m.pop(o)
			return m.notify(run.Err, "", err)
		}
	}
	m.pop(o)
	return m.start(o.form.Kind().Name, values, memory, nil)
}

// memoryKey is the value of a form that limits the process of its run.
const memoryKey = "memory"

// Dismiss closes the overlay on top.
func (m *Model) Dismiss() {
	m.fresh = false
	if n := len(m.overlays); n > 0 {
		m.overlays = m.overlays[:n-1]
	}
}
