package ui

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/config"
	"assay/core/run"
	"assay/themes"
)

// Context is what the shell tells every screen and widget. The shell changes it
// in place (size of the terminal, theme, remote profile) and then calls SetSize
// on the screens, so keep the pointer and read it in View.
type Context struct {
	Width  int // columns of the whole terminal; 0 until it is known
	Height int // rows of the whole terminal
	Theme  *themes.Theme
	ASCII  bool   // draw with ASCII instead of box drawing, blocks and braille
	Remote bool   // fewer colours and frames
	Kitty  bool   // pictures go by the protocol of kitty, see Picture.Transmit
	Host   string // the name of this machine, for links to its files
	Now    func() time.Time
	// Sleep waits, or returns the error of ctx. Commands call it instead of the
	// time package, so that tests decide about time.
	Sleep func(ctx context.Context, d time.Duration) error

	histories map[string]*History
	layouts   map[string]layout // as placed last, by screen
	shares    map[string]Shares // of panes, by screen
}

// Screen is one tab of the shell or a page on top of it. The shell draws the
// chrome (tabs, context line, status bar, hints); a screen draws the body.
type Screen interface {
	// ID names the screen in view state and actions: "runs", "kv".
	ID() string
	// Title is the word on the tab.
	Title() string
	// ContextLine says what is shown, filtered and sorted: the line under the tabs.
	ContextLine() string
	// RunState is what stands at the right end of line 0, such as "run 01J9W2 done"; it may be empty.
	RunState() string
	// SetSize gives the size of the body in cells. Any size from 1x1 up may come.
	SetSize(w, h int)
	// Focus tells the screen that it became visible; the command loads what it needs.
	Focus() tea.Cmd
	// Update takes a message: replies of its own commands, DataChanged, Tick. Keys
	// that are bound to an Action arrive through Action.Do, not here, except while
	// Capturing.
	Update(msg tea.Msg) (Intent, tea.Cmd)
	// Capturing reports whether the screen takes every key itself (a text field is open).
	Capturing() bool
	// View draws the body: exactly h lines of at most w cells. It must be cheap:
	// panes cache what they drew and Update marks them dirty.
	View() string
	// Actions lists what can be done now, those of the focused pane first.
	Actions() []Action
	// Help is one paragraph on what the focused pane shows.
	Help() string
	// SaveView and RestoreView keep cursor, focus, filter, sort and zoom.
	SaveView() json.RawMessage
	RestoreView(json.RawMessage)
}

// Action is one thing that a person can do. Key dispatch, footer hints, help and
// the key reference are all made from the list of actions.
type Action struct {
	ID     string   // "kv.map.zoom-in"
	Title  string   // "zoom in": what the footer and the help show
	Keys   []string // as tea.KeyPressMsg.String writes them: "j", "ctrl+d", "enter", "space"
	Scope  string   // "global", the ID of a screen, or of a pane
	Group  string   // heading in the help
	Hint   int      // place in the footer: 1 is first, 0 is not shown
	Danger bool     // destructive: the shell asks before it carries out what Do returns

	// Enabled says whether the action is possible now, and if not, why: "mark 2
	// to 8 runs first". Nil means always.
	Enabled func() (bool, string)
	Do      func() (Intent, tea.Cmd)
}

// When returns an action with its condition.
func When(a Action, enabled func() (bool, string)) Action {
	a.Enabled = enabled
	return a
}

// Next returns what follows at in a list of choices, the first after the last.
func Next[T comparable](choices []T, at T) T {
	return choices[(slices.Index(choices, at)+1)%len(choices)]
}

// Intent is a wish that a screen hands to the shell: one of the types below, or nil.
type Intent interface{ intent() }

// OpenRun shows a run on the screen of its bench.
type OpenRun struct{ ID run.ID }

// OpenForm shows the form of a kind of run, filled with given values (the rest
// are defaults), and starts the run when the person confirms. An empty Kind asks
// for the kind first. The cursor stands on Field, a parameter's name, or on the
// first one.
type OpenForm struct {
	Kind  string
	Given map[string]any
	Field string
}

// StartRun starts a run at once and opens it. Memory is the most that its process
// may take, 0 for what the person has set.
type StartRun struct {
	Kind   string
	Given  map[string]any
	Memory config.Bytes
}

// RequestRun asks the warm worker of a run for a child run (see
// bench.Interactive) and opens the child. Where no worker is warm any more the
// shell starts Fallback instead.
type RequestRun struct {
	ID       run.ID
	Do       string
	Args     any
	Fallback StartRun
}

// CancelRun asks a live run to end; ResumeRun takes up one that ended early.
type CancelRun struct{ ID run.ID }

// ResumeRun takes up a stopped, failed, cancelled or lost run again.
type ResumeRun struct{ ID run.ID }

// PauseRun lets a live run wait, a paused one go on, and takes up one that ended
// early.
type PauseRun struct{ ID run.ID }

// DeleteRun removes a finished run from the history, after a confirmation.
type DeleteRun struct{ ID run.ID }

// CompareRuns shows several runs against each other: on the CompareScreen, or, where
// OnBench is set or there is none, on the screen of their bench.
type CompareRuns struct {
	IDs     []run.ID
	OnBench bool
}

// ExportRuns asks how to write one run, or several against each other, and writes them.
type ExportRuns struct{ IDs []run.ID }

// SaveBundle writes a support bundle: what somebody needs who looks into a fault.
type SaveBundle struct{}

// ShowCommand shows the command line that repeats a run without the screen.
type ShowCommand struct{ ID run.ID }

// ShowLine shows a command line, to be copied.
type ShowLine struct{ Line string }

// Undoable says that something was done on the screen, and how it is taken back.
type Undoable struct {
	What string // "marks"
	Undo func() tea.Cmd
}

// Choose lets the person choose one thing.
type Choose struct {
	Title   string
	Options []Option
	At      int                           // the one that the cursor begins on
	Do      func(i int) (Intent, tea.Cmd) // with the one that was chosen
}

// Option is one thing to choose. One that cannot be chosen says why.
type Option struct{ Title, Help, Why string }

// StarRun sets or clears the star of a run.
type StarRun struct {
	ID run.ID
	On bool
}

// EditTags asks for the tags of a run.
type EditTags struct{ ID run.ID }

// EditNote asks for the note of a run: in a line, or in the editor of the person.
type EditNote struct {
	ID     run.ID
	Editor bool
}

// LabelFinding writes what the person says of a finding, see run.Label; an empty
// Word takes it back.
type LabelFinding struct {
	Run        run.ID
	Finding    string
	Word, Note string
	Was        *run.Label // before; nil: it cannot be taken back
}

// CopyRun asks what to put on the clipboard: one of the texts that the screen offers,
// or ID, command, result or row of a run.
type CopyRun struct {
	ID    run.ID
	Offer []Copy
}

// Copy puts text on the clipboard and says so.
type Copy struct{ Text, What string }

// Notify shows a toast. Err, where it is set, is kept for the detail view.
type Notify struct {
	Level run.Level
	Text  string
	Err   error
}

// Back leaves the page: the previous screen of the stack comes up.
type Back struct{}

func (OpenRun) intent()      {}
func (OpenForm) intent()     {}
func (StartRun) intent()     {}
func (RequestRun) intent()   {}
func (CancelRun) intent()    {}
func (ResumeRun) intent()    {}
func (PauseRun) intent()     {}
func (ShowLine) intent()     {}
func (Undoable) intent()     {}
func (Choose) intent()       {}
func (DeleteRun) intent()    {}
func (CompareRuns) intent()  {}
func (ExportRuns) intent()   {}
func (SaveBundle) intent()   {}
func (ShowCommand) intent()  {}
func (StarRun) intent()      {}
func (EditTags) intent()     {}
func (EditNote) intent()     {}
func (LabelFinding) intent() {}
func (CopyRun) intent()      {}
func (Copy) intent()         {}
func (Notify) intent()       {}
func (Back) intent()         {}

// DataChanged says that somebody has committed to the database. A screen answers
// with a command that reads what it shows and only that.
type DataChanged struct{}

// Tick comes once a second while something on the screen is live.
type Tick struct{ Now time.Time }

// StatusScreen is a screen with something to say in the status bar, such as the
// time to the first token; "" for nothing.
type StatusScreen interface {
	Screen
	Status() string
}

// MouseScreen is a screen that takes the mouse. Coordinates count from 0 at the top
// left of its body. Others get the wheel as the keys up and down.
type MouseScreen interface {
	Screen
	// Click takes a click of the left button; twice says that it is the second of
	// two at one place.
	Click(x, y int, twice bool) (Intent, tea.Cmd)
	// Wheel scrolls what is under the pointer by rows, up where they are negative.
	Wheel(x, y, rows int) tea.Cmd
}

// PaneScreen is a screen with panes that can be gone to by name.
type PaneScreen interface {
	Screen
	// Panes returns the panes that the tab key reaches, in its order, with the place
	// in the body where each was drawn last; those without room are empty rectangles.
	Panes() []Placed
	// FocusPane gives one of them the focus; the command reads what it shows.
	FocusPane(id string) tea.Cmd
	// FocusedPane is the one that has it, "" where there is none to choose from.
	FocusedPane() string
	// Announce says what the cursor is on in one plain sentence, such as the row of a
	// table with the names of its columns; "" where there is nothing.
	Announce() string
}

// RowScreen is a screen with a list, whose rows can be gone to by number.
type RowScreen interface {
	Screen
	// GoTo puts the cursor on a row, as soon as it is read.
	GoTo(to Row) tea.Cmd
}

// RunScreen is a screen that can show runs.
type RunScreen interface {
	Screen
	// Handles reports whether runs of the kind are shown here.
	Handles(kind string) bool
	// Open shows a run; the command reads it.
	Open(id run.ID) tea.Cmd
	// Compare shows several runs against each other.
	Compare(ids []run.ID) tea.Cmd
	// Shown is the run on the screen, the first of several; the zero Run for none.
	Shown() run.Run
}

// CompareScreen is the screen that compares runs of any kind.
type CompareScreen interface {
	Screen
	// Compare shows several runs against each other; the command reads them.
	Compare(ids []run.ID) tea.Cmd
	// General tells this screen from a RunScreen, which compares runs of its bench.
	General()
}
