package app

import (
	"encoding/json"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"assay/tui/ui"
)

// nothing is a screen that shows nothing.
type nothing struct{}

func (nothing) ID() string                          { return "nothing" }
func (nothing) Title() string                       { return "Nothing" }
func (nothing) ContextLine() string                 { return "" }
func (nothing) RunState() string                    { return "" }
func (nothing) SetSize(int, int)                    {}
func (nothing) Focus() tea.Cmd                      { return nil }
func (nothing) Update(tea.Msg) (ui.Intent, tea.Cmd) { return nil, nil }
func (nothing) Capturing() bool                     { return false }
func (nothing) View() string                        { return "" }
func (nothing) Actions() []ui.Action                { return nil }
func (nothing) Help() string                        { return "" }
func (nothing) SaveView() json.RawMessage           { return nil }
func (nothing) RestoreView(json.RawMessage)         {}

func ansiStrip(s string) string { return ansi.Strip(s) }
