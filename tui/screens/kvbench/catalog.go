package kvbench

import (
	"assay/tui/screens/kvbench/kvdata"
	"assay/tui/ui"
)

// Catalog lists the actions of every page, also those that are not possible now:
// for the key reference. They belong to a screen of their own, so that nobody can
// do anything with them here. An action stands once for every page that has it.
func (s *Screen) Catalog() []ui.Action {
	all := New(s.c, s.r)
	all.runs = []*kvdata.Run{kvdata.New("")}
	var out []ui.Action
	for _, p := range []page{newBlendPage(all), newComparePage(all, nil), newSweepPage(all), newEvalPage(all), newCompressPage(all), newStreamPage(all), newParetoPage(all), newLoadPage(all)} {
		out = append(out, p.actions()...)
	}
	return append(append(out, all.lens.Actions(func() {})...), all.runActions()...)
}
