package kvexport

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"assay/core/export"
	"assay/core/kv"
	"assay/core/kv/kvscene"
)

// frontier returns the points of a Pareto run in the order of tables.
func frontier(d *export.Document) ([]kv.PointDoc, error) {
	list, _, err := export.Decode[kv.PointDoc](d, kv.RecordPoint)
	slices.SortStableFunc(list, func(a, b kv.PointDoc) int {
		return cmp.Or(compareLevels(a.Level, b.Level), cmp.Compare(a.Ratio, b.Ratio))
	})
	return list, err
}

func tellPareto(d *export.Document) (export.Story, error) {
	var s export.Story
	list, err := frontier(d)
	if err != nil || len(list) == 0 {
		return s, err
	}
	t := export.Table{Columns: []export.Column{left("level"), right("ratio"), right("bytes"), right("TTFT, ms"), right("KL, nats"), right("same top token"), left("dominated")}}
	best := 0
	for _, p := range list {
		if !p.Dominated {
			best++
		}
		t.Rows = append(t.Rows, plain(p.Level, number(p.Ratio), strconv.FormatInt(p.Bytes, 10), ms(p.TTFTMs), nats(p.KL), kvscene.Percent(p.Top1)+" %", yesNo(p.Dominated)))
	}
	s.Summary = []string{fmt.Sprintf("Of %s over %s, %d are not dominated: no other one is at least as good in bytes, time and loss and better in one.", plural(len(list), "point"), plural(list[0].Prompts, "prompt"), best)}
	s.Sections = []export.Section{
		{Title: "Loss by bytes", Blocks: []export.Block{export.Picture{File: "bytes", Scene: kvscene.FrontByBytes(list)}}},
		{Title: "Loss by time", Blocks: []export.Block{export.Picture{File: "time", Scene: kvscene.FrontByTime(list)}}},
		{Title: "Points", Blocks: []export.Block{t}},
	}
	return s, nil
}

func paretoSheets(d *export.Document) ([]export.Sheet, error) {
	list, err := frontier(d)
	id := string(d.Run.ID)
	return []export.Sheet{{Name: "points", About: "one level and ratio, the mean over prompts",
		Header: []string{"run_id", "level", "ratio", "bytes", "ttft_ms", "kl_nats", "top1", "prompts", "dominated"},
		Rows: func(yield func([]string) bool) {
			for _, p := range list {
				if !yield([]string{id, p.Level, export.Cell(p.Ratio), strconv.FormatInt(p.Bytes, 10), export.Cell(p.TTFTMs), export.Cell(p.KL), export.Cell(p.Top1), whole(p.Prompts), strconv.FormatBool(p.Dominated)}) {
					return
				}
			}
		}}}, err
}

// tiers returns the tiers of a loading run in the order of tables.
func tiers(d *export.Document) ([]kv.TierDoc, error) {
	list, _, err := export.Decode[kv.TierDoc](d, kv.RecordTier)
	slices.SortStableFunc(list, func(a, b kv.TierDoc) int {
		return cmp.Or(cmp.Compare(slices.Index(kv.Tiers(), a.Tier), slices.Index(kv.Tiers(), b.Tier)), compareLevels(a.Level, b.Level))
	})
	return list, err
}

func tellLoad(d *export.Document) (export.Story, error) {
	var s export.Story
	list, err := tiers(d)
	if err != nil || len(list) == 0 {
		return s, err
	}
	picks, _, err := export.Decode[kv.PickDoc](d, kv.RecordPick)
	if err != nil {
		return s, err
	}
	if len(picks) > 0 && picks[0].Tier != "" {
		s.Summary = []string{fmt.Sprintf("For a share of %s to recompute the controller takes %s at level %s: %s.", percent(picks[0].Ratio), picks[0].Tier, picks[0].Level, picks[0].Reason)}
	}
	t := export.Table{Columns: []export.Column{left("tier"), right("level"), right("bytes"), right("load, ms"), right("recompute, ms"), right("ratio"), right("predicted, ms"), right("measured, ms"), right("one by one, ms"), right("KL, nats"), right("dollars a month")}}
	times := export.Section{Title: "Tiers", Blocks: []export.Block{export.Picture{File: "tiers", Scene: kvscene.Loading(list)}}}
	for _, p := range list {
		t.Rows = append(t.Rows, plain(p.Tier, p.Level, strconv.FormatInt(p.Bytes, 10), ms(p.LoadMs), ms(p.RecomputeMs), number(p.Ratio), ms(p.PredictedMs), ms(p.MeasuredMs), ms(p.Sequential), nats(p.KL), number(p.Cost)))
		if p.Note != "" {
			times.Blocks = append(times.Blocks, export.Text(fmt.Sprintf("Tier %s at level %s: %s.", p.Tier, p.Level, p.Note)))
		}
	}
	times.Blocks = append(times.Blocks, t)
	lanes := export.Section{Title: "Lanes of the prediction"}
	for _, p := range list {
		ch := kvscene.Timeline("From "+p.Tier+", level "+p.Level, "Each layer is loaded while the one before is computed; numbers are layers.", p.Lanes, 0)
		lanes.Blocks = append(lanes.Blocks, export.Picture{File: "lanes-" + p.Tier + "-" + p.Level, Scene: ch})
	}
	s.Sections = []export.Section{times, lanes}
	return s, nil
}

func loadSheets(d *export.Document) ([]export.Sheet, error) {
	list, err := tiers(d)
	id := string(d.Run.ID)
	rows := export.Sheet{Name: "tiers", About: "one tier with chunks at one level",
		Header: []string{"run_id", "tier", "level", "bytes", "price_gb_month", "cost_month", "load_ms", "prefill_ms", "recompute_ms", "ratio", "predicted_ttft_ms", "measured_ttft_ms", "sequential_ttft_ms", "kl_nats", "misses"},
		Rows: func(yield func([]string) bool) {
			for _, p := range list {
				row := []string{id, p.Tier, p.Level, strconv.FormatInt(p.Bytes, 10)}
				for _, v := range []float64{p.Price, p.Cost, p.LoadMs, p.PrefillMs, p.RecomputeMs, p.Ratio, p.PredictedMs, p.MeasuredMs, p.Sequential, p.KL} {
					row = append(row, export.Cell(v))
				}
				if !yield(append(row, whole(p.Misses))) {
					return
				}
			}
		}}
	spans := export.Sheet{Name: "spans", About: "one bar of a prediction", Header: spanHeader("layer"),
		Rows: func(yield func([]string) bool) {
			for _, p := range list {
				if !spanRows(id, p.Tier+"/"+p.Level, p.Lanes, yield) {
					return
				}
			}
		}}
	return []export.Sheet{rows, spans}, err
}
