package runs

import "assay/tui/ui"

// Catalog lists the actions of every pane, also those that are not possible now:
// for the key reference. They belong to a screen of their own, so that nobody
// can do anything with them here.
func (s *Screen) Catalog() []ui.Action {
	all := New(s.c, s.reader, s.kinds)
	out := all.listActions()
	all.focus = paneDetail // where esc takes something back
	return append(append(out, all.textActions()...), all.common()...)
}
