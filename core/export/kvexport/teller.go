package kvexport

import (
	"fmt"
	"slices"
	"strings"

	"assay/core/export"
	"assay/core/kv"
	"assay/core/kv/kvscene"
)

// Teller tells the runs of the KV bench.
type Teller struct{}

var _ export.Teller = Teller{}

// Sheets implements export.Teller: for a blend its modes, layers and tokens, for a
// sweep its cells, for an evaluation answers, scores and kinds of questions; of
// compressed caches the levels and tensors, chunks and rules, points, or tiers.
func (Teller) Sheets(d *export.Document) ([]export.Sheet, error) {
	switch d.Run.Kind {
	case "kv.blend":
		return blendSheets(d)
	case "kv.sweep":
		return sweepSheets(d)
	case "kv.eval":
		return evalSheets(d)
	case "kv.compress":
		return compressSheets(d)
	case "kv.stream":
		return streamSheets(d)
	case "kv.pareto":
		return paretoSheets(d)
	case "kv.load":
		return loadSheets(d)
	}
	return nil, nil
}

// Tell implements export.Teller.
func (Teller) Tell(d *export.Document) (export.Story, error) {
	var s export.Story
	var err error
	switch d.Run.Kind {
	case "kv.blend":
		s, err = tellBlend(d)
	case "kv.sweep":
		s, err = tellSweep(d)
	case "kv.eval":
		s, err = tellEval(d)
	case "kv.compress":
		s, err = tellCompress(d)
	case "kv.stream":
		s, err = tellStream(d)
	case "kv.pareto":
		s, err = tellPareto(d)
	case "kv.load":
		s, err = tellLoad(d)
	}
	if err != nil {
		return s, err
	}
	models, _, err := export.Decode[kv.ModelDoc](d, kv.RecordModel)
	if err == nil && len(models) > 0 {
		s.Subject = subject(models[0])
	}
	return s, err
}

// subject is what was measured, and on what.
func subject(m kv.ModelDoc) []export.Fact {
	gate := "passed: at ratio 1 blending gives the same bits as full prefill"
	if !m.Gate.Pass {
		gate = "failed"
	} else if !m.Gate.R1BitEqual {
		gate = fmt.Sprintf("passed: at ratio 1 logits differ from full prefill by at most %s", number(m.Gate.R1MaxLogitDiff))
	}
	shape := ""
	if m.Layers > 0 {
		shape = fmt.Sprintf("%d layers, %d heads, %d KV heads of %d", m.Layers, m.Heads, m.KVHeads, m.HeadDim)
	}
	device := m.Device
	if m.ISA != "" {
		device += ", " + m.ISA
	}
	if m.Threads > 0 {
		device += ", " + plural(m.Threads, "thread")
	}
	return []export.Fact{
		{Name: "model", Value: m.Name},
		{Name: "fingerprint", Value: m.Fingerprint, Code: true},
		{Name: "weights", Value: m.DType},
		{Name: "shape", Value: shape},
		{Name: "correctness gate", Value: gate},
		{Name: "device", Value: device},
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// modes returns the results of a blend in the order of tables.
func modes(d *export.Document) ([]kv.ModeDoc, error) {
	list, _, err := export.Decode[kv.ModeDoc](d, kv.RecordMode)
	slices.SortStableFunc(list, func(a, b kv.ModeDoc) int {
		return kvscene.Compare(a.Mode, a.Ratio, a.Rule, b.Mode, b.Ratio, b.Rule)
	})
	return list, err
}

// enumerate joins words: "a", "a and b", "a, b and c".
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
