package runview

import (
	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// Field is a line that is typed on a screen, and what becomes of it.
type Field struct {
	Title  string
	Done   func(text string) (ui.Intent, tea.Cmd) // enter
	Change func(text string)                      // at every key; nil: nothing
	Cancel func()                                 // esc; nil: nothing
	Past   *ui.History                            // what up and down call back; nil: nothing

	input ui.Input
}

// NewField returns a field with a text in it.
func NewField(title, text string, done func(string) (ui.Intent, tea.Cmd)) *Field {
	f := &Field{Title: title, Done: done}
	f.input.Set(text)
	return f
}

// Update takes a key or a paste; open is false once the field is done with.
func (f *Field) Update(msg tea.Msg) (open bool, intent ui.Intent, cmd tea.Cmd) {
	switch m := msg.(type) {
	case tea.PasteMsg:
		f.input.Paste(m.Content)
	case tea.KeyPressMsg:
		switch ui.KeyName(m) {
		case "esc":
			if f.Cancel != nil {
				f.Cancel()
			}
			return false, nil, nil
		case "up", "down":
			if f.Past == nil {
				return true, nil, nil
			}
			if ui.KeyName(m) == "up" {
				f.input.Set(f.Past.Older(f.input.Text()))
			} else {
				f.input.Set(f.Past.Newer(f.input.Text()))
			}
			if f.Change != nil {
				f.Change(f.input.Text())
			}
			return true, nil, nil
		case "enter":
			if f.Past != nil {
				f.Past.Add(f.input.Text())
			}
			intent, cmd = f.Done(f.input.Text())
			return false, intent, cmd
		}
		if !f.input.Key(m) {
			return true, nil, nil
		}
	default:
		return true, nil, nil
	}
	if f.Change != nil {
		f.Change(f.input.Text())
	}
	return true, nil, nil
}

// View draws the field in w cells.
func (f *Field) View(c *ui.Context, w int) string {
	lead := " " + f.Title + " "
	return c.Theme.Paint("title", ui.Cut(lead, w)) + f.input.View(c, max(w-ui.Width(lead), 0), true)
}
