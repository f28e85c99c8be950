package gpuview

import "assay/tui/ui"

// Catalog lists the actions of every pane, also those that are not possible now:
// for the key reference. They belong to screens of their own, so that nobody can
// do anything with them here. An action stands once for every pane that has it.
func (s *Screen) Catalog() []ui.Action {
	var out []ui.Action
	for _, pane := range panes {
		one := New(s.c, nil)
		one.focus = pane
		out = append(out, one.Actions()...)
	}
	return out
}
