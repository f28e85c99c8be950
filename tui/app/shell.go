package app

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/config"
	"assay/core/run"
	"assay/tui/term"
)

// Command is a command of the command line, or another word that may stand in one.
type Command struct {
	Path  string // "run ls", without the program
	Short string // what it does, in a few words
}

// Line is what a command line means: the kind of run that it would start with what
// is given for it, "" for any other command.
type Line struct {
	Kind  string
	Given map[string]any
}

// Shell reads and carries out command lines with the parser, the completion and the
// errors that they have in a shell. Words are without the program.
type Shell interface {
	// Commands lists the commands with their paths.
	Commands() []Command
	// Read says what words mean, or what is wrong with them. It reads no file.
	Read(words []string) (Line, error)
	// Complete returns what may stand in place of the last word. It is called from
	// commands.
	Complete(ctx context.Context, words []string) []Command
	// Process is a process that carries words out at the terminal, and waits there for
	// a key so that what it wrote can be read.
	Process(words []string) *exec.Cmd
	// Pager is a process that shows what words write in a pager, the command line of
	// which is given.
	Pager(words []string, pager string) *exec.Cmd
}

// lineRan says how a command line has ended that was given the terminal.
type lineRan struct {
	line string
	err  error
}

// lineCompleted holds what may stand in place of the last word of a palette's text.
type lineCompleted struct {
	to    *palette
	text  string
	words []Command
}

// verb reports whether a line begins with a command.
func verb(commands []Command, line string) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	for _, c := range commands {
		if name, _, _ := strings.Cut(c.Path, " "); name == first {
			return true
		}
	}
	return false
}

// unalias puts the line of an alias in place of its name at the beginning of a line,
// unless that is the name alone, which stands in the list by itself.
func unalias(aliases []config.Alias, line string) string {
	name, rest, more := strings.Cut(line, " ")
	for _, a := range aliases {
		if more && a.Name == name {
			return a.Line + " " + strings.TrimSpace(rest)
		}
	}
	return line
}

// runLine gives the terminal to a command line until it has ended.
func (m *Model) runLine(line string, words []string) tea.Cmd {
	m.deps.Log.Info("ran", "line", "assay "+line)
	return lend(tea.ExecProcess(m.deps.Shell.Process(words), func(err error) tea.Msg { return lineRan{line, err} }))
}

// pageRun shows what is known of the run of the screen in the pager of the person.
func (m *Model) pageRun() tea.Cmd {
	pager := term.Environ(m.deps.Environ).Get("PAGER")
	if pager == "" {
		pager = "less -R" // -R lets colours through where a command writes some
	}
	words := []string{"run", "show", string(m.target())}
	line := strings.Join(words, " ")
	return lend(tea.ExecProcess(m.deps.Shell.Pager(words, pager), func(err error) tea.Msg { return lineRan{line, err} }))
}

// target is the run that is shown, or under the cursor of a list; "" for none.
func (m *Model) target() run.ID {
	if s, ok := m.screen().(interface{ Chosen() run.ID }); ok {
		return s.Chosen()
	}
	return m.shown().ID
}

// lineRan reads again what the command may have changed. How it ended it has said
// itself; what could not be started has not.
func (m *Model) lineRan(msg lineRan) tea.Cmd {
	back := tea.Batch(followGround(true), m.reload())
	const notFound = 127 // as shells report it
	ended, ok := errors.AsType[*exec.ExitError](msg.err)
	switch {
	case ok && ended.ExitCode() == notFound:
		return tea.Batch(back, m.notify(run.Warn, msg.line+": a program was not found: is PAGER what it should be?", nil))
	case msg.err != nil && !ok:
		return tea.Batch(back, m.notify(run.Err, "", msg.err))
	}
	return back
}

// complete asks for what may stand in place of the last word of the palette's text.
func (o *palette) complete(line string) tea.Cmd {
	ctx, shell, text := o.m.ctx, o.m.deps.Shell, o.input.Text()
	words, _ := config.Words(line) // an open quote is completed as it is
	if strings.HasSuffix(text, " ") || len(words) == 0 {
		words = append(words, "")
	}
	return func() tea.Msg { return lineCompleted{o, text, shell.Complete(ctx, words)} }
}

// completed takes in what the shell knows: what all of it begins with goes into the
// text, and where that is no word yet, each is offered.
func (o *palette) completed(msg lineCompleted) {
	if o.input.Text() != msg.text || len(msg.words) == 0 {
		return // typed on, or nothing fits
	}
	at := strings.LastIndexByte(msg.text, ' ') + 1
	common := msg.words[0].Path
	for _, w := range msg.words[1:] {
		for !strings.HasPrefix(w.Path, common) {
			common = common[:len(common)-1]
		}
	}
	if len(msg.words) == 1 && !strings.HasSuffix(common, ",") && !strings.HasSuffix(common, "=") {
		common += " "
	}
	if len(common) > len(msg.text)-at {
		o.input.Set(msg.text[:at] + common)
		o.search()
	}
	if len(msg.words) == 1 {
		return
	}
	var offered []found
	for _, w := range msg.words {
		offered = append(offered, found{item: item{id: "word", title: w.Path, keys: w.Short, kind: "word", fill: msg.text[:at] + w.Path + " "}})
	}
	o.shown, o.at = offered, 0
}

// The commands that do in a shell what actions do: those of a run, by the last word of
// the action's ID, and those of screens and of the program.
var (
	runLines = map[string]string{
		"open": "show %s", "cancel": "cancel %s", "resume": "resume %s", "delete": "rm %s", "export": "export %s --format report",
		"star": "star %s", "tags": "tag %s TAG", "note": "note %s TEXT", "command": "replay %s", "reproduce": "replay %s",
	}
	screenLines = map[string]string{
		"runs": "assay run ls", "kv": "assay run ls --filter bench:kv", "fuzz": "assay run ls --filter bench:fuzz", "prune": "assay run ls --filter bench:prune",
		"caption": "assay run ls --filter bench:caption", "findings": "assay run findings", "compare": "assay run diff @1 @2", "gpu": "assay gpu", "log": "assay run logs @1",
	}
	programLines = map[string]string{
		"app.settings": "assay config show", "app.theme": "assay theme ls", "app.keys": "assay keys", "app.tour": "assay tour",
	}
)

// shellOf is the command that does in a shell what an action does, on the run that is
// shown or under the cursor; "" where there is none.
func (m *Model) shellOf(id string) string {
	if line, ok := programLines[id]; ok {
		return line
	}
	at := m.target()
	line, ok := runLines[id[strings.LastIndexByte(id, '.')+1:]]
	if !ok || at == "" {
		return ""
	}
	return "assay run " + fmt.Sprintf(line, at)
}
