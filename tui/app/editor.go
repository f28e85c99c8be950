package app

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/term"
)

// edit is a text on its way through the editor of the person.
type edit struct {
	what string // "note", in messages
	file string // pattern of its name, such as "assay-note-*.md"
	text string
	most int                       // bytes that are kept
	keep func(text string) tea.Cmd // takes what comes back
}

// Messages on the way.
type (
	// editOpened is a text in a file, ready for the editor.
	editOpened struct {
		edit
		path string
		err  error
	}
	// editDone says that the editor has ended.
	editDone struct {
		edit
		path string
		err  error
	}
)

// editor returns the editor that the person has chosen, "" for none.
func (m *Model) editor() string {
	env := term.Environ(m.deps.Environ)
	if e := env.Get("VISUAL"); e != "" {
		return e
	}
	return env.Get("EDITOR")
}

// openEditor puts a text into a file that only the person can read.
func (m *Model) openEditor(e edit) tea.Cmd {
	if m.editor() == "" {
		return m.notify(run.Warn, "no editor: set VISUAL or EDITOR", nil)
	}
	return func() tea.Msg {
		f, err := os.CreateTemp("", e.file) // of mode 0600
		if err != nil {
			return editOpened{err: fmt.Errorf("file for the editor: %w", err)}
		}
		_, err = f.WriteString(e.text)
		if err = errors.Join(err, f.Close()); err != nil {
			return editOpened{err: errors.Join(fmt.Errorf("file for the editor: %w", err), os.Remove(f.Name()))}
		}
		return editOpened{edit: e, path: f.Name()}
	}
}

// editOpened gives the terminal to the editor until it ends.
func (m *Model) editOpened(msg editOpened) tea.Cmd {
	if msg.err != nil {
		return m.notify(run.Err, "", msg.err)
	}
	c := exec.Command("sh", "-c", m.editor()+` "$1"`, "sh", msg.path) // the variable may hold arguments
	return lend(tea.ExecProcess(c, func(err error) tea.Msg { return editDone{msg.edit, msg.path, err} }))
}

// editDone keeps what the editor has left behind, unless it failed.
func (m *Model) editDone(msg editDone) tea.Cmd {
	return tea.Batch(followGround(true), m.keepEdited(msg))
}

func (m *Model) keepEdited(msg editDone) tea.Cmd {
	data, err := os.ReadFile(msg.path)
	gone := os.Remove(msg.path)
	switch {
	case msg.err != nil:
		return m.notify(run.Err, "", fmt.Errorf("the editor failed, the %s stays as it was: %w", msg.what, msg.err))
	case err != nil:
		return m.notify(run.Err, "", fmt.Errorf("read what the editor wrote: %w", err))
	case len(data) > msg.most:
		return m.notify(run.Warn, fmt.Sprintf("the %s is %d bytes long, at most %d are kept: it stays as it was", msg.what, len(data), msg.most), nil)
	case gone != nil:
		return tea.Batch(m.notify(run.Warn, "", gone), msg.keep(string(data)))
	}
	return msg.keep(string(data))
}

// editParams takes the fields of a form through the editor, as the file that --params
// reads. What is wrong with what comes back stands in the form, and the next try
// begins with it.
func (o *formOverlay) editParams(m *Model) tea.Cmd {
	k := o.form.Kind()
	text := o.draft
	if text == "" {
		p, err := k.Schema.Complete(o.form.Values())
		if err != nil {
			o.form.Fail(err)
			return nil
		}
		text = string(k.WriteTOML(p))
	}
	const most = 1 << 20
	return m.openEditor(edit{"form", "assay-params-*.toml", text, most, func(text string) tea.Cmd {
		if !m.open(o) {
			return nil // closed meanwhile
		}
		p, err := k.ReadTOML([]byte(text))
		if err != nil {
			o.draft = text
			o.form.Fail(err)
			return nil
		}
		o.draft = ""
		o.form.Fill(p)
		return nil
	}})
}
