package app_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/themes"
	"assay/tui/app"
	"assay/tui/screens/logview"
	"assay/tui/screens/runs"
	"assay/tui/ui"
)

// TestStormsOfMessagesAlwaysLeaveAWholeFrame sends random keys, texts, sizes,
// commits and failures; the driver checks every frame.
func TestStormsOfMessagesAlwaysLeaveAWholeFrame(t *testing.T) {
	keys := []string{
		"j", "k", "g", "G", "ctrl+d", "ctrl+u", "pgdown", "pgup", "enter", "esc", "tab", "shift+tab", "space", "/", "o", "O", "c", "n", "ctrl+n",
		"X", "r", "d", "i", "z", "?", "!", "R", "y", "1", "2", "3", "[", "]", "l", "f", "w", "e", "Q", "up", "down", "left", "right", "backspace",
		"home", "end", "delete", "ctrl+r", "ctrl+l", "h", "s", ":", "-", "*", "t", "ctrl+p", "ctrl+w", "ctrl+u", "7", "a", "b",
	}
	texts := []string{"state:done", "x\ty\x1b[31m", "日本語のテキスト", "e\u0301\u0301", "\u200d👩‍👩‍👧", "kv|", `"open`, "a\r\nb"}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			w := start(t, func(d *app.Deps) {
				d.Term.ASCII = seed%3 == 1
				d.Term.Depth = themes.Depth(seed % 4)
				d.Screens = func(c *ui.Context) []ui.Screen {
					return []ui.Screen{runs.New(c, d.Reader, d.Kinds), &fakeBench{c: c}, logview.New(c, d.Reader, logview.Files{Screen: "/nonexistent"})}
				}
			})
			n := 100
			for range 400 {
				switch rnd.IntN(16) {
				case 14:
					w.Send(tea.MouseClickMsg{X: rnd.IntN(300), Y: rnd.IntN(120), Button: tea.MouseLeft})
				case 15:
					w.Send(tea.MouseWheelMsg{X: rnd.IntN(300), Y: rnd.IntN(120), Button: []tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown}[rnd.IntN(2)]})
				case 0:
					w.Size(20+rnd.IntN(281), 6+rnd.IntN(115))
				case 1:
					w.Size(1+rnd.IntN(60), 1+rnd.IntN(20))
				case 2:
					w.Advance(time.Duration(rnd.IntN(4000)) * time.Millisecond)
				case 3:
					n++
					id := run.ID(fmt.Sprintf("01KK9Z00000000000000000%03d", n))
					states := []run.State{run.Queued, run.Running, run.Paused, run.Done, run.Failed, run.Lost, "weird"}
					w.store.Put(run.Run{ID: id, Bench: "kv", Kind: "kv.blend", Name: texts[rnd.IntN(len(texts))] + fmt.Sprint(n), State: states[rnd.IntN(len(states))],
						Headline: texts[rnd.IntN(len(texts))], StartedMs: at(rnd.IntN(24), 1), EndedMs: at(rnd.IntN(24), 1), Done: int64(rnd.IntN(9)), Total: int64(rnd.IntN(9)),
						Tags: []string{texts[rnd.IntN(len(texts))]}, Note: texts[rnd.IntN(len(texts))], ErrorText: texts[rnd.IntN(len(texts))]})
					w.store.PutEvent(id, run.Level(rnd.IntN(16)-4), at(1, rnd.IntN(60)), "kind", texts[rnd.IntN(len(texts))], map[string]string{"a": texts[rnd.IntN(len(texts))]})
				case 4:
					w.store.Fail([]error{nil, nil, errors.New("broken\n\x1b[7m")}[rnd.IntN(3)])
				case 5:
					w.Send(tea.PasteMsg{Content: texts[rnd.IntN(len(texts))]})
				case 6:
					w.launch.err = []error{nil, &run.Error{Code: run.EInternal, Text: texts[1], Hint: texts[2]}}[rnd.IntN(2)]
					w.launch.cold = rnd.IntN(2) == 0
				default:
					w.Press(keys[rnd.IntN(len(keys))])
				}
			}
		})
	}
}

// TestEverySizeDrawsAWholeFrame samples sizes on each screen and overlay.
func TestEverySizeDrawsAWholeFrame(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	for _, keys := range [][]string{{}, {"space", "j", "space"}, {"tab"}, {"i"}, {"z"}, {"?"}, {"n"}, {"n", "enter"}, {":"}, {"ctrl+p", "k", "v", "space", "b"}, {"t"}, {"y"}, {"j", "X"}, {"/"}, {"2"}} {
		w := start(t)
		w.Press(keys...)
		for range 30 {
			w.Size(20+rnd.IntN(281), 6+rnd.IntN(115))
		}
		w.Size(1, 1).Size(2, 2).Size(20, 6).Size(300, 120).Size(220, 25).Size(59, 80).Size(100, 17)
	}
}
