package job_test

import (
	"encoding/json"
	"strings"
	"testing"

	"assay/core/run"
)

func TestGoldIsKnownForDemoPromptsAlone(t *testing.T) {
	b := newBed(t)
	dir := tiny(t)
	b.start("DEMO", "kv.blend", map[string]any{"model": dir, "demo": true, "people": 1, "modes": "full,reuse", "max_new": 3})
	b.start("FILE", "kv.blend", map[string]any{"model": dir, "prompt": write(t, promptFile), "modes": "full,reuse", "max_new": 3})
	for id, known := range map[string]bool{"DEMO": true, "FILE": false} {
		if _, err := b.attempt(run.ID(id), 0); err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(b.document(run.ID(id)))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{`"gold":`, `"f1_gold":`, `"f1_words_gold":`, `"rouge_l_gold":`} {
			if got := strings.Count(string(raw), key); (got == 2) != known || (!known && got != 0) {
				t.Errorf("%s: %d modes have %s", id, got, key)
			}
		}
		for _, key := range []string{`"f1_vs_full":`, `"f1_words_vs_full":`, `"rouge_l_vs_full":`} {
			if got := strings.Count(string(raw), key); got != 2 {
				t.Errorf("%s: %d of 2 modes have %s", id, got, key)
			}
		}
	}
}
