package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/config"
	"assay/core/query"
	"assay/core/run"
	"assay/tui/ui"
)

// everything lists the actions of every pane, page and screen with the keys of the
// preset; one that stands in several places comes several times.
func (m *Model) everything() []ui.Action {
	var all []ui.Action
	for _, s := range m.screens {
		if c, ok := s.(interface{ Catalog() []ui.Action }); ok {
			all = append(all, c.Catalog()...)
			continue
		}
		all = append(all, s.Actions()...)
	}
	return m.preset.Apply(append(all, m.global()...))
}

// bind makes a map of the key bindings of the person for actions. What is wrong
// with them is returned in one line, as an *run.Error of code E-CONFIG; those
// actions keep their own keys.
func bind(all []ui.Action, bindings []config.Binding) (ui.Keymap, error) {
	var ids []string
	for _, a := range all {
		ids = append(ids, a.ID)
	}
	var faults []string
	refuse := func(b config.Binding, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("%s: %s: %s", b.Place, b.Action, fmt.Sprintf(format, args...)))
	}
	keys := ui.Keymap{}
	for _, b := range bindings {
		if !slices.Contains(ids, b.Action) {
			refuse(b, "no such action; did you mean %q?", query.Nearest(b.Action, ids))
			continue
		}
		bad := slices.IndexFunc(b.Keys, func(k string) bool { return ui.KeyFault(k) != "" })
		if bad >= 0 {
			refuse(b, "%s", ui.KeyFault(b.Keys[bad]))
			continue
		}
		keys[b.Action] = b.Keys
	}
	// Two actions may share a key as they come, where never both are there. A clash
	// that a binding makes takes the binding back, which may undo or make others.
	own := ui.Clashes(all)
	for {
		clashes := slices.DeleteFunc(ui.Clashes(keys.Apply(all)), func(c ui.Clash) bool { return slices.Contains(own, c) })
		i := slices.IndexFunc(bindings, func(b config.Binding) bool {
			_, bound := keys[b.Action]
			return bound && slices.ContainsFunc(clashes, func(c ui.Clash) bool { return c.First == b.Action || c.Second == b.Action })
		})
		if i < 0 {
			break
		}
		c := clashes[slices.IndexFunc(clashes, func(c ui.Clash) bool {
			return c.First == bindings[i].Action || c.Second == bindings[i].Action
		})]
		other := c.First
		if other == bindings[i].Action {
			other = c.Second
		}
		refuse(bindings[i], "%s belongs to %s in %s already", c.Key, other, c.Scope)
		delete(keys, bindings[i].Action)
	}
	if len(faults) == 0 {
		return keys, nil
	}
	return keys, &run.Error{Code: run.EConfig, Text: strings.Join(faults, "; ")}
}

// bindable says why an action cannot have these keys, beside what is wrong already.
func (m *Model) bindable(id string, keys []string) error {
	if k := slices.IndexFunc(keys, func(k string) bool { return ui.KeyFault(k) != "" }); k >= 0 {
		return &run.Error{Code: run.EConfig, Text: ui.KeyFault(keys[k])}
	}
	all := m.everything()
	own := ui.Clashes(all)
	with := maps.Clone(m.keys)
	if with == nil {
		with = ui.Keymap{}
	}
	with[id] = keys
	for _, c := range ui.Clashes(with.Apply(all)) {
		if !slices.Contains(own, c) && (c.First == id || c.Second == id) {
			other := c.First
			if other == id {
				other = c.Second
			}
			return &run.Error{Code: run.EConfig, Text: fmt.Sprintf("%s belongs to %s in %s already", c.Key, other, c.Scope), Hint: "give that one another key first"}
		}
	}
	return nil
}

// KeysFault is what is wrong with the key bindings of the person, or nil.
func (m *Model) KeysFault() error { return m.keysFault }

// NextPane moves the focus to the next pane of the screen in front; it reports
// false where there is only one.
func (m *Model) NextPane() (tea.Cmd, bool) {
	tab := ui.Match(m.screen().Actions(), tea.KeyPressMsg{Code: tea.KeyTab}) // its own keys, whatever the person has made of them
	if tab == nil {
		return nil, false
	}
	return m.Invoke(tab.ID)
}
