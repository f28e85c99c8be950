package kvexport

import (
	"slices"
	"strconv"

	"assay/core/export"
	"assay/core/kv"
	"assay/core/kv/kvscene"
)

func blendSheets(d *export.Document) ([]export.Sheet, error) {
	list, err := modes(d)
	if err != nil {
		return nil, err
	}
	id := string(d.Run.ID)
	phases := kvscene.Phases(list)
	head := []string{"run_id", "key", "mode", "ratio", "rule", "mask", "filter", "variant", "picked_tokens", "effective_recompute", "tokens_reused", "loaded_bytes", "ttft_ms"}
	for _, p := range phases {
		head = append(head, p+"_ms")
	}
	head = append(head, "kl_nats", "kl_mean_nats", "top1_same", "top1_mean", "first_divergence_token", "answer")
	byMode := export.Sheet{Name: "modes", About: "one mode on the prompt", Header: head, Rows: func(yield func([]string) bool) {
		for _, m := range list {
			row := []string{id, m.Key, m.Mode, export.Cell(m.Ratio), m.Rule, m.Mask, m.Filter, m.Variant, whole(len(m.Picked)), export.Cell(m.Effective), whole(m.Reused),
				strconv.FormatInt(m.Loaded, 10), export.Cell(m.TTFTMs)}
			for _, p := range phases {
				v, ok := m.PhasesMs[p]
				row = append(row, map[bool]string{true: export.Cell(v)}[ok])
			}
			row = append(row, export.Cell(m.KL), export.Cell(m.KLMean), strconv.FormatBool(m.Top1), export.Cell(m.Top1Mean), whole(m.FirstDivergence), m.Text)
			if !yield(row) {
				return
			}
		}
	}}
	byLayer := export.Sheet{Name: "layers", About: "one layer of one mode, over the context tokens",
		Header: []string{"run_id", "key", "mode", "ratio", "rule", "layer", "active_rows", "computed_share", "dk_rms", "dk_mean", "dk_p95", "dk_max", "dv_rms", "dv_mean", "dv_p95", "dv_max",
			"attn_dev", "attn_dev_rel", "spearman", "load_ms", "compute_ms", "loaded_bytes"},
		Rows: func(yield func([]string) bool) {
			for _, m := range list {
				for _, l := range m.Layers {
					if !yield([]string{id, m.Key, m.Mode, export.Cell(m.Ratio), m.Rule, whole(l.Layer), whole(l.Active), export.Cell(l.Ratio),
						export.Cell(l.DKRMS), export.Cell(l.DKMean), export.Cell(l.DKP95), export.Cell(l.DKMax),
						export.Cell(l.DVRMS), export.Cell(l.DVMean), export.Cell(l.DVP95), export.Cell(l.DVMax),
						export.Cell(l.AttnDev), export.Cell(l.AttnDevRel), export.Cell(l.Spearman), export.Cell(l.LoadMs), export.Cell(l.ComputeMs), strconv.FormatInt(l.LoadedBytes, 10)}) {
						return
					}
				}
			}
		}}
	tokens, err := tokenSheet(d, list)
	return []export.Sheet{byMode, byLayer, tokens}, err
}

// tokenSheet has a row for every context token of every layer and mode whose
// deviations are stored.
func tokenSheet(d *export.Document, list []kv.ModeDoc) (export.Sheet, error) {
	s := export.Sheet{Name: "tokens", About: "one context token at one layer of one mode",
		Header: []string{"run_id", "key", "mode", "ratio", "rule", "layer", "token", "dk", "dv", "attn_dev_share", "computed"}}
	suffixes := []string{kv.ArrayDK, kv.ArrayDV, kv.ArrayAttnDev, kv.ArrayPicked}
	type block struct {
		doc    kv.ModeDoc
		shape  []int
		values [][]float32
	}
	var blocks []block
	for _, m := range list {
		b := block{doc: m}
		for _, suffix := range suffixes {
			a, ok := d.Array(m.Key + suffix)
			if !ok || len(a.Shape) != 2 || b.shape != nil && !slices.Equal(a.Shape, b.shape) {
				break
			}
			v, err := a.F32()
			if err != nil {
				return s, err
			}
			b.shape, b.values = a.Shape, append(b.values, v)
		}
		if len(b.values) == len(suffixes) {
			blocks = append(blocks, b)
		}
	}
	id := string(d.Run.ID)
	s.Rows = func(yield func([]string) bool) {
		for _, b := range blocks {
			for i := range b.shape[0] * b.shape[1] {
				row := []string{id, b.doc.Key, b.doc.Mode, export.Cell(b.doc.Ratio), b.doc.Rule, whole(i / b.shape[1]), whole(i % b.shape[1])}
				for _, v := range b.values[:3] {
					row = append(row, export.Cell32(v[i]))
				}
				if !yield(append(row, strconv.FormatBool(b.values[3][i] != 0))) {
					return
				}
			}
		}
	}
	return s, nil
}

func sweepSheets(d *export.Document) ([]export.Sheet, error) {
	list, err := cells(d)
	id := string(d.Run.ID)
	return []export.Sheet{{Name: "cells", About: "one prompt under one scheme",
		Header: []string{"run_id", "prompt", "mode", "ratio", "rule", "kl_nats", "top1_same", "ttft_ms", "dv_rms"},
		Rows: func(yield func([]string) bool) {
			for _, c := range list {
				if !yield([]string{id, whole(c.Prompt), c.Mode, export.Cell(c.Ratio), c.Rule, export.Cell(c.KL), strconv.FormatBool(c.Top1), export.Cell(c.TTFTMs), export.Cell(c.DVRMS)}) {
					return
				}
			}
		}}}, err
}

func evalSheets(d *export.Document) ([]export.Sheet, error) {
	scores, err := scores(d)
	if err != nil {
		return nil, err
	}
	archives, err := archives(d)
	if err != nil {
		return nil, err
	}
	id := string(d.Run.ID)
	answers := export.Sheet{Name: "answers", About: "one question under one scheme",
		Header: []string{"run_id", "archive", "question", "question_kind", "key", "mode", "ratio", "rule", "correct", "kl_nats"},
		Rows: func(yield func([]string) bool) {
			for _, a := range archives {
				for _, s := range scores {
					for q, x := range a.doc.Answers[s.Key] {
						if !yield([]string{id, whole(a.index), whole(q), x.Kind, s.Key, s.Mode, export.Cell(s.Ratio), s.Rule, strconv.FormatBool(x.Correct), export.Cell(x.KL)}) {
							return
						}
					}
				}
			}
		}}
	totals := export.Sheet{Name: "scores", About: "one scheme over all questions",
		Header: []string{"run_id", "key", "mode", "ratio", "rule", "questions", "accuracy", "accuracy_ci95_low", "accuracy_ci95_high", "kl_mean_nats"},
		Rows: func(yield func([]string) bool) {
			for _, s := range scores {
				if !yield([]string{id, s.Key, s.Mode, export.Cell(s.Ratio), s.Rule, whole(s.N), export.Cell(s.Accuracy), export.Cell(s.AccuracyCI[0]), export.Cell(s.AccuracyCI[1]), export.Cell(s.KLMean)}) {
					return
				}
			}
		}}
	kinds := kvscene.Kinds(scores)
	byKind := export.Sheet{Name: "kinds", About: "one scheme on the questions of one kind",
		Header: []string{"run_id", "key", "mode", "ratio", "rule", "question_kind", "questions", "accuracy"},
		Rows: func(yield func([]string) bool) {
			for _, s := range scores {
				for _, k := range kinds {
					x, ok := s.ByKind[k]
					if ok && !yield([]string{id, s.Key, s.Mode, export.Cell(s.Ratio), s.Rule, k, whole(x.N), export.Cell(x.Accuracy)}) {
						return
					}
				}
			}
		}}
	return []export.Sheet{answers, totals, byKind}, nil
}

func whole(n int) string { return strconv.Itoa(n) }
