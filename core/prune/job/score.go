package job

import (
	"context"
	"errors"
	"time"

	"assay/core/prune"
	"assay/core/prune/score"
	"assay/core/prune/tensors"
	"assay/core/run"
)

// ScoreRequest is what `assay prune score` is asked.
type ScoreRequest struct {
	Net, Weights, Batch string // a description or a name; two files; Batch may be empty for methods without data
	Method              string
	Exponent            string
	Temperature         float64 // 0 takes the method's
	Steps               int     // 0 takes the method's
	Seed                uint64
	Agent               string // of panning-rl; empty is the one that ships
	Device              string
	Threads             int
}

// Score scores a network on one batch, the same at every step, and says what
// the mask is worth.
func Score(ctx context.Context, q ScoreRequest) (*prune.ScoreDoc, error) {
	method, err := prune.ParseMethod(q.Method)
	if err != nil {
		return nil, err
	}
	exponent, err := prune.ParseExponent(q.Exponent)
	if err != nil {
		return nil, err
	}
	spec, err := readNet(q.Net)
	if err != nil {
		return nil, err
	}
	if q.Weights == "" {
		return nil, &run.Error{Code: run.EUsage, Text: "--weights is missing: expected a safetensors file with a NAME.weight for every layer"}
	}
	if q.Batch == "" && method.NeedsData() {
		return nil, &run.Error{Code: run.EUsage, Text: "--batch is missing: " + method.Name + " scores on data; expected a safetensors file with x and y"}
	}
	actor, err := agentFor(q.Agent, method)
	if err != nil {
		return nil, err
	}
	b, err := openBed(spec, q.Device, q.Threads)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if err := prune.CheckExponent(exponent, b.layout.Prunable); err != nil {
		return nil, err
	}
	params, running, err := tensors.Checkpoint(q.Weights, b.layout)
	if err != nil {
		return nil, err
	}
	o := score.Options{Method: method, Exponent: exponent, Steps: q.Steps, Temperature: q.Temperature, Seed: q.Seed, Classes: spec.Classes(), Cuts: b.paths.Cuts()}
	if q.Batch != "" {
		x, y, err := tensors.Batch(q.Batch, spec.Input, spec.Classes())
		if err != nil {
			return nil, err
		}
		one := score.Batch{X: x, Y: y}
		o.Batch = func(int) (score.Batch, error) { return one, nil }
	}
	engine := score.NewEngine(b.model, params, running)
	began := time.Now()
	r, err := rank(ctx, engine, b.layout.Weights(), params[:b.layout.Prunable], o, actor)
	if err != nil {
		return nil, scoreError(err)
	}
	took := time.Since(began).Seconds()
	return scoreDoc(method, exponent, took, b, r), nil
}

// scoreError gives scores that cannot be ranked a code.
func scoreError(err error) error {
	if bad, ok := errors.AsType[*score.NotFiniteError](err); ok {
		return &run.Error{Code: run.EInput, Text: bad.Error(), Hint: "look for NaN, or for values too large, in the weights and the batch"}
	}
	return err
}

func scoreDoc(method prune.Method, exponent, took float64, b *bed, r *score.Result) *prune.ScoreDoc {
	e := b.paths.Effect(r.Mask)
	d := &prune.ScoreDoc{Method: method.String(), Exponent: exponent, ScoreS: took, Scores: map[string][]float64{}, Mask: map[string]prune.Bits{},
		MaskHash: r.Mask.Hash(), Kept: r.Mask.Kept(), Sparsity: e.Nominal, EffectiveSparsity: e.Sparsity, Collapsed: e.Collapsed, Bypassed: e.Bypassed,
		Layers: keptDocs(b.layout.Weights(), r.Mask, e), Conservation: r.Conservation, Warnings: append([]string{}, r.Warnings...)}
	for _, t := range b.layout.Weights() {
		d.Scores[t.Name] = r.Scores[t.Offset : t.Offset+t.Len]
		d.Mask[t.Name] = prune.Bits(r.Mask[t.Offset : t.Offset+t.Len])
	}
	return d
}

func keptDocs(layers []prune.Tensor, m score.Mask, e score.Effect) []prune.KeptDoc {
	kept := m.Layers(layers)
	out := make([]prune.KeptDoc, len(layers))
	for l, t := range layers {
		out[l] = prune.KeptDoc{Name: t.Name, Kept: kept[l], Live: e.Layers[l], Of: t.Len}
	}
	return out
}
