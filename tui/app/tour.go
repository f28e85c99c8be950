package app

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// station is one step of the tour. It takes no key away: the person does what it
// says with the keys of the screens, and doing it leads on.
type station struct {
	title string
	text  string   // {runs.open} stands for the key of that action as it is bound now
	line  string   // the same in the line mode
	until []string // actions that lead on; one that ends in a dot stands for all below it
}

var stations = []station{
	{
		title: "open a run",
		text:  "Every run that was ever made is in this list. {runs.open} opens the one under the cursor, on the screen of its bench.",
		line:  "ls lists the runs; open @1 opens the newest.", until: []string{"runs.open"},
	},
	{
		title: "filter",
		text:  "{app.tab.runs} brings the list back. {runs.filter} filters it while you type: tag:demo, state:done kind:kv.blend, or -word to leave some out.",
		line:  "runs filter tag:demo leaves only the demo; runs filter with nothing behind it takes it back.", until: []string{"runs.filter"},
	},
	{
		title: "drill down",
		text:  "Open a run again and look into it: arrow keys move the cursor, tab changes the pane, and the readout says what is there in figures. {app.help} explains the pane.",
		line:  "show prints the screen; help WORD finds what it can do, such as kv map measure.", until: []string{"kv.", "fuzz.", "prune.", "caption."},
	},
	{
		title: "compare",
		text:  "In the list {runs.list.mark} marks a run. Mark both demo runs and compare them with {runs.compare}.",
		line:  "compare ID ID sets runs against each other.", until: []string{"runs.compare"},
	},
	{
		title: "a run of your own",
		text:  "{runs.new} asks which kind of run and with which parameters; {runs.again} begins from those of the run under the cursor. esc leaves the form.",
		line:  "start KIND asks for the parameters; start kv.blend demo=true seed=5 begins at once.", until: []string{"runs.new", "runs.again", "kv.new", "kv.again"},
	},
	{
		title: "leave and come back",
		text:  "{app.detach} leaves. Runs are processes of their own and go on, also when the link is lost; the next assay comes back to this very screen. The demo runs have the tag demo and can be deleted.",
		line:  "quit leaves; runs go on, and assay comes back to them.", until: []string{"app.detach"},
	},
}

// tour is where a person is on it.
type tour struct {
	at     int
	making bool // the demo runs are being made
}

// strip is what is shown at the first start.
type strip struct{ device string }

// Messages of the first start and the tour.
type (
	firstStart struct{ device string }
	begun      struct{} // there is a run
	tourReady  struct{ err error }
)

// greet looks whether this is a first start: no run was ever recorded, nothing was
// asked for, and nobody has said that once was enough.
func (m *Model) greet() tea.Cmd {
	if m.deps.Tour {
		return m.startTour()
	}
	if m.deps.Settings == nil || m.current.Get("ui.welcome") != "on" || m.deps.Open != "" || m.deps.Launcher == nil || m.deps.Demo == nil {
		return nil
	}
	ctx, reader, device := m.ctx, m.deps.Reader, m.deps.Device
	return func() tea.Msg {
		if list, err := reader.Runs(ctx, run.Filter{Limit: 1}); err != nil || len(list) > 0 {
			return nil
		}
		msg := firstStart{}
		if device != nil {
			msg.device = device(ctx)
		}
		return msg
	}
}

// stillEmpty takes the strip away when there is a run: enter opens it then.
func (m *Model) stillEmpty() tea.Cmd {
	if m.strip == nil {
		return nil
	}
	ctx, reader := m.ctx, m.deps.Reader
	return func() tea.Msg {
		if list, err := reader.Runs(ctx, run.Filter{Limit: 1}); err != nil || len(list) == 0 {
			return nil
		}
		return begun{}
	}
}

// startTour makes the demo runs that are missing and begins.
func (m *Model) startTour() tea.Cmd {
	m.strip = nil
	m.tour = &tour{making: m.deps.Demo != nil && m.deps.Launcher != nil}
	if !m.tour.making {
		return m.tellStation()
	}
	ctx, demo := m.ctx, m.deps.Demo
	return func() tea.Msg { return tourReady{demo(ctx)} }
}

func (m *Model) tourReady(msg tourReady) tea.Cmd {
	if m.tour == nil {
		return nil
	}
	m.tour.making = false
	var cmds []tea.Cmd
	if msg.err != nil {
		cmds = append(cmds, m.notify(run.Err, "", msg.err))
	}
	if i := slices.IndexFunc(m.screens, func(s ui.Screen) bool { return s.ID() == "runs" }); i >= 0 {
		cmds = append(cmds, m.show(i))
	}
	return tea.Batch(append(cmds, m.toScreen(ui.DataChanged{}), m.tellStation())...)
}

// nextStation leads on, and behind the last one ends the tour.
func (m *Model) nextStation() tea.Cmd {
	if m.tour == nil || m.tour.making {
		return nil
	}
	if m.tour.at++; m.tour.at == len(stations) {
		return m.endTour()
	}
	return m.tellStation()
}

// endTour takes the tour or the strip away and does not ask again.
func (m *Model) endTour() tea.Cmd {
	m.tour, m.strip = nil, nil
	if m.deps.Settings == nil || m.current.Get("ui.welcome") != "on" {
		return nil
	}
	return m.change("", "ui.welcome", func(s Settings) error { return s.Set("ui.welcome", "off") })
}

// did leads on where an action was what the tour waits for, and gives tips else.
func (m *Model) did(id string) tea.Cmd {
	if m.tour == nil {
		return m.tipAfter(id)
	}
	if m.tour.making {
		return nil
	}
	if slices.ContainsFunc(stations[m.tour.at].until, func(u string) bool {
		return id == u || strings.HasSuffix(u, ".") && strings.HasPrefix(id, u)
	}) {
		return m.nextStation()
	}
	return nil
}

// tellStation says the step in a line where there are no cells to draw it in.
func (m *Model) tellStation() tea.Cmd {
	if !m.deps.Term.Dumb {
		return nil
	}
	s := stations[m.tour.at]
	return m.notify(run.Info, fmt.Sprintf("tour %d of %d, %s: %s app tour next leads on.", m.tour.at+1, len(stations), s.title, s.line), nil)
}

// keyOf is the first key of an action, as it is bound now.
func (m *Model) keyOf(id string) string {
	for _, a := range m.keys.Apply(m.everything()) {
		if a.ID == id && len(a.Keys) > 0 {
			return a.Keys[0]
		}
	}
	return "(" + id + ")" // without a key: the palette finds it
}

// fill puts keys in the place of the names of actions.
func (m *Model) fill(text string) string {
	var b strings.Builder
	for {
		head, rest, ok := strings.Cut(text, "{")
		b.WriteString(head)
		if !ok {
			return b.String()
		}
		id, after, _ := strings.Cut(rest, "}")
		b.WriteString(m.keyOf(id))
		text = after
	}
}

// guide draws the strip or the step of the tour in at most w x h cells; nil for nothing.
func (m *Model) guide(w, h int) []string {
	var title, text, keys string
	switch {
	case m.strip != nil:
		title, text = "welcome", m.welcome()
		keys = "enter a tour of 90 seconds   esc not now, and not again"
		if m.screen().ID() != "runs" { // where enter is somebody else's
			keys = m.keyOf("app.tab.runs") + " " + keys
		}
	case m.tour != nil && m.tour.making:
		title, text = "tour", "Making two demo runs; they have the tag demo ..."
		keys = m.keyOf("app.tour.end") + " end"
	case m.tour != nil:
		s := stations[m.tour.at]
		title, text = fmt.Sprintf("tour %d of %d: %s", m.tour.at+1, len(stations), s.title), m.fill(s.text)
		keys = "do it, or " + m.keyOf("app.tour.next") + " leads on   " + m.keyOf("app.tour.end") + " ends the tour"
	default:
		return nil
	}
	inner := max(min(w-6, 84), 1)
	var lines []string
	for part := range strings.SplitSeq(text, "\n") {
		lines = append(lines, ui.Wrap(ui.Plain(part), inner)...)
	}
	lines = append(lines, m.ui.Theme.Paint("hint", ui.Cut(keys, inner)))
	if len(lines)+2 > h { // a small terminal keeps the screen and one line of the guide
		return []string{m.ui.Theme.Paint("toast-info", ui.Cut(" "+title+"  "+keys+" ", max(w-2, 1)))}
	}
	return ui.Panel(m.ui, title, lines, inner+4)
}

// welcome says in a few words where the person is.
func (m *Model) welcome() string {
	t := m.deps.Term
	parts := []string{[...]string{"no colours", "16 colours", "256 colours", "24-bit colours"}[t.Depth]}
	if t.ASCII {
		parts = append(parts, "ASCII")
	} else {
		parts = append(parts, "Unicode")
	}
	if t.Remote {
		parts = append(parts, "remote profile: fewer colours and frames")
	}
	out := "Terminal: " + strings.Join(parts, ", ") + "."
	if m.strip.device != "" {
		out += "\nDevice: " + m.strip.device
	}
	if m.deps.DBPath != "" {
		out += "\nRuns are kept in " + m.deps.DBPath + "."
	}
	return out
}
