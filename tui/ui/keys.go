package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Possible says whether an action can be done now, and if not, why.
func (a *Action) Possible() (bool, string) {
	if a.Enabled == nil {
		return true, ""
	}
	return a.Enabled()
}

// Match returns the first action that a key is bound to, nil where there is none.
// Actions stand in the order of who is asked first: pane, screen, shell.
func Match(actions []Action, key tea.KeyPressMsg) *Action {
	name := KeyName(key)
	for i := range actions {
		if slices.Contains(actions[i].Keys, name) {
			return &actions[i]
		}
	}
	return nil
}

// KeyName returns a key as Action.Keys writes it: "j", "G", "ctrl+d", "enter".
func KeyName(key tea.KeyPressMsg) string { return key.String() }

// Conflicts names the faults of a list of actions: two actions of one scope that
// share a key, an action without title, ID or scope, and keys that terminals or
// multiplexers do not deliver.
func Conflicts(actions []Action) []string {
	var out []string
	type place struct{ scope, key string }
	seen := map[place]string{}
	ids := map[string]bool{}
	for _, a := range actions {
		if a.ID == "" || a.Title == "" || a.Scope == "" {
			out = append(out, fmt.Sprintf("action %q has no ID, title or scope", a.ID))
		}
		if ids[a.ID] {
			out = append(out, "two actions are called "+a.ID)
		}
		ids[a.ID] = true
		safe := len(a.Keys) == 0
		for _, k := range a.Keys {
			p := place{a.Scope, k}
			if other, ok := seen[p]; ok {
				out = append(out, fmt.Sprintf("%s and %s share the key %s in %s", other, a.ID, k, a.Scope))
			}
			seen[p] = a.ID
			if lost(k) {
				out = append(out, fmt.Sprintf("%s is bound to %s, which does not arrive", a.ID, k))
			}
			safe = safe || !fragile(k)
		}
		if !safe {
			out = append(out, fmt.Sprintf("%s has only keys that tmux, mosh or a plain xterm may swallow: %v", a.ID, a.Keys))
		}
	}
	return out
}

// lost tells keys that are another key to a terminal, or flow control.
func lost(key string) bool {
	switch key {
	case "ctrl+i", "ctrl+m", "ctrl+[", "ctrl+j", "ctrl+h", "ctrl+s", "ctrl+q", "ctrl+\\":
		return true
	}
	return false
}

// fragile tells keys that must not be the only one of an action.
func fragile(key string) bool {
	if key == "ctrl+a" || key == "ctrl+b" || strings.HasPrefix(key, "alt+") {
		return true
	}
	if len(key) >= 2 && key[0] == 'f' && key[1] >= '1' && key[1] <= '9' {
		return true
	}
	return strings.HasPrefix(key, "shift+") && key != "shift+tab"
}

// PinnedHint is the least Hint of actions that keep their place at the end of the
// line however many others there are: the way to the help.
const PinnedHint = 90

// hint is an action in the line of hints, with the cells that it stands in.
type hint struct {
	action   *Action
	from, to int
}

// hints chooses the actions with a Hint that fit into w cells, in their order.
func hints(actions []Action, w int) []hint {
	var shown []*Action
	for i := range actions {
		if actions[i].Hint > 0 && len(actions[i].Keys) > 0 {
			shown = append(shown, &actions[i])
		}
	}
	slices.SortStableFunc(shown, func(a, b *Action) int { return cmp.Compare(a.Hint, b.Hint) })
	reserved := 0
	for _, a := range shown {
		if a.Hint >= PinnedHint {
			reserved += Width(a.Keys[0]) + Width(a.Title) + 3
		}
	}
	var out []hint
	used := 0
	taken := map[string]bool{} // a key that a pane has taken is not the screen's any more
	for _, a := range shown {
		if taken[a.Keys[0]] {
			continue
		}
		taken[a.Keys[0]] = true
		lead := 2
		if used == 0 {
			lead = 1
		}
		n := Width(a.Keys[0]) + 1 + Width(a.Title)
		if a.Hint >= PinnedHint {
			reserved -= n + 2
		}
		if used+lead+n > w-reserved {
			continue
		}
		out = append(out, hint{a, used + lead, used + lead + n})
		used += lead + n
	}
	return out
}

// Hints returns the line of key hints: the actions with a Hint in their order, as
// many as fit into w cells. What is not possible now is faint.
func Hints(c *Context, actions []Action, w int) string {
	var b strings.Builder
	used := 0
	for _, h := range hints(actions, w) {
		b.WriteString(spaces(h.from - used))
		used = h.to
		if ok, _ := h.action.Possible(); !ok {
			b.WriteString(c.Theme.Paint("faint", h.action.Keys[0]+" "+h.action.Title))
			continue
		}
		b.WriteString(c.Theme.Paint("key", h.action.Keys[0]))
		b.WriteString(c.Theme.Paint("hint", " "+h.action.Title))
	}
	return Fit(b.String(), w)
}

// HintAt returns the action whose hint stands in cell x of the line that Hints
// draws, nil for none.
func HintAt(actions []Action, w, x int) *Action {
	for _, h := range hints(actions, w) {
		if x >= h.from && x < h.to {
			return h.action
		}
	}
	return nil
}
