package app

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// longestNote is how many bytes of a note are kept: it is shown whole and read
// with every run.
const longestNote = 64 << 10

// annotated says that something was written on a run, or why it was not.
type annotated struct {
	text string
	back func() tea.Cmd // takes it back; nil: nothing does
	err  error
}

// annotate writes on a run in the background; back takes it back, nil where nothing
// can.
func (m *Model) annotate(done string, write, back func(context.Context, Notebook) error) tea.Cmd {
	if m.deps.Notes == nil {
		return m.readOnly()
	}
	ctx, notes := m.ctx, m.deps.Notes
	undo := m.rewrite(back)
	if back == nil {
		undo = nil
	}
	return func() tea.Msg { return annotated{done, undo, write(ctx, notes)} }
}

func (m *Model) annotated(msg annotated) tea.Cmd {
	if msg.err != nil {
		return m.notify(run.Err, "", msg.err)
	}
	if msg.back != nil {
		m.undoable(step{msg.text, msg.back})
	}
	return tea.Batch(m.notify(run.Info, msg.text, nil), m.toScreen(ui.DataChanged{}))
}

func (m *Model) star(r run.Run, on bool) tea.Cmd {
	text := "starred " + r.Name
	if !on {
		text = "took the star from " + r.Name
	}
	star := func(on bool) func(context.Context, Notebook) error {
		return func(ctx context.Context, n Notebook) error { return n.Star(ctx, r.ID, on) }
	}
	return m.annotate(text, star(on), star(!on))
}

// label writes on a finding; what it says is told by the screen that shows it.
func (m *Model) label(in ui.LabelFinding) tea.Cmd {
	text := "labelled " + in.Finding + " " + in.Word
	if in.Word == "" {
		text = "took the label from " + in.Finding
	}
	label := func(word, note string) func(context.Context, Notebook) error {
		return func(ctx context.Context, n Notebook) error { return n.Label(ctx, in.Run, in.Finding, word, note) }
	}
	if in.Was == nil {
		return m.annotate(text, label(in.Word, in.Note), nil)
	}
	return m.annotate(text, label(in.Word, in.Note), label(in.Was.Word, in.Was.Note))
}

// editTags asks for all tags of a run as words.
func (m *Model) editTags(r run.Run) tea.Cmd {
	if m.deps.Notes == nil {
		return m.readOnly()
	}
	m.push(newPrompt("tags of "+ui.Plain(r.Name), "Words with blanks between them: new ones are added, missing ones taken away. The filter tag:word finds them.",
		strings.Join(r.Tags, " "), func(text string) tea.Cmd { return m.setTags(r, words(text)) }))
	return nil
}

// words splits a line at blanks and commas; each word comes once.
func words(text string) []string {
	all := strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' })
	var out []string
	for _, w := range all {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

func (m *Model) setTags(r run.Run, want []string) tea.Cmd {
	var add, drop, told []string
	for _, t := range want {
		if !slices.Contains(r.Tags, t) {
			add, told = append(add, t), append(told, "+"+t)
		}
	}
	for _, t := range r.Tags {
		if !slices.Contains(want, t) {
			drop, told = append(drop, t), append(told, "-"+t)
		}
	}
	if len(told) == 0 {
		return nil
	}
	change := func(add, drop []string) func(context.Context, Notebook) error {
		return func(ctx context.Context, n Notebook) error {
			for _, t := range add {
				if err := n.Tag(ctx, r.ID, t); err != nil {
					return err
				}
			}
			for _, t := range drop {
				if err := n.Untag(ctx, r.ID, t); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return m.annotate("tags of "+r.Name+": "+strings.Join(told, " "), change(add, drop), change(drop, add))
}

// editNote asks for a note of one line. Longer ones would lose their lines here.
func (m *Model) editNote(r run.Run) tea.Cmd {
	switch {
	case m.deps.Notes == nil:
		return m.readOnly()
	case strings.Contains(r.Note, "\n"):
		return m.notify(run.Warn, "the note has several lines: e opens it in the editor", nil)
	}
	m.push(newPrompt("note on "+ui.Plain(r.Name), "One line; empty takes the note away. e on the list opens the editor for more.",
		r.Note, func(text string) tea.Cmd { return m.setNote(r, strings.TrimSpace(text)) }))
	return nil
}

func (m *Model) setNote(r run.Run, text string) tea.Cmd {
	if text == r.Note {
		return nil
	}
	done := "noted on " + r.Name
	if text == "" {
		done = "took the note from " + r.Name
	}
	note := func(text string) func(context.Context, Notebook) error {
		return func(ctx context.Context, n Notebook) error { return n.Note(ctx, r.ID, text) }
	}
	return m.annotate(done, note(text), note(r.Note))
}

// editNoteInEditor asks for the note of a run in the editor.
func (m *Model) editNoteInEditor(r run.Run) tea.Cmd {
	if m.deps.Notes == nil {
		return m.readOnly()
	}
	return m.openEditor(edit{"note", "assay-note-*.md", r.Note, longestNote, func(text string) tea.Cmd {
		return m.setNote(r, strings.TrimSpace(text))
	}})
}
