package captionbench

import (
	"assay/tui/runview"
	"assay/tui/ui"
)

// KindReplay is the kind of run that judges captions again.
const KindReplay = "caption.replay"

// rejudge judges the captions of the campaign with one more synonym, as a run of
// its own beside those that it has: nothing is asked of the captioner.
func (s *Screen) rejudge(synonym string) ui.Intent {
	now := runview.Given(s.camp.run)
	if had, ok := now["synonyms"].(string); ok && had != "" {
		synonym = had + "," + synonym
	}
	return ui.StartRun{Kind: KindReplay, Given: map[string]any{"of": string(s.camp.run.ID), "variant": s.camp.plan.Variant, "synonyms": synonym}}
}
