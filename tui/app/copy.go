package app

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// mostCopied is how many bytes, encoded, terminals take in one OSC 52.
const mostCopied = 74994

// copiedToFile says where a text lies that was too long for the clipboard.
type copiedToFile struct {
	what, path string
	err        error
}

// copy puts a text on the clipboard by way of the terminal, which gives no answer;
// of a long one the path of a file with it.
func (m *Model) copy(in ui.Copy) tea.Cmd {
	if base64.StdEncoding.EncodedLen(len(in.Text)) <= mostCopied {
		return tea.Batch(tea.SetClipboard(in.Text), m.notify(run.Info, "copied "+in.What+" by way of the terminal (OSC 52)", nil))
	}
	return func() tea.Msg {
		f, err := os.CreateTemp("", "assay-copy-*.txt") // of mode 0600
		if err != nil {
			return copiedToFile{err: err}
		}
		_, err = f.WriteString(in.Text)
		return copiedToFile{in.What, f.Name(), errors.Join(err, f.Close())}
	}
}

func (m *Model) copiedToFile(msg copiedToFile) tea.Cmd {
	if msg.err != nil {
		return m.notify(run.Err, "", fmt.Errorf("file for what was copied: %w", msg.err))
	}
	return tea.Batch(tea.SetClipboard(msg.path),
		m.notify(run.Warn, msg.what+" is too long for a terminal; copied the path of a file with it (OSC 52): "+msg.path, nil))
}

// copyMenu offers what of a run can be copied.
func (m *Model) copyMenu(r run.Run) tea.Cmd {
	mn := &menu{title: "Copy of " + ui.Plain(r.Name)}
	offer := func(title, text, what string) {
		mn.choices = append(mn.choices, choice{title, ui.Cut(ui.Plain(text[:min(len(text), 400)]), 140), func() tea.Cmd {
			return m.copy(ui.Copy{Text: text, What: what})
		}})
	}
	offer("id", string(r.ID), "the id of the run")
	if k, err := m.deps.Kinds.Find(r.Kind); err == nil {
		if line, err := commandLine(k, r); err == nil {
			offer("command", line, "the command line")
		}
	}
	if r.Headline != "" {
		offer("result", r.Headline, "the result")
	}
	if row, err := json.MarshalIndent(r, "", "  "); err == nil {
		offer("row as JSON", string(row), "the row of the run as JSON")
	}
	m.push(mn)
	return nil
}
