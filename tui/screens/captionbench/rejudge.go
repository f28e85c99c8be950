package captionbench

import (
	"assay/tui/ui"
)

// rejudge judges the captions of the campaign with one more synonym, as a run of its own.
func (s *Screen) rejudge(synonym string) ui.Intent {
	return ui.StartRun{Kind: "caption.rejudge", Given: map[string]any{"from": string(s.camp.run.ID), "synonyms": synonym}}
}
