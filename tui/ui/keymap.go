package ui

import (
	"fmt"
	"slices"
)

// Keymap holds the keys that a person has given to actions, by the ID of the
// action; an empty list takes an action its keys away.
type Keymap map[string][]string

// Apply returns actions with the keys of the map. The list it is given stays as it is.
func (m Keymap) Apply(actions []Action) []Action {
	if len(m) == 0 {
		return actions
	}
	out := slices.Clone(actions)
	for i := range out {
		if keys, ok := m[out[i].ID]; ok {
			out[i].Keys = keys
		}
	}
	return out
}

// KeyFault says what is wrong with a name of a key, "" where nothing is.
func KeyFault(name string) string {
	if _, ok := Press(name); !ok {
		return fmt.Sprintf("no key is called %q", name)
	}
	if lost(name) {
		return name + " does not arrive: terminals take it for another key or for flow control"
	}
	return ""
}

// Clash is a key that two actions of one scope share.
type Clash struct{ Scope, Key, First, Second string }

// Clashes returns the keys that different actions of one scope share, in the order
// of the list.
func Clashes(actions []Action) []Clash {
	type place struct{ scope, key string }
	seen := map[place][]string{}
	var out []Clash
	for _, a := range actions {
		for _, k := range a.Keys {
			p := place{a.Scope, k}
			for _, other := range seen[p] {
				c := Clash{a.Scope, k, other, a.ID}
				if other != a.ID && !slices.Contains(out, c) {
					out = append(out, c)
				}
			}
			if !slices.Contains(seen[p], a.ID) {
				seen[p] = append(seen[p], a.ID)
			}
		}
	}
	return out
}
