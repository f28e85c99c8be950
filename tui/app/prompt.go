package app

import (
	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// prompt asks for a line of text.
type prompt struct {
	title, help string
	input       ui.Input
	done        func(text string) tea.Cmd
}

func newPrompt(title, help, text string, done func(string) tea.Cmd) *prompt {
	o := &prompt{title: title, help: help, done: done}
	o.input.Set(text)
	return o
}

func (o *prompt) view(c *ui.Context, w, h int) []string {
	inner := max(min(w-4, 72), 1)
	lines := []string{o.input.View(c, inner, true), ""}
	for _, l := range ui.Wrap(o.help, inner) {
		lines = append(lines, c.Theme.Paint("muted", l))
	}
	lines = append(lines, c.Theme.Paint("hint", ui.Cut("enter keep  esc leave as it was", inner)))
	out := ui.Panel(c, o.title, lines, min(w, inner+4))
	return out[:min(len(out), max(h, 0))]
}

func (o *prompt) key(m *Model, key tea.KeyPressMsg) tea.Cmd {
	switch ui.KeyName(key) {
	case "esc":
		m.pop(o)
	case "enter":
		m.pop(o)
		return o.done(o.input.Text())
	default:
		o.input.Key(key)
	}
	return nil
}

func (o *prompt) paste(text string) { o.input.Paste(text) }
