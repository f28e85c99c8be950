package app

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"assay/core/bench"
	"assay/tui/ui"
)

// overlay is something that lies over the screen and takes every key.
type overlay interface {
	// view draws at most w x h cells.
	view(c *ui.Context, w, h int) []string
	key(m *Model, key tea.KeyPressMsg) tea.Cmd
	paste(text string)
}

func (m *Model) push(o overlay) { m.overlays = append(m.overlays, o) }

// pop closes an overlay, wherever in the stack it is.
func (m *Model) pop(o overlay) {
	for i := range m.overlays {
		if m.overlays[i] == o {
			m.overlays = append(m.overlays[:i], m.overlays[i+1:]...)
			return
		}
	}
}

// open reports whether an overlay is still there: a reply may come too late.
func (m *Model) open(o overlay) bool {
	return slices.Contains(m.overlays, o)
}

// confirm asks before something is done that cannot be undone.
type confirm struct {
	question string
	lines    []string
	verb     string
	yes      func() tea.Cmd
}

func newConfirm(question string, lines []string, verb string, yes func() tea.Cmd) *confirm {
	return &confirm{question, lines, verb, yes}
}

func (o *confirm) view(c *ui.Context, w, h int) []string {
	inner := min(w-4, 60)
	var lines []string
	for _, l := range o.lines {
		lines = append(lines, ui.Wrap(ui.Plain(l), max(inner, 1))...)
	}
	if len(lines) > max(h-5, 0) {
		lines = lines[:max(h-5, 0)]
	}
	lines = append(lines, "", c.Theme.Paint("key", "y")+c.Theme.Paint("hint", " "+o.verb)+"   "+c.Theme.Paint("key", "n")+c.Theme.Paint("hint", " leave it"))
	return ui.Panel(c, o.question, lines, min(w, max(inner+4, ui.Width(o.question)+6)))
}

func (o *confirm) key(m *Model, key tea.KeyPressMsg) tea.Cmd {
	switch ui.KeyName(key) {
	case "y", "Y":
		m.pop(o)
		return o.yes()
	case "n", "N", "esc", "q", "backspace":
		m.pop(o)
	}
	return nil
}

func (o *confirm) paste(string) {}

// choice is one line of a menu.
type choice struct {
	title, help string
	do          func() tea.Cmd
}

// menu lets a person choose one thing.
type menu struct {
	title   string
	choices []choice
	why     map[int]string // of the choices that cannot be chosen
	at      int

	top, rows int // of the choices as drawn last
}

func (o *menu) view(c *ui.Context, w, h int) []string {
	inner := max(min(w-4, 72), 1)
	help := ui.Block(ui.Wrap(o.choices[o.at].help, inner), inner, 2)
	rows := max(h-7, 1)
	top := max(min(o.at-rows/2, len(o.choices)-rows), 0)
	o.top, o.rows = top, min(rows, len(o.choices))
	var lines []string
	for i := top; i < min(top+rows, len(o.choices)); i++ {
		line := fmt.Sprintf("%d  %s", i+1, o.choices[i].title)
		if why := o.why[i]; why != "" {
			line += "  not now: " + why
		}
		if i == o.at {
			lines = append(lines, c.Theme.Paint("cursor-row", ui.Fit("> "+line, inner)))
		} else if o.why[i] != "" {
			lines = append(lines, c.Theme.Paint("faint", ui.Fit("  "+line, inner)))
		} else {
			lines = append(lines, ui.Fit("  "+line, inner))
		}
	}
	lines = append(lines, "")
	for _, l := range help {
		lines = append(lines, c.Theme.Paint("muted", l))
	}
	lines = append(lines, c.Theme.Paint("hint", ui.Cut("enter choose  j k move  esc cancel", inner)))
	out := ui.Panel(c, o.title, lines, min(w, inner+4))
	return out[:min(len(out), max(h, 0))]
}

func (o *menu) key(m *Model, key tea.KeyPressMsg) tea.Cmd {
	switch name := ui.KeyName(key); name {
	case "esc", "q", "backspace":
		m.pop(o)
	case "j", "down", "tab":
		o.at = min(o.at+1, len(o.choices)-1)
	case "k", "up", "shift+tab":
		o.at = max(o.at-1, 0)
	case "g", "home":
		o.at = 0
	case "G", "end":
		o.at = len(o.choices) - 1
	case "enter", "space":
		return o.choose(m, o.at)
	default:
		if len(name) == 1 && name[0] >= '1' && int(name[0]-'1') < len(o.choices) {
			return o.choose(m, int(name[0]-'1'))
		}
	}
	return nil
}

// choose does a choice and closes the menu; one that cannot be chosen says why, and the
// menu stays.
func (o *menu) choose(m *Model, i int) tea.Cmd {
	if o.why[i] != "" {
		o.at = i
		return nil
	}
	m.pop(o)
	return o.choices[i].do()
}

// offer shows the options of a screen.
func (m *Model) offer(in ui.Choose) tea.Cmd {
	if len(in.Options) == 0 {
		return nil
	}
	mn := &menu{title: in.Title, at: max(min(in.At, len(in.Options)-1), 0), why: map[int]string{}}
	for i, o := range in.Options {
		mn.choices = append(mn.choices, choice{o.Title, o.Help, func() tea.Cmd {
			intent, cmd := in.Do(i)
			return tea.Batch(cmd, m.intend(intent))
		}})
		mn.why[i] = o.Why
	}
	m.push(mn)
	return nil
}

func (o *menu) paste(string) {}

// kindMenu asks which kind of run to start.
func (m *Model) kindMenu(given map[string]any) {
	mn := &menu{title: "New run"}
	for _, k := range m.deps.Kinds {
		mn.choices = append(mn.choices, choice{k.Title, k.Summary, func() tea.Cmd {
			m.push(m.newForm(k, given))
			return nil
		}})
	}
	m.push(mn)
}

// formOverlay asks for the parameters of a run and starts it.
type formOverlay struct {
	form  *ui.Form
	draft string // of the editor, with a fault; "" for none
}

func (m *Model) newForm(k bench.Kind, given map[string]any) *formOverlay {
	f := ui.NewForm(k, given)
	f.LimitMemory(m.current.Bytes("run.memory"))
	return &formOverlay{form: f}
}

func (o *formOverlay) view(c *ui.Context, w, h int) []string { return o.form.View(c, w, h) }

func (o *formOverlay) paste(text string) { o.form.Paste(text) }

func (o *formOverlay) key(m *Model, key tea.KeyPressMsg) tea.Cmd {
	if ui.KeyName(key) == "ctrl+x" {
		return o.editParams(m)
	}
	switch o.form.Key(key) {
	case ui.FormCancelled:
		m.pop(o)
	case ui.FormSubmitted:
		o.form.Busy("starting...")
		return m.start(o.form.Kind().Name, o.form.Values(), o.form.Memory(), o)
	}
	return nil
}

// commandOverlay shows the command line that repeats a run.
type commandOverlay struct{ line string }

func newCommandOverlay(line string) *commandOverlay { return &commandOverlay{line} }

func (o *commandOverlay) view(c *ui.Context, w, h int) []string {
	inner := max(min(w-4, 96), 1)
	lines := ui.Wrap(ui.Plain(o.line), inner)
	if len(lines) > max(h-4, 1) {
		lines = lines[:max(h-4, 1)]
	}
	lines = append(lines, "", c.Theme.Paint("hint", "y copy  esc close"))
	return ui.Panel(c, "the same without the screen", lines, min(w, inner+4))
}

func (o *commandOverlay) key(m *Model, key tea.KeyPressMsg) tea.Cmd {
	switch ui.KeyName(key) {
	case "y":
		m.pop(o)
		return m.intend(ui.Copy{Text: o.line, What: "the command line"})
	case "esc", "q", "enter", "backspace", "R":
		m.pop(o)
	}
	return nil
}

func (o *commandOverlay) paste(string) {}
