package blend

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/core/kv"
	"assay/core/run"
	"assay/core/stat"
)

// logitsHead is how many logits of the last prompt token a document holds.
const logitsHead = 64

// topTokens is how many likely next tokens a document holds, topRecord how many
// are kept beside it.
const (
	topTokens = 5
	topRecord = 64
)

// Result is one mode on one prompt. The arrays are [layers, n], n the context
// tokens, row-major; see the Array names of package kv.
type Result struct {
	Doc      kv.ModeDoc
	DK, DV   []float32 // L2 deviation from full prefill, K at final positions
	Selected []float32 // 1 where K and V were computed afresh
	Attn     []float32 // share of the squared attention deviation of the layer
	// TopIDs and TopLogits are the most likely next tokens, descending; not a row a layer.
	TopIDs, TopLogits []float32
	// ReadMs is by layer how long reading and decoding the cached tensors took, by
	// itself; of LoadMs what a computation can hide. Nil where tensors are not read
	// apart from the rest: without Serve and Ahead.
	ReadMs []float64
}

// Run serves the prompt in a mode, timed, and measures it against full prefill.
// The prompt must have a question. Errors of the spec are E-USAGE, positions to
// pick that are not in the context E-INPUT.
func (s *Session) Run(ctx context.Context, spec kv.Spec) (*Result, error) {
	return s.result(ctx, spec, false)
}

// Rerun is Run for a blend whose positions are picked by hand, executed from the
// check layer on. Every number but the times is the same as of Run; the times
// before the check layer are those of the last blend that ran them.
func (s *Session) Rerun(ctx context.Context, picked []int, spec kv.Spec) (*Result, error) {
	spec.Mode, spec.Picked, spec.HasPicked = kv.Blend, picked, true
	return s.result(ctx, spec, true)
}

func (s *Session) result(ctx context.Context, spec kv.Spec, warm bool) (r *Result, err error) {
	if err := s.mine(); err != nil {
		return nil, err
	}
	spec, err = spec.Normal()
	if err != nil {
		return nil, err
	}
	if s.len == s.n {
		return nil, &run.Error{Code: run.EInput, Text: "prompt: it has no question to answer"}
	}
	err = s.e.guard(ctx, func() error {
		r, err = s.measured(spec, warm)
		return err
	})
	return r, err
}

func (s *Session) measured(spec kv.Spec, warm bool) (*Result, error) {
	if spec.Mode == kv.Full {
		return s.fullResult(spec, "")
	}
	out, err := s.execute(spec, warm)
	if err != nil {
		return nil, err
	}
	if bad := s.badCache(spec); bad != "" {
		return s.fullResult(spec, bad+": computed in full instead")
	}
	if !finite(out.logits) {
		return s.fullResult(spec, "NaN or Inf in the logits: computed in full instead")
	}
	r := s.document(spec, out)
	if err := s.compare(r, out); err != nil {
		return nil, err
	}
	return r, s.answer(r, spec, out)
}

// execute serves the prompt without measuring; nil where a cache cannot be used.
func (s *Session) execute(spec kv.Spec, warm bool) (*outcome, error) {
	if spec.Mode == kv.PromptCache {
		if err := s.fillSlots(); err != nil {
			return nil, err
		}
	}
	if s.badCache(spec) != "" {
		return nil, nil
	}
	if spec.Mode.Selects() {
		return s.blend(spec, warm)
	}
	return s.serve(spec)
}

// badCache names the first segment whose cache holds NaN or Inf, "" for none.
func (s *Session) badCache(spec kv.Spec) string {
	segs, _ := s.places(spec.Mode)
	for _, g := range segs {
		if g.bad != "" && !g.cold {
			return fmt.Sprintf("%s %d: %s", g.Kind, g.Index, g.bad)
		}
	}
	return ""
}

// fullResult is the baseline, timed again, as the result of a mode.
func (s *Session) fullResult(spec kv.Spec, note string) (*Result, error) {
	w, err := s.timeFull()
	if err != nil {
		return nil, err
	}
	out := &outcome{w: w, log: s.base.log, logits: s.base.forced[0]}
	r := s.document(spec, out)
	r.Doc.Note = note
	r.Doc.Top1, r.Doc.Top1Mean, r.Doc.FirstDivergence = true, 1, -1
	s.spell(r, spec, s.base.text)
	return r, nil
}

// document fills in what does not depend on the baseline.
func (s *Session) document(spec kv.Spec, out *outcome) *Result {
	layers := s.e.m.Config.Layers
	size := layers * s.n
	r := &Result{DK: make([]float32, size), DV: make([]float32, size), Selected: make([]float32, size), Attn: make([]float32, size)}
	for _, t := range out.read {
		r.ReadMs = append(r.ReadMs, milliseconds(t))
	}
	d := &r.Doc
	*d = kv.ModeDoc{Key: string(spec.Mode), Mode: string(spec.Mode), Ratio: spec.Ratio, Threshold: spec.Threshold, Rule: string(spec.Rule), Mask: string(spec.Mask),
		Filter: string(spec.Filter), Variant: string(spec.Variant), Picked: []int{}, TextIDs: []int{},
		TTFTMs: milliseconds(out.w.total), PhasesMs: out.w.ms(), Effective: s.effective(out.log)}
	question := 0
	for _, at := range out.picked {
		if int(at) < s.n {
			d.Picked = append(d.Picked, int(at))
		} else {
			question++
		}
	}
	switch {
	case spec.Mode == kv.Full:
		d.Ratio = 1
	case spec.Threshold > 0:
		d.Ratio = out.share
	case spec.HasPicked && s.n > 0:
		d.Ratio = float64(len(d.Picked)) / float64(s.n)
	}
	computed := 0
	for l, g := range out.log {
		context := 0
		for _, at := range g.fresh {
			if int(at) < s.n {
				r.Selected[l*s.n+int(at)] = 1
				context++
			}
		}
		d.Layers = append(d.Layers, kv.LayerDoc{Layer: l, Active: len(g.fresh), LoadMs: milliseconds(out.w.load[l]), ComputeMs: milliseconds(out.w.compute[l])})
		if s.n > 0 {
			d.Layers[l].Ratio = float64(context) / float64(s.n)
		}
		if out.bytes != nil {
			d.Layers[l].LoadedBytes = out.bytes[l]
			d.Loaded += out.bytes[l]
		}
		computed = context
	}
	d.Reused = s.n - computed // at the last layer, where fewest are computed
	d.Note = s.remark(spec, len(d.Picked), question)
	d.LogitsHead = make([]float64, min(logitsHead, len(out.logits)))
	for i := range d.LogitsHead {
		d.LogitsHead[i] = float64(out.logits[i])
	}
	d.LogSumExp = logSumExp(out.logits)
	for i, id := range largest(out.logits, topRecord) {
		// Ids are exact in f32: a vocabulary is far below 2^24.
		r.TopIDs, r.TopLogits = append(r.TopIDs, float32(id)), append(r.TopLogits, out.logits[id])
		if i >= topTokens {
			continue
		}
		d.Top = append(d.Top, kv.TopDoc{ID: id, Text: s.token(int32(id)), Logit: float64(out.logits[id]), LogP: float64(out.logits[id]) - d.LogSumExp})
	}
	return r
}

// remark tells the cases apart that are taken for one another.
func (s *Session) remark(spec kv.Spec, picked, question int) string {
	var notes []string
	switch {
	case spec.Mode == kv.Reuse || spec.Mode == kv.ReuseRaw:
		notes = append(notes, "no check layer: every cached row is used at every layer")
	case spec.Mode.Selects() && picked+question == 0:
		text := fmt.Sprintf("nothing picked (r*n is %.3g), yet layers 0 and %d are computed afresh: not the same as reuse", spec.Ratio*float64(s.n), checkLayer)
		switch {
		case spec.Threshold > 0:
			text = fmt.Sprintf("nothing picked (no token deviates by more than %.3g), yet layers 0 and %d are computed afresh: not the same as reuse", spec.Threshold, checkLayer)
		case spec.HasPicked:
			text = fmt.Sprintf("nothing picked, yet layers 0 and %d are computed afresh: not the same as reuse", checkLayer)
		}
		notes = append(notes, text)
	case spec.Mode.Selects() && picked == s.n:
		notes = append(notes, "every token is recomputed: full prefill by another way")
	}
	if s.state == kv.RoPEPost && spec.Mode != kv.Full {
		notes = append(notes, "K was cached after RoPE: rows that are moved deviate by one more rounding")
	}
	if question > 0 {
		notes = append(notes, fmt.Sprintf("%d of the picked tokens belong to the question", question))
	}
	for _, g := range s.segs {
		if g.cold {
			notes = append(notes, fmt.Sprintf("%s %d has no cache: its %d tokens are computed besides the picked ones", g.Kind, g.Index, g.End-g.Start))
		}
	}
	return strings.Join(notes, "; ")
}

// effective is the share of full prefill's linear operations that was spent:
// K and V for the fresh rows, Q and the rest of the layer for those that went on.
func (s *Session) effective(log []layerLog) float64 {
	c := s.e.m.Config
	f := c.LinearFLOPs()
	kvCost := float64(f.QKV) * float64(2*c.KVDim()) / float64(c.QDim()+2*c.KVDim())
	var spent float64
	for _, g := range log {
		spent += float64(len(g.fresh))*kvCost + float64(g.through)*(float64(f.Layer())-kvCost)
	}
	return spent / (float64(f.Layer()) * float64(s.len) * float64(c.Layers))
}

// token is the text of one id, "" without a tokenizer.
func (s *Session) token(id int32) string {
	if s.e.m.Tokenizer == nil {
		return ""
	}
	return s.e.m.Tokenizer.Token(id)
}

// summarise fills in a layer's figures from its deviations.
func summarise(d *kv.LayerDoc, dk, dv []float32) {
	k, v := widen(dk), widen(dv)
	d.DKRMS, d.DKMean, d.DKP50, d.DKP95, d.DKMax = stat.RMS(k), stat.Mean(k), stat.Quantile(k, 0.5), stat.Quantile(k, 0.95), stat.Max(k)
	d.DVRMS, d.DVMean, d.DVP50, d.DVP95, d.DVMax = stat.RMS(v), stat.Mean(v), stat.Quantile(v, 0.5), stat.Quantile(v, 0.95), stat.Max(v)
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// largest returns the indices of the k largest values, descending; of equal ones
// the lowest first.
func largest(x []float32, k int) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(x[b], x[a]), a-b) })
	return order[:min(k, len(order))]
}

// logSumExp is in float64 and in the order of the ids.
func logSumExp(x []float32) float64 {
	top := float64(x[argmax(x)])
	var sum float64
	for _, v := range x {
		sum += math.Exp(float64(v) - top)
	}
	return top + math.Log(sum)
}

// divergence is KL(p || q) in nats of the distributions that two rows of logits
// stand for; never negative, and exactly 0 for equal rows.
func divergence(p, q []float32) float64 {
	lp, lq := logSumExp(p), logSumExp(q)
	var sum float64
	for i := range p {
		a := float64(p[i]) - lp
		if w := math.Exp(a); w > 0 {
			sum += w * (a - (float64(q[i]) - lq))
		}
	}
	return max(sum, 0)
}
