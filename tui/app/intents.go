package app

import (
	"context"
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"assay/core/config"
	"assay/core/run"
	"assay/tui/ui"
)

// Replies of the commands that carry out intents.
type (
	runRead struct {
		run   run.Run
		err   error
		then  func(run.Run) tea.Cmd
		asked int // keys pressed when it was asked for
	}
	started struct {
		id   run.ID
		kind string
		err  error
		form *formOverlay // nil where no form had asked
		of   *asked
	}
	told struct {
		level run.Level
		text  string
		err   error
		of    *asked // nil where no worker was asked
	}
	commandRead struct {
		line  string
		asked int // as of runRead
	}
)

// intend carries out the wish of a screen.
func (m *Model) intend(intent ui.Intent) tea.Cmd {
	switch in := intent.(type) {
	case nil:
		return nil
	case ui.OpenRun:
		return m.read(in.ID, m.openRun)
	case ui.OpenForm:
		return m.openForm(in)
	case ui.StartRun:
		return m.start(in.Kind, in.Given, in.Memory, nil)
	case ui.RequestRun:
		return m.request(in)
	case ui.CancelRun:
		return m.read(in.ID, m.askCancel)
	case ui.ResumeRun:
		m.mine(in.ID)
		return m.launch("assay run resume "+string(in.ID), "resumed", func(ctx context.Context, l Launcher) error { return l.Resume(ctx, in.ID) })
	case ui.PauseRun:
		return m.read(in.ID, m.pause)
	case ui.DeleteRun:
		return m.read(in.ID, m.askDelete)
	case ui.CompareRuns:
		return m.compare(in)
	case ui.ExportRuns:
		return m.exportMenu(in.IDs)
	case ui.SaveBundle:
		return m.bundle()
	case ui.Choose:
		return m.offer(in)
	case ui.Undoable:
		m.undoable(step{in.What, in.Undo})
		return nil
	case ui.ShowLine:
		m.push(newCommandOverlay(in.Line))
		return nil
	case ui.ShowCommand:
		return m.showCommand(in.ID)
	case ui.StarRun:
		return m.read(in.ID, func(r run.Run) tea.Cmd { return m.star(r, in.On) })
	case ui.EditTags:
		return m.read(in.ID, m.editTags)
	case ui.EditNote:
		if in.Editor {
			return m.read(in.ID, m.editNoteInEditor)
		}
		return m.read(in.ID, m.editNote)
	case ui.LabelFinding:
		return m.label(in)
	case ui.CopyRun:
		return m.read(in.ID, func(r run.Run) tea.Cmd { return m.copyMenu(r, in.Offer) })
	case ui.Copy:
		return m.copy(in)
	case ui.Notify:
		return m.notify(in.Level, in.Text, in.Err)
	case ui.Back:
		cmd := m.goBack()
		return cmd
	}
	return nil
}

// read reads a run and goes on with it.
func (m *Model) read(id run.ID, then func(run.Run) tea.Cmd) tea.Cmd {
	ctx, reader, asked := m.ctx, m.deps.Reader, m.pressed
	return func() tea.Msg {
		r, err := reader.Run(ctx, id)
		return runRead{r, err, then, asked}
	}
}

// resolve finds the run that the screen was opened on.
func (m *Model) resolve(ref string) tea.Cmd {
	ctx, reader := m.ctx, m.deps.Reader
	return func() tea.Msg {
		r, err := reader.Resolve(ctx, ref)
		return runRead{r, err, m.openRun, 0}
	}
}

func (m *Model) runRead(msg runRead) tea.Cmd {
	if msg.err != nil {
		return m.notify(run.Err, "", msg.err)
	}
	before := len(m.overlays)
	cmd := msg.then(msg.run)
	m.surprise(msg.asked, before)
	return cmd
}

// screenFor returns the index of the screen that shows runs of a kind, -1 for none.
func (m *Model) screenFor(kind string) int {
	for i, s := range m.screens {
		if rs, ok := s.(ui.RunScreen); ok && rs.Handles(kind) {
			return i
		}
	}
	return -1
}

func (m *Model) openRun(r run.Run) tea.Cmd {
	i := m.screenFor(r.Kind)
	if i < 0 {
		return m.notify(run.Warn, fmt.Sprintf("no screen shows runs of kind %s; assay run show %s does", r.Kind, short(r.ID)), nil)
	}
	open := m.screens[i].(ui.RunScreen).Open(r.ID)
	return tea.Batch(open, m.show(i))
}

func (m *Model) compare(in ui.CompareRuns) tea.Cmd {
	if len(in.IDs) < 2 {
		return m.notify(run.Warn, "compare: mark 2 to 8 runs first", nil)
	}
	for i, s := range m.screens {
		if cs, ok := s.(ui.CompareScreen); ok && !in.OnBench {
			return tea.Batch(cs.Compare(in.IDs), m.show(i))
		}
	}
	return m.read(in.IDs[0], func(r run.Run) tea.Cmd {
		i := m.screenFor(r.Kind)
		if i < 0 {
			return m.notify(run.Warn, "no screen compares runs of kind "+r.Kind, nil)
		}
		cmp := m.screens[i].(ui.RunScreen).Compare(in.IDs)
		return tea.Batch(cmp, m.show(i))
	})
}

// launch does something with runs that needs a launcher, and tells about it. Line is
// the command that does the same.
func (m *Model) launch(line, done string, do func(context.Context, Launcher) error) tea.Cmd {
	if m.deps.Launcher == nil {
		return m.readOnly()
	}
	ctx, l, a := m.ctx, m.deps.Launcher, m.ask(line)
	return func() tea.Msg {
		if err := do(ctx, l); err != nil {
			return told{level: run.Err, err: err, of: a}
		}
		return told{level: run.Info, text: done, of: a}
	}
}

// pause lets a run wait, go on again, or takes it up, whichever it can.
func (m *Model) pause(r run.Run) tea.Cmd {
	line := "assay run pause " + string(r.ID)
	switch {
	case r.State == run.Paused:
		return m.launch("assay run resume "+string(r.ID), r.Name+" goes on", func(ctx context.Context, l Launcher) error { return l.Continue(ctx, r.ID) })
	case r.State.Live():
		return m.launch(line, r.Name+" waits; p lets it go on", func(ctx context.Context, l Launcher) error { return l.Pause(ctx, r.ID) })
	case r.State.Resumable():
		return m.intend(ui.ResumeRun{ID: r.ID})
	}
	return m.notify(run.Warn, fmt.Sprintf("%s is %s: it neither pauses nor goes on", r.Name, r.State), nil)
}

func (m *Model) readOnly() tea.Cmd {
	why := m.deps.ReadOnly
	if why == "" {
		why = "this screen only reads"
	}
	return m.notify(run.Warn, "nothing can be started or changed: "+why, nil)
}

func (m *Model) openForm(in ui.OpenForm) tea.Cmd {
	if m.deps.Launcher == nil {
		return m.readOnly()
	}
	if in.Kind == "" {
		m.kindMenu(in.Given)
		return nil
	}
	k, err := m.deps.Kinds.Find(in.Kind)
	if err != nil {
		return m.notify(run.Err, "", err)
	}
	f := m.newForm(k, in.Given)
	f.form.Go(in.Field)
	m.push(f)
	return nil
}

func (m *Model) start(kind string, given map[string]any, memory config.Bytes, form *formOverlay) tea.Cmd {
	if m.deps.Launcher == nil {
		return m.readOnly()
	}
	ctx, l, a := m.ctx, m.deps.Launcher, m.ask(startLine(m.deps.Kinds, kind, given))
	return func() tea.Msg {
		id, err := l.Start(ctx, kind, given, memory)
		return started{id, kind, err, form, a}
	}
}

// started opens a new run, or hands the error to the form that had asked.
func (m *Model) started(msg started) tea.Cmd {
	m.answered(msg.of, msg.err)
	waiting := msg.form != nil && m.open(msg.form)
	if msg.err != nil {
		if waiting {
			msg.form.form.Fail(msg.err)
			return nil
		}
		return m.notify(run.Err, "", msg.err)
	}
	if waiting {
		m.pop(msg.form)
	}
	m.mine(msg.id)
	hint := m.tip(ownTip)
	news := m.notify(run.Info, "started "+msg.kind+" "+short(msg.id), nil)
	if m.screenFor(msg.kind) < 0 || msg.form != nil && !waiting {
		return tea.Batch(news, hint) // nobody can show it, or the person has turned away
	}
	return tea.Batch(news, hint, m.read(msg.id, m.openRun))
}

// request asks a warm worker for a child run, or starts the fallback.
func (m *Model) request(in ui.RequestRun) tea.Cmd {
	if m.deps.Launcher == nil {
		return m.readOnly()
	}
	ctx, l, a := m.ctx, m.deps.Launcher, m.ask(in.Do+" of the worker of "+string(in.ID)+"; cold: "+startLine(m.deps.Kinds, in.Fallback.Kind, in.Fallback.Given))
	return func() tea.Msg {
		id, err := l.Request(ctx, in.ID, in.Do, in.Args)
		kind := in.Fallback.Kind
		if errors.Is(err, ErrCold) && kind != "" {
			id, err = l.Start(ctx, kind, in.Fallback.Given, in.Fallback.Memory)
		}
		return started{id, kind, err, nil, a}
	}
}

func (m *Model) askCancel(r run.Run) tea.Cmd {
	if !r.State.Live() {
		return m.notify(run.Warn, fmt.Sprintf("%s is %s already", r.Name, r.State), nil)
	}
	lines := []string{r.Name, "What it has recorded so far stays, and it can be resumed."}
	if r.Total > 0 {
		lines = append(lines, fmt.Sprintf("It is at %d of %d.", r.Done, r.Total))
	}
	m.push(newConfirm("Cancel this run?", lines, "cancel it", func() tea.Cmd {
		return m.launch("assay run cancel "+string(r.ID), "asked "+r.Name+" to end", func(ctx context.Context, l Launcher) error { return l.Cancel(ctx, r.ID) })
	}))
	return nil
}

func (m *Model) askDelete(r run.Run) tea.Cmd {
	if r.State.Live() {
		return m.notify(run.Warn, fmt.Sprintf("%s is %s: cancel it first", r.Name, r.State), nil)
	}
	lines := []string{r.Name}
	if r.Headline != "" {
		lines = append(lines, r.Headline)
	}
	lines = append(lines, "Its results, arrays and log are deleted for good; the command line of R starts it anew.")
	m.push(newConfirm("Delete this run?", lines, "delete it", func() tea.Cmd {
		return m.launch("assay run rm "+string(r.ID), "deleted "+r.Name, func(ctx context.Context, l Launcher) error { return l.Remove(ctx, r.ID) })
	}))
	return nil
}

// showCommand reads a run and shows how to repeat it without the screen.
func (m *Model) showCommand(id run.ID) tea.Cmd {
	ctx, reader, kinds, asked := m.ctx, m.deps.Reader, m.deps.Kinds, m.pressed
	return func() tea.Msg {
		r, err := reader.Run(ctx, id)
		if err != nil {
			return told{level: run.Err, err: err}
		}
		k, err := kinds.Find(r.Kind)
		if err != nil {
			return told{level: run.Err, err: err}
		}
		line, err := commandLine(k, r)
		if err != nil {
			return told{level: run.Err, err: err}
		}
		return commandRead{line, asked}
	}
}
