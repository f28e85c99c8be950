package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"assay/core/config"
	"assay/core/run"
	"assay/core/telemetry"
	"assay/themes"
	"assay/tui/term"
	"assay/tui/ui"
)

// Model is the shell. Make it with New and run it with Run, or drive it in tests.
type Model struct {
	deps    Deps
	ctx     context.Context // ends with the screen; commands use it
	stop    context.CancelFunc
	ui      *ui.Context
	screens []ui.Screen
	active  int
	back    []int // screens to go back to
	forward []int
	stale   []bool // screens that have not seen the newest data

	overlays []overlay
	used     map[string]use // what was chosen in the palette
	toasts   ui.Toasts
	asked    []*asked // of workers, oldest first
	steps    []step   // that can be taken back, oldest first
	pressed  int      // keys so far
	flight   flight
	expiring bool // a command waits for the next toast to expire

	pace    *pace
	failing bool // the last look at the database failed
	counts  counts
	ticking bool

	reading   telemetry.Reading // of the machine, while a run is live
	measuring bool              // a command asks for the next one
	swept     bool              // a sweep is under way or its pause

	resizing bool // a command waits to resize again
	pending  tea.WindowSizeMsg

	away     *away // what was live when this terminal was last left
	saved    json.RawMessage
	lastCtrl time.Time // of the last ctrl+c
	mouse    mouse
	tabsAt   []tabSpan // as drawn last
	topmost  ui.Rect   // where the overlay on top was drawn last
	leaving  bool
	exit     int

	current   config.Current // settings in force
	preset    ui.Preset
	keys      ui.Keymap
	keysFault error
	strip     *strip // at the first start
	tour      *tour
	ground    string // the theme for the ground of the terminal

	frame  string
	cursor *tea.Cursor // of the terminal, nil for hidden
	fresh  bool        // frame shows the present state
	told   sayings
	spots  *spots // where things were drawn last; nil unless bytes are counted
	out    outside
	file   themeFile
}

// New makes the shell.
func New(d Deps) *Model {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Sleep == nil {
		d.Sleep = ui.Sleep
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	m := &Model{deps: d, used: map[string]use{}, ground: "default-dark", preset: d.Preset, ui: &ui.Context{Host: d.Host, ASCII: d.Term.ASCII, Remote: d.Term.Remote, Kitty: d.Term.Kitty, Now: d.Now, Sleep: d.Sleep}}
	m.ctx, m.stop = context.WithCancel(context.Background())
	m.pace = newPace(d.Term.Remote, d.Link)
	bindings := d.Bindings
	if d.Settings != nil {
		m.current = d.Settings.Load()
		m.toasts.Times = toastTimes(m.current)
		bindings, m.preset = m.current.Bindings(), ui.Preset(m.current.Get("keys.preset"))
		if d.Theme == "" {
			m.deps.Theme = themeOf(m.current)
		}
		if d.Detect != nil {
			m.deps.Term = d.Detect(Prefs(m.current))
			m.ui.ASCII, m.ui.Kitty, m.ui.Remote = m.deps.Term.ASCII, m.deps.Term.Kitty, m.deps.Term.Remote
			m.pace.remote.Store(m.ui.Remote)
		}
	}
	m.setTheme(m.deps.Theme, m.deps.Term.Depth)
	m.screens = d.Screens(m.ui)
	m.keys, m.keysFault = bind(m.everything(), bindings)
	m.stale = make([]bool, len(m.screens))
	for _, text := range d.Notices {
		m.toasts.Add(d.Now(), run.Warn, text, nil)
	}
	for _, w := range m.current.Warnings() {
		m.toasts.Add(d.Now(), run.Warn, w.Error(), nil)
	}
	for _, err := range append([]error{m.current.Err(), m.keysFault}, d.Faults...) {
		if err == nil {
			continue
		}
		m.toasts.Add(d.Now(), run.Err, "", err)
	}
	m.restore()
	return m
}

// setTheme resolves a theme by name; a bad one is told and replaced.
func (m *Model) setTheme(name string, d themes.Depth) {
	if name == "" {
		name = "default-dark"
	}
	th, err := m.deps.Themes.Resolve(name, d)
	if err != nil {
		m.toasts.Add(m.ui.Now(), run.Err, "", err)
		if th, err = themes.Builtin().Resolve("default-dark", d); err != nil {
			panic("app: " + err.Error()) // a test loads the built-in themes at every depth
		}
	}
	m.ui.Theme = th
}

// Init starts what goes on all the time, asks the terminal what it can do and
// loads the screen in front.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{
		tea.RequestBackgroundColor,
		tea.Raw(ansi.RequestModeSynchronizedOutput), // Bubble Tea does not ask over SSH, where it is needed most
		m.waitChanges(),
		m.nextMinute(),
		m.nextSave(),
		m.sweep(),
		m.expire(),
		m.focus(),
		m.lookAway(),
		m.greet(),
		m.upkeep(),
		m.askOutside(),
		m.readSeen(),
		m.watchTheme(),
		m.retitle(),
		m.settle(),
	}
	if !m.deps.Term.Forced {
		cmds = append(cmds, tea.RequestCapability("RGB"), tea.RequestCapability("Tc"))
	}
	if m.deps.Open != "" {
		cmds = append(cmds, m.resolve(m.deps.Open))
	}
	return tea.Batch(cmds...)
}

// screen returns the screen in front.
func (m *Model) screen() ui.Screen { return m.screens[m.active] }

// focus tells the screen in front that it is visible.
func (m *Model) focus() tea.Cmd {
	m.stale[m.active] = false
	return m.screen().Focus()
}

// show brings a screen to the front and remembers where we came from.
func (m *Model) show(i int) tea.Cmd {
	if i == m.active {
		return nil
	}
	m.back = append(m.back, m.active)
	const depth = 50 // more steps back than anybody takes
	if len(m.back) > depth {
		m.back = m.back[1:]
	}
	m.forward = nil
	m.active = i
	return m.focus()
}

// goBack returns to the screen before; it reports false where there is none.
func (m *Model) goBack() tea.Cmd {
	if len(m.back) == 0 {
		return nil
	}
	m.forward = append(m.forward, m.active)
	m.active = m.back[len(m.back)-1]
	m.back = m.back[:len(m.back)-1]
	return m.focus()
}

func (m *Model) goForward() tea.Cmd {
	if len(m.forward) == 0 {
		return nil
	}
	m.back = append(m.back, m.active)
	m.active = m.forward[len(m.forward)-1]
	m.forward = m.forward[:len(m.forward)-1]
	return m.focus()
}

// notify shows news and lets it expire. Trouble goes to the log as well.
func (m *Model) notify(level run.Level, text string, err error) tea.Cmd {
	m.toasts.Add(m.ui.Now(), level, text, err)
	if level < run.Warn {
		return m.expire()
	}
	log := m.deps.Log
	return tea.Batch(m.expire(), func() tea.Msg {
		if text == "" {
			text = err.Error()
		}
		log.Log(context.Background(), slog.Level(level), text, "code", string(run.CodeOf(err)))
		return nil
	})
}

// expire waits for the next toast to go, unless something waits already.
func (m *Model) expire() tea.Cmd {
	at, ok := m.toasts.Next()
	if !ok || m.expiring {
		return nil
	}
	m.expiring = true
	return m.ui.After(max(at.Sub(m.ui.Now()), 0), func(now time.Time) tea.Msg { return toastExpired{now} })
}

// depth follows what the terminal says about its colours.
func (m *Model) setDepth(msg tea.ColorProfileMsg) {
	if d := term.Depth(msg.Profile); !m.deps.Term.Forced && d != m.ui.Theme.Depth() && d > m.ui.Theme.Depth() {
		m.deps.Term.Depth = d
		m.setTheme(m.ui.Theme.Name(), d)
		m.resize()
	}
}

// setGround follows the ground of the terminal where no theme was asked for.
func (m *Model) setGround(dark bool) {
	m.ground = "default-dark"
	if !dark {
		m.ground = "default-light"
	}
	if m.deps.Theme == "" && m.ui.Theme.Name() != m.ground {
		m.setTheme(m.ground, m.deps.Term.Depth)
		m.resize()
	}
}
