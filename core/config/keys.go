package config

import (
	"slices"
	"strings"
)

// keysTable holds the key bindings in config.toml, and may in keys.toml.
const keysTable = "keys"

// presetKey is the setting among them: a style for all keys at once.
const presetKey = "keys.preset"

// keysFile takes the key bindings of keys.toml in: "runs.cancel" = ["X", "delete"],
// with or without a table [keys] around them.
func (c *Current) keysFile(path string) {
	for _, e := range c.entries(path) {
		if last := e.key[len(e.key)-1]; last == "preset" && len(e.key) < 3 {
			c.faults = append(c.faults, e.fault(false, "the preset stands in config.toml: %s", presetKey))
			continue
		}
		if e.key[0] == keysTable && len(e.key) > 1 {
			e.key = e.key[1:]
		}
		c.bind(e)
	}
}

// bind takes one binding in. A key alone stands for a list of one, an empty list
// takes the keys away. An action in two places is a fault, and the first holds.
func (c *Current) bind(e entry) {
	b := Binding{Place: e.Place, Action: e.dotted()}
	switch v := e.value.(type) {
	case []string:
		b.Keys = v
	case string:
		b.Keys = []string{v}
	default:
		c.faults = append(c.faults, e.fault(false, "expected a list of keys, such as [\"X\", \"delete\"]"))
		return
	}
	for i, k := range b.Keys {
		b.Keys[i] = strings.TrimSpace(k)
		if k == " " {
			b.Keys[i] = "space"
		}
	}
	if i := slices.IndexFunc(c.bindings, func(o Binding) bool { return o.Action == b.Action }); i >= 0 {
		c.faults = append(c.faults, e.fault(false, "is bound before, at %s", c.bindings[i].Place))
		return
	}
	c.bindings = append(c.bindings, b)
}
