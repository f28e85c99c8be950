package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/term"
	"assay/tui/ui"
)

// mostCopied is how many bytes, encoded, terminals take in one OSC 52.
const mostCopied = 74994

// Messages on the way of a text to the clipboard.
type (
	// copiedToFile says where a text lies that was too long for the clipboard, or that
	// the person wants in a file.
	copiedToFile struct {
		what, path string
		wanted     bool
		err        error
	}
	// copiedBy says that a program has taken a text, or why it has not.
	copiedBy struct {
		in   ui.Copy
		name string
		err  error
	}
)

// copy puts a text on the clipboard by the way of ui.clipboard. auto is a program of
// this machine where the person sits at it, else tmux where it runs in one, which
// hands it on to the terminal; else, and where a program fails, the terminal itself.
func (m *Model) copy(in ui.Copy) tea.Cmd {
	env := term.Environ(m.deps.Environ)
	way := m.current.Get("ui.clipboard")
	tool := native(env)
	switch {
	case way == "file":
		return m.copyToFile(in, true)
	case way == "native" && tool == nil:
		return m.notify(run.Warn, "no program for the clipboard was found: wl-copy, xclip, xsel or pbcopy; ui.clipboard = auto asks the terminal", nil)
	case way == "native", way != "osc52" && way != "tmux" && !m.ui.Remote && tool != nil:
		return m.copyBy(in, tool)
	case way == "tmux", way != "osc52" && env.Get("TMUX") != "":
		return m.copyBy(in, []string{"tmux", "load-buffer", "-w", "-"})
	}
	return m.copyByTerminal(in, "")
}

// native is the program that fills the clipboard of this machine, nil for none.
func native(env term.Environ) []string {
	var list [][]string
	if env.Get("WAYLAND_DISPLAY") != "" {
		list = append(list, []string{"wl-copy"})
	}
	if env.Get("DISPLAY") != "" {
		list = append(list, []string{"xclip", "-selection", "clipboard"}, []string{"xsel", "--clipboard", "--input"})
	}
	for _, tool := range append(list, []string{"pbcopy"}) {
		if _, err := exec.LookPath(tool[0]); err == nil {
			return tool
		}
	}
	return nil
}

// copyBy hands a text to a program.
func (m *Model) copyBy(in ui.Copy, tool []string) tea.Cmd {
	const patience = 2 * time.Second
	parent := m.ctx
	return func() tea.Msg {
		ctx, stop := context.WithTimeout(parent, patience)
		defer stop()
		c := exec.CommandContext(ctx, tool[0], tool[1:]...)
		c.Stdin = strings.NewReader(in.Text)
		return copiedBy{in, tool[0], c.Run()}
	}
}

func (m *Model) copiedBy(msg copiedBy) tea.Cmd {
	if msg.err == nil {
		return m.notify(run.Info, "copied "+msg.in.What+" by way of "+msg.name, nil)
	}
	return m.copyByTerminal(msg.in, msg.name+" failed: ")
}

// copyByTerminal asks the terminal, which gives no answer; of a long text the path of a
// file with it.
func (m *Model) copyByTerminal(in ui.Copy, before string) tea.Cmd {
	if base64.StdEncoding.EncodedLen(len(in.Text)) <= mostCopied {
		return tea.Batch(tea.SetClipboard(in.Text), m.notify(run.Info, before+"copied "+in.What+" by way of the terminal (OSC 52)", nil))
	}
	return m.copyToFile(in, false)
}

// copyToFile writes a text into a file that only the person can read.
func (m *Model) copyToFile(in ui.Copy, wanted bool) tea.Cmd {
	return func() tea.Msg {
		f, err := os.CreateTemp("", "assay-copy-*.txt") // of mode 0600
		if err != nil {
			return copiedToFile{err: err}
		}
		_, err = f.WriteString(in.Text)
		return copiedToFile{in.What, f.Name(), wanted, errors.Join(err, f.Close())}
	}
}

func (m *Model) copiedToFile(msg copiedToFile) tea.Cmd {
	switch {
	case msg.err != nil:
		return m.notify(run.Err, "", fmt.Errorf("file for what was copied: %w", msg.err))
	case msg.wanted:
		return m.notify(run.Info, "wrote "+msg.what+" to "+msg.path, nil)
	}
	return tea.Batch(tea.SetClipboard(msg.path),
		m.notify(run.Warn, msg.what+" is too long for a terminal; copied the path of a file with it (OSC 52): "+msg.path, nil))
}

// copyMenu offers what can be copied: what the screen offers first, then that of the
// run.
func (m *Model) copyMenu(r run.Run, first []ui.Copy) tea.Cmd {
	mn := &menu{title: "Copy of " + ui.Plain(r.Name)}
	offer := func(title, text, what string) {
		mn.choices = append(mn.choices, choice{title, ui.Cut(ui.Plain(text[:min(len(text), 400)]), 140), func() tea.Cmd {
			return m.copy(ui.Copy{Text: text, What: what})
		}})
	}
	for _, c := range first {
		offer(strings.TrimPrefix(c.What, "the "), c.Text, c.What)
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
