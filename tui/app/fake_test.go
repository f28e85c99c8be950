package app_test

import (
	"encoding/json"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// fakeBench is a screen that shows runs of kind kv.blend, in one word.
type fakeBench struct {
	c       *ui.Context
	w, h    int
	showing []run.ID
	changes int
	ticks   int
	shown   *run.Run // on the screen; nil for none
}

func (f *fakeBench) ID() string          { return "kv" }
func (f *fakeBench) Title() string       { return "KV" }
func (f *fakeBench) ContextLine() string { return fmt.Sprintf("showing %v", f.showing) }
func (f *fakeBench) RunState() string    { return "run done" }
func (f *fakeBench) SetSize(w, h int)    { f.w, f.h = w, h }
func (f *fakeBench) Focus() tea.Cmd      { return nil }
func (f *fakeBench) Capturing() bool     { return false }
func (f *fakeBench) Help() string        { return "A bench that shows nothing." }
func (f *fakeBench) Status() string      { return "TTFT 212ms" }
func (f *fakeBench) View() string {
	body := ui.Block([]string{fmt.Sprintf("%d changes %d ticks", f.changes, f.ticks)}, f.w, f.h)
	return strings.Join(body, "\n")
}

func (f *fakeBench) Update(msg tea.Msg) (ui.Intent, tea.Cmd) {
	switch msg.(type) {
	case ui.DataChanged:
		f.changes++
	case ui.Tick:
		f.ticks++
	}
	return nil, nil
}

func (f *fakeBench) Actions() []ui.Action {
	return []ui.Action{
		{ID: "kv.again", Title: "again", Keys: []string{"a"}, Scope: "kv", Group: "kv", Hint: 1, Do: func() (ui.Intent, tea.Cmd) {
			return ui.RequestRun{ID: "01KK9Z00000000000000000005", Do: "kv.rerun", Fallback: ui.StartRun{Kind: "kv.blend", Given: map[string]any{"seed": 9}}}, nil
		}},
		{ID: "kv.label", Title: "label", Keys: []string{"y"}, Scope: "kv", Group: "kv", Do: func() (ui.Intent, tea.Cmd) {
			return ui.LabelFinding{Run: "01KK9Z00000000000000000004", Finding: "0412", Word: "true", Was: &run.Label{Word: "unsure"}}, nil
		}},
		{ID: "kv.never", Title: "never", Keys: []string{"b"}, Scope: "kv", Group: "kv", Hint: 2,
			Enabled: func() (bool, string) { return false, "the moon is not full" }},
	}
}

func (f *fakeBench) SaveView() json.RawMessage       { return json.RawMessage(`{"n":1}`) }
func (f *fakeBench) RestoreView(raw json.RawMessage) {}
func (f *fakeBench) Handles(kind string) bool        { return kind == "kv.blend" }
func (f *fakeBench) Open(id run.ID) tea.Cmd          { f.showing = []run.ID{id}; return nil }
func (f *fakeBench) Shown() run.Run {
	if f.shown == nil {
		return run.Run{}
	}
	return *f.shown
}
func (f *fakeBench) Compare(ids []run.ID) tea.Cmd { f.showing = ids; return nil }
