package pruneexport

import (
	"strconv"
	"strings"

	"assay/core/export"
	"assay/core/prune"
)

func sweepSheets(d *export.Document) ([]export.Sheet, error) {
	doc, _, err := sweepOf(d)
	if err != nil {
		return nil, err
	}
	epochs, _, err := export.Decode[prune.CellEpochDoc](d, prune.RecordCellEpoch)
	if err != nil {
		return nil, err
	}
	id := string(d.Run.ID)
	cells := export.Sheet{Name: "cells", About: "one method at one compression with one seed",
		Header: []string{"run_id", "method", "exponent", "seed", "accuracy", "loss", "kept", "sparsity", "effective_sparsity", "macs", "collapsed", "bypassed", "reason", "score_ms", "train_ms", "mask_hash"},
		Rows: func(yield func([]string) bool) {
			for _, c := range doc.Cells {
				if !yield([]string{id, c.Method, export.Cell(c.Exponent), whole(c.Seed), maybe(c.Accuracy), maybe(c.Loss), whole(c.Kept), export.Cell(c.Sparsity), export.Cell(c.EffectiveSparsity),
					strconv.FormatInt(c.MACs, 10), strings.Join(c.Collapsed, " "), strings.Join(c.Bypassed, " "), c.Reason, export.Cell(c.ScoreMs), export.Cell(c.TrainMs), c.MaskHash}) {
					return
				}
			}
		}}
	layers := export.Sheet{Name: "layers", About: "one layer of one cell", Header: []string{"run_id", "method", "exponent", "seed", "layer", "kept", "live", "weights"},
		Rows: func(yield func([]string) bool) {
			for _, c := range doc.Cells {
				for _, l := range c.Layers {
					if !yield([]string{id, c.Method, export.Cell(c.Exponent), whole(c.Seed), trim(l.Name), whole(l.Kept), whole(l.Live), whole(l.Of)}) {
						return
					}
				}
			}
		}}
	curve := export.Sheet{Name: "curve", About: "one method at one compression over the seeds", Header: []string{"run_id", "method", "exponent", "accuracy_mean", "ci95_low", "ci95_high", "seeds", "accuracy_min", "accuracy_max"},
		Rows: func(yield func([]string) bool) {
			for _, p := range doc.Curve {
				low, high := bounds(p.CI95)
				if !yield([]string{id, p.Method, export.Cell(p.Exponent), maybe(p.Mean), low, high, whole(p.N), export.Cell(p.Min), export.Cell(p.Max)}) {
					return
				}
			}
		}}
	paired := export.Sheet{Name: "paired", About: "two methods at one compression on the same seeds", Header: []string{"run_id", "a", "b", "exponent", "mean_difference", "ci95_low", "ci95_high", "seeds", "better"},
		Rows: func(yield func([]string) bool) {
			for _, p := range doc.Paired {
				low, high := bounds(p.CI95)
				if !yield([]string{id, p.A, p.B, export.Cell(p.Exponent), export.Cell(p.MeanDifference), low, high, whole(p.N), p.Better}) {
					return
				}
			}
		}}
	training := export.Sheet{Name: "epochs", About: "one epoch of one cell", Header: []string{"run_id", "cell", "epoch", "loss", "train_accuracy"},
		Rows: func(yield func([]string) bool) {
			for _, c := range doc.Cells {
				for _, e := range epochs {
					if e.Cell == c.Key() && !yield([]string{id, e.Cell, whole(e.Epoch), export.Cell(e.Loss), export.Cell(e.Accuracy)}) {
						return
					}
				}
			}
		}}
	return []export.Sheet{cells, layers, curve, paired, training}, nil
}

// maybe is a number or an empty cell.
func maybe(v *float64) string {
	if v == nil {
		return ""
	}
	return export.Cell(*v)
}

func bounds(ci *[2]float64) (low, high string) {
	if ci == nil {
		return "", ""
	}
	return export.Cell(ci[0]), export.Cell(ci[1])
}

func trialSheets(d *export.Document) ([]export.Sheet, error) {
	m, err := last[prune.MaskDoc](d, prune.RecordMask, "")
	if err != nil {
		return nil, err
	}
	id := string(d.Run.ID)
	return []export.Sheet{{Name: "layers", About: "one layer of the network", Header: []string{"run_id", "layer", "before", "kept", "live", "weights"},
		Rows: func(yield func([]string) bool) {
			if m == nil {
				return
			}
			for i, l := range m.Layers {
				if !yield([]string{id, trim(l.Name), whole(before(m, i)), whole(l.Kept), whole(l.Live), whole(l.Of)}) {
					return
				}
			}
		}}}, nil
}

func mapSheets(d *export.Document) ([]export.Sheet, error) {
	list, _, err := export.Decode[prune.LayerDoc](d, prune.RecordLayer)
	id := string(d.Run.ID)
	return []export.Sheet{{Name: "points", About: "one layer pruned at one compression, the others whole", Header: []string{"run_id", "layer", "exponent", "kept", "accuracy", "loss"},
		Rows: func(yield func([]string) bool) {
			for _, l := range list {
				if !yield([]string{id, l.Name, export.Cell(l.Exponent), whole(l.Kept), export.Cell(l.Accuracy), export.Cell(l.Loss)}) {
					return
				}
			}
		}}}, err
}

func trainSheets(d *export.Document) ([]export.Sheet, error) {
	list, err := epochsOf(d)
	id := string(d.Run.ID)
	return []export.Sheet{{Name: "epochs", About: "one epoch", Header: []string{"run_id", "epoch", "loss", "train_accuracy", "accuracy", "test_loss", "lr", "train_ms"},
		Rows: func(yield func([]string) bool) {
			for _, e := range list {
				if !yield([]string{id, whole(e.Epoch), export.Cell(e.Loss), export.Cell(e.TrainAccuracy), export.Cell(e.Accuracy), export.Cell(e.TestLoss), export.Cell(e.LR), export.Cell(e.TrainMs)}) {
					return
				}
			}
		}}}, err
}

func agentSheets(d *export.Document) ([]export.Sheet, error) {
	list, _, err := export.Decode[prune.EpisodeDoc](d, prune.RecordEpisode)
	id := string(d.Run.ID)
	return []export.Sheet{{Name: "episodes", About: "one pruning run of the agent", Header: []string{"run_id", "episode", "steps", "exponent", "length", "reward", "dropped"},
		Rows: func(yield func([]string) bool) {
			for _, e := range list {
				if !yield([]string{id, whole(e.Episode), whole(e.Steps), export.Cell(e.Exponent), whole(e.Length), export.Cell(e.Reward), strconv.FormatBool(e.Dropped)}) {
					return
				}
			}
		}}}, err
}
