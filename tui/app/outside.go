package app

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"

	"assay/core/run"
	"assay/tui/term"
	"assay/tui/ui"
)

// outside is what the terminal around the screen is told: its title, how far the run
// on the screen is, and that a run has ended while the person looked elsewhere.
type outside struct {
	title    string    // as it was set last
	titled   time.Time // when, or the start
	waits    bool      // a command waits to set it
	progress bool      // the terminal takes OSC 9;4
	reports  bool      // the terminal has said that it takes OSC 7501
	own      map[run.ID]bool
}

// titleDue asks to set the title that was held back.
type titleDue struct{}

const (
	titleFirst  = time.Second      // after the start: what is shown first has been read by then
	titlePeriod = 5 * time.Second  // between two titles: lists of windows are not to flicker
	worthACall  = 30 * time.Second // of a run that calls somebody back
)

// askOutside asks the terminal what it can be told, and to say when its ground changes
// between dark and light.
func (m *Model) askOutside() tea.Cmd {
	m.out.progress = term.Environ(m.deps.Environ).Progress()
	m.out.titled = m.ui.Now()
	return tea.Batch(followGround(true), tea.RequestTerminalVersion, tea.RequestProgramStatusSupport)
}

// followGround has the terminal report dark and light, or ends it: a shell would
// read the reports as typed.
func followGround(on bool) tea.Cmd {
	if on {
		return tea.Raw(ansi.SetModeLightDark)
	}
	return tea.Raw(ansi.ResetModeLightDark)
}

// lend gives the terminal to somebody else by a command.
func lend(to tea.Cmd) tea.Cmd { return tea.Sequence(followGround(false), to) }

// heard takes in what the terminal says about itself.
func (m *Model) heard(msg tea.Msg) (cmd tea.Cmd, ok bool) {
	switch msg := msg.(type) {
	case uv.DarkColorSchemeEvent:
		m.setGround(true)
	case uv.LightColorSchemeEvent:
		m.setGround(false)
	case tea.TerminalVersionMsg:
		m.out.progress = m.out.progress || term.TakesProgress(msg.Name)
	case tea.ProgramStatusSupportMsg:
		m.out.reports = true
	case tea.ResumeMsg:
		return followGround(true), true
	case titleDue:
		m.out.waits = false
	default:
		return nil, false
	}
	return nil, true
}

// shown is the run on the screen in front, the zero Run where there is none.
func (m *Model) shown() run.Run {
	if s, ok := m.screen().(ui.RunScreen); ok {
		return s.Shown()
	}
	return run.Run{}
}

// retitle sets the title, or waits until it may change again.
func (m *Model) retitle() tea.Cmd {
	parts := []string{"assay", m.screen().ID()}
	if r := m.shown(); r.ID != "" {
		switch {
		case r.State.Live() && r.Total > 0:
			parts = append(parts, fmt.Sprintf("%d%%", percentOf(r)))
		case r.State != run.Done:
			parts = append(parts, string(r.State))
		}
		const most = 40 // cells of a headline; lists of windows have few more
		parts = append(parts, ui.Cut(ui.Plain(r.Headline), most))
	}
	if m.deps.Host != "" {
		parts = append(parts, "-", m.deps.Host)
	}
	title := strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
	now := m.ui.Now()
	period := titlePeriod
	if m.out.title == "" {
		period = titleFirst
	}
	switch left := period - now.Sub(m.out.titled); {
	case title == m.out.title || m.out.waits:
		return nil
	case left > 0:
		m.out.waits = true
		return m.ui.After(left, func(time.Time) tea.Msg { return titleDue{} })
	}
	m.out.title, m.out.titled = title, now
	return nil
}

func percentOf(r run.Run) int { return int(100 * min(r.Done, r.Total) / r.Total) }

// beside fills in what a frame tells the terminal beside its text.
func (o *outside) beside(v *tea.View, r run.Run) {
	v.WindowTitle = o.title
	counted := r.State.Live() && r.Total > 0
	if o.progress && counted {
		state := tea.ProgressBarDefault
		if r.State == run.Paused {
			state = tea.ProgressBarWarning
		}
		v.ProgressBar = tea.NewProgressBar(state, percentOf(r))
	}
	if !o.reports {
		return
	}
	s := tea.ProgramStatus{State: tea.ProgramStateIdle, App: "assay"}
	switch {
	case r.State.Live():
		s.State, s.Title = tea.ProgramStateWorking, r.Name
		if counted {
			s.Progress, s.HasProgress = percentOf(r), true
		}
	case r.State == run.Done:
		s.State, s.Title = tea.ProgramStateDone, r.Name
	case r.State == run.Failed || r.State == run.Lost:
		s.State, s.Title = tea.ProgramStateError, r.Name
	}
	v.ProgramStatus = &s
}

// restoreOutside is what ends all of it when the program goes.
func (m *Model) restoreOutside() string {
	end := ansi.ResetModeLightDark
	if m.out.reports {
		end += ansi.SetProgramStatus(ansi.ProgramStatus{State: ansi.ProgramStateIdle, App: "assay"})
	}
	return end
}

// mine notes that this screen has asked for a run: its end may call.
func (m *Model) mine(id run.ID) {
	if m.out.own == nil {
		m.out.own = map[run.ID]bool{}
	}
	m.out.own[id] = true
}

// callBack tells the terminal that a run of this screen has ended while the person
// looked elsewhere, where it took so long that they may be waiting for it.
func (m *Model) callBack(r run.Run) tea.Cmd {
	own := m.out.own[r.ID]
	delete(m.out.own, r.ID)
	if !own || !m.pace.blurred.Load() || time.Duration(r.EndedMs-r.StartedMs)*time.Millisecond <= worthACall {
		return nil
	}
	text := r.Name + " " + string(r.State)
	if r.Headline != "" {
		text += ": " + r.Headline
	}
	if call := term.Environ(m.deps.Environ).Notification(m.current.Get("ui.notify"), ui.Plain(text)); call != "" {
		return tea.Raw(call)
	}
	return nil
}
