//go:build e2e

package e2e

import (
	"encoding/json"
	"math"
	"testing"
)

// The phases of a time to first token are measured one by one; together they
// must be the whole, within 5 %. How fast it was is printed, not asserted.
func TestPhasesAddUpToTheTimeToFirstToken(t *testing.T) {
	r := must(t, home(t), "kv", "blend", "--demo", "--seed", "7", "--tokens", "2048", "--modes", "all", "--max-new", "1", "--json")
	var doc struct {
		Prompt struct {
			Tokens int `json:"tokens"`
		} `json:"prompt"`
		Modes []struct {
			Mode   string             `json:"mode"`
			TTFT   float64            `json:"ttft_ms"`
			Phases map[string]float64 `json:"phases_ms"`
		} `json:"modes"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Prompt.Tokens < 1950 || doc.Prompt.Tokens > 2150 {
		t.Errorf("the prompt has %d tokens, asked for about 2,048", doc.Prompt.Tokens)
	}
	for _, m := range doc.Modes {
		sum := 0.0
		for _, ms := range m.Phases {
			sum += ms
		}
		t.Logf("%-12s %8.1f ms, %.2fx of full, phases %.1f ms", m.Mode, m.TTFT, doc.Modes[0].TTFT/m.TTFT, sum)
		if math.Abs(sum-m.TTFT) > 0.05*m.TTFT {
			t.Errorf("%s: the phases add up to %.3f ms, the whole is %.3f ms", m.Mode, sum, m.TTFT)
		}
	}
}
