package ui

import "slices"

// Preset is a style of keys that a person may choose for all actions at once.
type Preset string

// The presets. An unknown one is the default.
const (
	PresetDefault Preset = "default" // letters as in vi beside arrows and page keys
	PresetVim     Preset = "vim"     // ctrl+f and ctrl+b for pages, ctrl+w for the next pane as well
	PresetArrows  Preset = "arrows"  // no letters for moving; delete, insert and f5 as in file managers
)

// vimKeys stand beside others of an action; arrowKeys as well.
var (
	vimKeys   = map[string]string{"pgdown": "ctrl+f", "pgup": "ctrl+b", "tab": "ctrl+w"}
	arrowKeys = map[string]string{"d": "delete", "space": "insert", "ctrl+r": "f5"}
)

// moving are the keys that letters stand for, and those letters.
var (
	movingKeys    = []string{"up", "down", "left", "right", "home", "end", "pgup", "pgdown"}
	movingLetters = []string{"h", "j", "k", "l", "g", "G"}
)

// Apply returns actions with the keys of the preset; what it adds stays away where
// another action of the scope has it. The list it is given stays as it is.
func (p Preset) Apply(actions []Action) []Action {
	if p != PresetVim && p != PresetArrows {
		return actions
	}
	type place struct{ scope, key string }
	taken := map[place]bool{}
	for _, a := range actions {
		for _, k := range a.Keys {
			taken[place{a.Scope, k}] = true
		}
	}
	beside := vimKeys
	if p == PresetArrows {
		beside = arrowKeys
	}
	out := slices.Clone(actions)
	for i, a := range out {
		var keys []string
		moves := slices.ContainsFunc(a.Keys, func(k string) bool { return slices.Contains(movingKeys, k) })
		for _, k := range a.Keys {
			if p == PresetArrows && moves && slices.Contains(movingLetters, k) {
				continue
			}
			keys = append(keys, k)
		}
		for _, k := range a.Keys {
			if more, ok := beside[k]; ok && !taken[place{a.Scope, more}] {
				keys = append(keys, more)
			}
		}
		out[i].Keys = keys
	}
	return out
}
