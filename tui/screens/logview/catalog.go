package logview

import "assay/tui/ui"

// Catalog lists the actions of every pane and source, also those that are not
// possible now: for the key reference. They belong to screens of their own, so
// that nobody can do anything with them here. An action stands once for every
// state that has it.
func (s *Screen) Catalog() []ui.Action {
	var out []ui.Action
	for _, state := range []func(*Screen){
		func(*Screen) {},
		func(x *Screen) { x.split.Focus = paneFields },
		func(x *Screen) { x.filter = "x" },
		func(x *Screen) { x.source = fromWorker },
	} {
		all := New(s.c, s.reader, s.files)
		state(all)
		out = append(out, all.Actions()...)
	}
	return out
}
