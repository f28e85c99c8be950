package app

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// The filter runs inside the program, before the model: it is tested from inside.
func TestResizesAreHeldForTheGap(t *testing.T) {
	now := time.Unix(0, 0)
	filter := debounce(func() time.Time { return now })
	size := func(n int) tea.WindowSizeMsg { return tea.WindowSizeMsg{Width: n, Height: n} }
	if got := filter(nil, size(1)); got != size(1) {
		t.Errorf("the first is held: %v", got)
	}
	now = now.Add(resizeGap / 2)
	if got := filter(nil, size(2)); got != (resizeHeld{size(2)}) {
		t.Errorf("a fast second passes: %v", got)
	}
	now = now.Add(resizeGap)
	if got := filter(nil, size(3)); got != size(3) {
		t.Errorf("a late one is held: %v", got)
	}
	if got := filter(nil, tea.FocusMsg{}); got != (tea.FocusMsg{}) {
		t.Errorf("another message was changed: %v", got)
	}
}

func TestTheLastHeldResizeComesBack(t *testing.T) {
	m := &Model{}
	m.ui = testContext()
	var cmds []tea.Cmd
	for n := range 5 {
		cmd := m.handle(resizeHeld{tea.WindowSizeMsg{Width: n, Height: n}})
		if cmd != nil {
			cmds = append(cmds, cmd)
		}
	}
	if len(cmds) != 1 {
		t.Fatalf("%d commands wait for the gap", len(cmds))
	}
	cmd := m.handle(cmds[0]())
	if got := cmd(); got != (tea.WindowSizeMsg{Width: 4, Height: 4}) {
		t.Errorf("came back %v", got)
	}
}
