package kvexport

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"assay/core/export"
	"assay/core/kv"
	"assay/core/kv/kvscene"
)

// cells returns the cells of a sweep by prompt and scheme, whatever attempt of
// the run wrote them.
func cells(d *export.Document) ([]kv.CellDoc, error) {
	list, _, err := export.Decode[kv.CellDoc](d, kv.RecordCell)
	slices.SortStableFunc(list, func(a, b kv.CellDoc) int {
		return cmp.Or(a.Prompt-b.Prompt, kvscene.Compare(a.Mode, a.Ratio, a.Rule, b.Mode, b.Ratio, b.Rule))
	})
	return list, err
}

func tellSweep(d *export.Document) (export.Story, error) {
	var s export.Story
	list, err := cells(d)
	if err != nil || len(list) == 0 {
		return s, err
	}
	means := kvscene.Means(list)
	s.Summary = sweepSummary(means)
	s.Sections = []export.Section{
		{Title: "Divergence", Blocks: []export.Block{export.Picture{File: "kl", Scene: kvscene.SweepKL(means)}}},
		{Title: "Time to the first token", Blocks: []export.Block{export.Picture{File: "ttft", Scene: kvscene.SweepTTFT(means)}}},
		schemes(means),
	}
	return s, nil
}

// usual is the ratio that a summary speaks of, if it was measured: CacheBlend's
// recommendation.
const usual = .15

func sweepSummary(means []kvscene.Mean) []string {
	at := -1
	for i, m := range means {
		if m.Mode == string(kv.Blend) && (at < 0 || math.Abs(m.Ratio-usual) < math.Abs(means[at].Ratio-usual) ||
			m.Ratio == means[at].Ratio && m.Rule == string(kv.RuleV)) {
			at = i
		}
	}
	if at < 0 {
		return nil
	}
	b := means[at]
	text := fmt.Sprintf("Over %s, blending with %s of the context recomputed by rule %s is on average %s nats (KL) away from full prefill (95 %% interval %s to %s)",
		plural(b.N, "prompt"), percent(b.Ratio), b.Rule, nats(b.KL), nats(b.KLCI[0]), nats(b.KLCI[1]))
	var out []string
	for _, m := range means {
		switch {
		case m.Mode == string(kv.Reuse):
			text += fmt.Sprintf(", %s plain reuse (%s)", less(b.KL, m.KL), nats(m.KL))
		case m.Mode == string(kv.Random) && m.Ratio == b.Ratio:
			text += fmt.Sprintf(", %s recomputing as many tokens at random (%s)", less(b.KL, m.KL), nats(m.KL))
		}
	}
	out = append(out, text+".")
	text = fmt.Sprintf("The most likely next token is full prefill's on %s of the prompts, after %s ms on average", percent(b.Top1), ms(b.TTFTMs))
	for _, m := range means {
		if m.Mode == string(kv.Full) && b.TTFTMs > 0 {
			text += ", " + speed(b.TTFTMs, m.TTFTMs)
		}
	}
	out = append(out, text+".")
	var line []kvscene.Mean
	for _, m := range means {
		if m.Mode == b.Mode && m.Rule == b.Rule {
			line = append(line, m)
		}
	}
	if len(line) > 1 {
		first, last := line[0], line[len(line)-1]
		out = append(out, fmt.Sprintf("From a share of %s to %s, its divergence goes from %s to %s nats and its time from %s to %s ms.",
			percent(first.Ratio), percent(last.Ratio), nats(first.KL), nats(last.KL), ms(first.TTFTMs), ms(last.TTFTMs)))
	}
	return out
}

func schemes(means []kvscene.Mean) export.Section {
	t := export.Table{Columns: []export.Column{left("scheme"), right("prompts"), right("KL, nats"), right("95 %"), right("same top token"), right("TTFT, ms"), right("95 %"), right("dV rms")}}
	for _, m := range means {
		t.Rows = append(t.Rows, plain(m.Name(), whole(m.N), nats(m.KL), nats(m.KLCI[0])+" to "+nats(m.KLCI[1]), kvscene.Percent(m.Top1)+" %", ms(m.TTFTMs),
			ms(m.TTFTCI[0])+" to "+ms(m.TTFTCI[1]), number(m.DVRMS)))
	}
	return export.Section{Title: "All schemes", Blocks: []export.Block{t,
		export.Text("Means over the prompts; intervals by bootstrap over the prompts. dV is the root mean square of the L2 distance of the V cache from full prefill's, over the layers after the first.")}}
}
