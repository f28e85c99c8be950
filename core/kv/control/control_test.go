package control_test

import (
	"math"
	"slices"
	"testing"

	"assay/core/kv"
	"assay/core/kv/control"
	"assay/core/prng"
)

// plan has four chunks: at 1 Gbit/s level 3 takes 0.2 s, 2 0.16 s, 1 0.12 s; text 0.3 s.
func plan(slo float64, gbps ...float64) kv.StreamPlan {
	p := kv.StreamPlan{Sizes: map[string][]int64{}, SLO: slo, Bandwidth: gbps}
	for range gbps {
		p.Sizes["3"] = append(p.Sizes["3"], 25e6)
		p.Sizes["2"] = append(p.Sizes["2"], 20e6)
		p.Sizes["1"] = append(p.Sizes["1"], 15e6)
		p.Text = append(p.Text, .3)
	}
	return p
}

func TestRulesByHand(t *testing.T) {
	for _, c := range []struct {
		name, rule string
		p          kv.StreamPlan
		want       []string
		total      float64
		met        bool
	}{
		{"paper prefers text", kv.RulePaper, plan(1.2, 1, 1, 1, 1), []string{"text", "text", "text", "text"}, 1.2, true},
		{"paper begins in the middle and then fits", kv.RulePaper, plan(.77, 1, 1, 1, 1), []string{"2", "3", "3", "3"}, .76, true},
		{"paper falls to the smallest", kv.RulePaper, plan(.5, 1, .5, .5, .5), []string{"2", "1", "1", "1"}, .16 + .72, false},
		{"ref prefers levels", kv.RuleReleased, plan(1.2, 1, 1, 1, 1), []string{"3", "3", "3", "3"}, .8, true},
		{"ref is strict", kv.RuleReleased, plan(.8, 1, 1, 1, 1), []string{"2", "2", "2", "2"}, .64, true},
		{"ref takes text where no level fits", kv.RuleReleased, plan(.4, 1, 10, 1, 1), []string{"text", "3", "text", "text"}, .92, false},
		{"exact takes text while it is safe", kv.RuleExact, plan(1.21, 1, 1, 1, 1), []string{"text", "text", "text", "text"}, 1.2, true},
		{"exact keeps the rest safe", kv.RuleExact, plan(1.11, 1, 1, 1, 1), []string{"3", "text", "text", "text"}, 1.1, true},
		{"exact goes as fast as it can", kv.RuleExact, plan(.47, 1, 1, 1, 1), []string{"1", "1", "1", "1"}, .48, false},
	} {
		d := control.Document(c.rule, c.p)
		if !slices.Equal(d.Choices, c.want) || math.Abs(d.Total-c.total) > 1e-9 || d.Met != c.met {
			t.Errorf("%s: %v in %.3f s, met %v", c.name, d.Choices, d.Total, d.Met)
		}
		if len(d.Others) != 3 || len(d.Chunks) != len(c.want) || d.Chunks[len(c.want)-1].End != d.Total || d.Feasible == (d.Note != "") {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}

// The promise of exact: on 200 seeded step and sawtooth traces it meets at least
// 95 % of the deadlines that can be met at all.
func TestExactMeetsWhatCanBeMet(t *testing.T) {
	for seed := range uint64(5) {
		met, can, others := 0, 0, map[string]int{}
		for i := range 200 {
			r := prng.New(seed, "control/"+string(rune('a'+i%26))+string(rune('a'+i/26)))
			n := 3 + r.IntN(12)
			p := plan(0, control.Trace(r, []string{"step", "sawtooth"}[i%2], n)...)
			text := []float64{.05, .2, .5, 60}[r.IntN(4)] // the last: text is no way out
			for j := range p.Text {
				p.Text[j] = text * (.9 + .2*r.Float64())
				for _, l := range kv.Ladder() {
					p.Sizes[l][j] = int64(float64(p.Sizes[l][j]) * (.8 + .4*r.Float64()))
				}
			}
			best, _ := control.Follow(kv.RuleClairvoyant, p)
			p.SLO = best.Total * (.8 + 1.4*r.Float64())
			if best.Total > p.SLO {
				if d := control.Document(kv.RuleExact, p); d.Feasible || d.Note == "" || d.Met {
					t.Errorf("nothing can meet the deadline, which is not said: %+v", d)
				}
				continue
			}
			can++
			for _, rule := range kv.StreamRules() {
				if d, _ := control.Follow(rule, p); d.Met {
					others[rule]++
				}
			}
			met = others[kv.RuleExact]
		}
		if can < 100 || float64(met) < .95*float64(can) {
			t.Errorf("seed %d: exact meets %d of %d (%v)", seed, met, can, others)
		}
		t.Logf("seed %d: of %d that can be met: %v", seed, can, others)
	}
}

func TestTracesStayInBounds(t *testing.T) {
	for _, shape := range control.Shapes() {
		for n := 1; n < 20; n++ {
			for _, b := range control.Trace(prng.New(uint64(n), shape), shape, n) {
				if !(b >= .0999 && b <= 10.001) {
					t.Errorf("%s: %g", shape, b)
				}
			}
		}
	}
}
