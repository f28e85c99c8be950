package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"assay/core/bench"
	"assay/core/config"
	"assay/core/run"
	"assay/core/telemetry"
	"assay/themes"
	"assay/tui/term"
	"assay/tui/ui"
)

// ErrCold is what Launcher.Request returns where no warm worker answers any more.
var ErrCold = errors.New("no warm worker")

// Launcher starts and ends runs. Its methods are called from commands, several at
// a time; errors are shown as they are, best an *run.Error.
type Launcher interface {
	// Start completes and resolves parameters, records the run and starts its worker,
	// which may take so much memory; 0 is what the person has set.
	Start(ctx context.Context, kind string, given map[string]any, memory config.Bytes) (run.ID, error)
	// Cancel asks a live run to end; it need not wait for the end.
	Cancel(ctx context.Context, id run.ID) error
	// Pause lets a live run wait at its next safe point, and returns when it does;
	// Continue lets it go on.
	Pause(ctx context.Context, id run.ID) error
	Continue(ctx context.Context, id run.ID) error
	// Resume takes up a run that ended early.
	Resume(ctx context.Context, id run.ID) error
	// Remove deletes a run that is not live.
	Remove(ctx context.Context, id run.ID) error
	// Request asks the warm worker of a run for a child run and returns the child.
	// The error wraps ErrCold where no worker is warm.
	Request(ctx context.Context, id run.ID, do string, args any) (run.ID, error)
	// Sweep writes down runs that have lost their workers.
	Sweep(ctx context.Context) error
}

// Notebook keeps what people write on runs. Its methods are called from commands.
type Notebook interface {
	Star(ctx context.Context, id run.ID, on bool) error
	// Tag adds a tag, which is one word; Untag takes one away. Neither minds that
	// there is nothing to do.
	Tag(ctx context.Context, id run.ID, tag string) error
	Untag(ctx context.Context, id run.ID, tag string) error
	// Note replaces the note; "" takes it away.
	Note(ctx context.Context, id run.ID, text string) error
	// Label says of a finding what the person thinks of it; an empty word takes it back.
	Label(ctx context.Context, id run.ID, finding, word, note string) error
}

// ViewStore keeps the view state of one terminal.
type ViewStore interface {
	// Load returns what was saved last, nil where nothing was or it is too old.
	Load() (json.RawMessage, error)
	Save(json.RawMessage) error
}

// Exporter writes files for somebody else to look at. Its methods are called from
// commands; errors are shown as they are.
type Exporter interface {
	// Dir is the folder of the files, as a person knows it.
	Dir() string
	// Formats lists how one run can be written, or several against each other, the
	// most usual first.
	Formats(runs int) []Format
	// Runs writes runs in a format of Formats.
	Runs(ctx context.Context, ids []run.ID, format string) (Written, error)
	// Save writes one file.
	Save(name string, data []byte) (Written, error)
	// Bundle writes a support bundle, which takes seconds.
	Bundle(ctx context.Context) (Written, error)
}

// Format is one way to write runs.
type Format struct{ Name, Title, Help string }

// Written is what was written: the file to open first, and of how many.
type Written struct {
	Path  string // absolute
	Files int
	Bytes int64
}

// Deps is what the shell works with. Reader, Kinds and Screens are needed.
type Deps struct {
	Reader   run.Reader
	Kinds    bench.Registry
	Launcher Launcher // nil where nothing can be started; ReadOnly says why
	ReadOnly string   // such as "the database was written by a newer version"
	Screens  func(c *ui.Context) []ui.Screen
	Shell    Shell     // reads the command lines of the palette; nil: it has none
	Views    ViewStore // nil: nothing is kept
	Seen     ViewStore // what the person was told once, on any terminal; nil: nothing is told
	Notes    Notebook  // nil: stars, tags and notes are only shown

	Settings Settings         // nil: none are kept, and those below hold
	Preset   ui.Preset        // of keys, where there are no Settings
	Bindings []config.Binding // the same
	// Detect finds out what the terminal can do under the settings; nil leaves Term.
	Detect func(term.Prefs) term.Profile

	Themes themes.Set
	Theme  string // name of the theme; "" asks the settings, or else follows the ground of the terminal
	// ReadThemes reads the files of themes again; nil: they stay as they are.
	ReadThemes func() (themes.Set, error)
	WatchTheme bool // look at the file of the theme in force as long as the screen is up
	Term       term.Profile
	Environ    []string
	Log        *slog.Logger                     // nil: LogPath, or nothing
	LogPath    string                           // where error output goes while the screen is up; "" leaves it
	DBPath     string                           // its size stands in the status bar; "" leaves it out
	Notices    []string                         // said once, when the screen comes up
	Faults     []error                          // the same as errors: a bad theme, a database that is read-only
	Tour       bool                             // begin with the tour
	Demo       func(ctx context.Context) error  // makes the demo runs that are missing and waits for them; nil: there is none
	Device     func(ctx context.Context) string // what the engines would compute on, in a sentence; nil: it is not said
	// Upkeep does what is due in the history, and says what it has done, "" for
	// nothing. It is called once, some time after the start; nil: nothing ever is.
	Upkeep func(ctx context.Context) (string, error)
	// Settle gives back the memory that only the start needs. It is called once, when
	// the first frames are drawn; nil: nothing is given back.
	Settle   func() error
	Exporter Exporter // nil: nothing can be written here
	// TraceBytes is the file for an account of what was sent to the terminal, by pane,
	// written when the screen ends; "" keeps none.
	TraceBytes string
	Open       string // a run to begin with, in the notation of Reader.Resolve
	Version    string
	Host       string
	Now        func() time.Time // nil: the time
	Sleep      func(ctx context.Context, d time.Duration) error
	Link       Link // nil: a link that always keeps up
	// Telemetry measures the machine for the status bar while a run is live; nil: it shows none.
	Telemetry telemetry.Source
}

// Link tells how the link to the terminal keeps up. *term.Output is one.
type Link interface {
	Slow() (factor int, delay time.Duration)
}
