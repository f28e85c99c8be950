package app

import (
	"os"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/core/telemetry"
	"assay/tui/ui"
)

// Messages of the shell's own commands.
type (
	dataChanged  struct{ version int64 }
	watchFailed  struct{ err error }
	countsRead   struct{ counts counts }
	ended        struct{ run run.Run }
	minutePassed struct{}
	saveDue      struct{}
	sweepDone    struct{ err error }
	sweepDue     struct{}
	toastExpired struct{ now time.Time }
	secondPassed struct{ now time.Time }
)

// pace says how often the screen looks for changes. The model writes it, the
// waiting command reads it; every field is safe for concurrent use.
type pace struct {
	version atomic.Int64 // the last one reported
	live    atomic.Bool
	blurred atomic.Bool
	failed  atomic.Bool // the last look did
	remote  atomic.Bool
	link    Link
}

func newPace(remote bool, link Link) *pace {
	p := &pace{link: link}
	p.remote.Store(remote)
	p.version.Store(-1)
	return p
}

// least is the time between two reports.
func (p *pace) least() time.Duration {
	d := 100 * time.Millisecond
	if p.remote.Load() {
		d = 250 * time.Millisecond
	}
	if p.link != nil {
		factor, _ := p.link.Slow()
		d = min(d*time.Duration(factor), 2*time.Second)
	}
	if p.blurred.Load() {
		d = max(d, time.Second)
	}
	return d
}

// poll is the time between two looks.
func (p *pace) poll() time.Duration {
	if p.live.Load() && !p.blurred.Load() {
		return max(250*time.Millisecond, p.least())
	}
	return max(time.Second, p.least())
}

// waitChanges returns the one command that looks for changes. It ends with one
// message and is started again when that has been handled.
func (m *Model) waitChanges() tea.Cmd {
	p, ctx, reader, sleep := m.pace, m.ctx, m.deps.Reader, m.ui.Sleep
	return func() tea.Msg {
		wait := p.least()
		switch {
		case p.failed.Load():
			wait = p.poll()
		case p.version.Load() < 0: // the first look
			wait = 0
		}
		for {
			if wait > 0 {
				if sleep(ctx, wait) != nil {
					return nil
				}
			}
			v, err := reader.Version(ctx)
			switch {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				p.failed.Store(true)
				return watchFailed{err}
			case v != p.version.Load(), p.failed.Load():
				p.version.Store(v)
				p.failed.Store(false)
				return dataChanged{v}
			}
			wait = p.poll()
		}
	}
}

// counts is what the status bar and the line after leaving tell about all runs.
type counts struct {
	known   bool
	running int
	queued  int
	live    []run.Run
	dbBytes int64
}

// readCounts reads the live runs.
func (m *Model) readCounts() tea.Cmd {
	ctx, reader, path := m.ctx, m.deps.Reader, m.deps.DBPath
	return func() tea.Msg {
		live, err := reader.Runs(ctx, run.Filter{States: []run.State{run.Queued, run.Running, run.Paused}})
		if err != nil {
			return nil // waitChanges meets the same trouble and tells it
		}
		c := counts{known: true, live: live}
		for _, r := range live {
			switch r.State {
			case run.Queued:
				c.queued++
			default:
				c.running++
			}
		}
		if path != "" {
			if info, err := os.Stat(path); err == nil {
				c.dbBytes = info.Size()
			}
		}
		return countsRead{c}
	}
}

// setCounts takes new counts in and reads the runs that have ended since.
func (m *Model) setCounts(c counts) tea.Cmd {
	var cmds []tea.Cmd
	now, before := map[run.ID]bool{}, map[run.ID]string{}
	for _, r := range m.counts.live {
		before[r.ID] = r.ErrorCode
	}
	for _, r := range c.live {
		now[r.ID] = true
		if code := before[r.ID]; code != r.ErrorCode {
			cmds = append(cmds, m.tellPlight(r))
		}
	}
	for _, r := range m.counts.live {
		if !now[r.ID] && r.Relation != run.Trial {
			cmds = append(cmds, m.readEnded(r.ID))
		}
	}
	m.counts = c
	m.pace.live.Store(len(c.live) > 0)
	if len(c.live) == 0 {
		m.reading = telemetry.Reading{} // an old figure would stand there for ever
	}
	return tea.Batch(append(cmds, m.tick(), m.nextSweep(), m.measure())...)
}

func (m *Model) readEnded(id run.ID) tea.Cmd {
	ctx, reader := m.ctx, m.deps.Reader
	return func() tea.Msg {
		r, err := reader.Run(ctx, id)
		if err != nil {
			return nil // deleted meanwhile
		}
		return ended{r}
	}
}

// tellPlight makes a toast of a live run that stands still, or goes on again.
func (m *Model) tellPlight(r run.Run) tea.Cmd {
	if r.ErrorCode == "" {
		return m.notify(run.Info, r.Name+" goes on", nil)
	}
	return m.notify(run.Err, "", &run.Error{Code: run.Code(r.ErrorCode), Text: "run " + r.Name + " " + string(r.State) + ": " + r.ErrorText})
}

// tellEnded says that a run has ended: here, and outside where nobody looks.
func (m *Model) tellEnded(r run.Run) tea.Cmd { return tea.Batch(m.toastEnded(r), m.callBack(r)) }

func (m *Model) toastEnded(r run.Run) tea.Cmd {
	switch r.State {
	case run.Done:
		text := r.Name + " done"
		if r.Headline != "" {
			text += ": " + r.Headline
		}
		return m.notify(ui.Done, text, nil)
	case run.Failed, run.Lost:
		code := run.Code(r.ErrorCode)
		if code == "" {
			code = run.EWorkerDied
		}
		return m.notify(run.Err, "", &run.Error{Code: code, Text: "run " + r.Name + " " + string(r.State) + ": " + r.ErrorText, Hint: "assay run show " + short(r.ID)})
	case run.Cancelled, run.Stopped:
		return m.notify(run.Info, r.Name+" "+string(r.State), nil)
	}
	return nil
}

// tick beats once a second while a run is live, for elapsed times.
func (m *Model) tick() tea.Cmd {
	if m.ticking || len(m.counts.live) == 0 {
		return nil
	}
	m.ticking = true
	return m.ui.After(time.Second, func(now time.Time) tea.Msg { return secondPassed{now} })
}

// nextMinute waits for the clock of the status bar to change.
func (m *Model) nextMinute() tea.Cmd {
	now := m.ui.Now()
	return m.ui.After(now.Truncate(time.Minute).Add(time.Minute).Sub(now), func(time.Time) tea.Msg { return minutePassed{} })
}

func (m *Model) nextSave() tea.Cmd {
	const every = 30 * time.Second
	return m.ui.After(every, func(time.Time) tea.Msg { return saveDue{} })
}

// sweep looks for runs that have lost their workers.
func (m *Model) sweep() tea.Cmd {
	if m.deps.Launcher == nil {
		return nil
	}
	m.swept = true
	ctx, l := m.ctx, m.deps.Launcher
	return func() tea.Msg { return sweepDone{l.Sweep(ctx)} }
}

// nextSweep sweeps again in a while, as long as a run is live.
func (m *Model) nextSweep() tea.Cmd {
	const every = 5 * time.Second
	if m.swept || m.deps.Launcher == nil || len(m.counts.live) == 0 {
		return nil
	}
	m.swept = true
	return m.ui.After(every, func(time.Time) tea.Msg { return sweepDue{} })
}

// short is the prefix that names a run on screens.
func short(id run.ID) string { return string(id[:min(len(id), 10)]) }
