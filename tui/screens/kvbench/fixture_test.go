package kvbench_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/kv/archive"
	"assay/core/prng"
	"assay/core/run"
	"assay/core/run/runtest"
)

// The runs of the fixtures.
const (
	blendID   run.ID = "01J9W2KQ000000000000000000"
	childID   run.ID = "01J9W2KR000000000000000000"
	sweepID   run.ID = "01J9W3AA000000000000000000"
	evalID    run.ID = "01J9W3BB000000000000000000"
	failedID  run.ID = "01J9W3CC000000000000000000"
	runningID run.ID = "01J9W3DD000000000000000000"
)

const layers = 8

// fixture is a prompt of the demo world with deviations of the shape that
// blending has: nothing at layer 0 and in the prefix, little at most tokens,
// much at the tokens that depend on other chunks, less where recomputed.
type fixture struct {
	store  *runtest.Store
	prompt kv.PromptDoc
	kn, vn []float32
	rows   map[string][]float32 // deviation of V by mode
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	list, err := archive.Generate(7, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{store: runtest.New(), rows: map[string][]float32{}}
	f.assemble(list[0])
	n := f.prompt.Context
	r := prng.New(1, "test/norms")
	for range layers * n {
		f.kn, f.vn = append(f.kn, 3+r.Float32()), append(f.vn, 1+r.Float32()/2)
	}
	return f
}

func (f *fixture) assemble(a archive.Archive) {
	add := func(kind string, index int, text string, tokens []string) {
		start := len(f.prompt.Text)
		f.prompt.Text = append(f.prompt.Text, tokens...)
		f.prompt.Segments = append(f.prompt.Segments, kv.SegmentDoc{Kind: kind, Index: index, Start: start, End: len(f.prompt.Text), Text: text})
	}
	add("prefix", 0, "", []string{"<s>"})
	for i, note := range a.Notes {
		add("chunk", i+1, note, split(note))
	}
	f.prompt.Context = len(f.prompt.Text)
	q := archive.Ask(a.Questions[0])
	add("question", len(a.Notes)+1, q, split(q))
	f.prompt.Tokens = len(f.prompt.Text)
}

// split cuts a text into words with the blank in front, as byte-level BPE does.
func split(text string) []string {
	var out []string
	for i, w := range strings.SplitAfter(text, " ") {
		w = strings.TrimSuffix(w, " ")
		if i > 0 {
			w = " " + w
		}
		if cut, ok := strings.CutSuffix(w, "\n"); ok {
			out = append(out, cut, "\n")
			continue
		}
		out = append(out, w)
	}
	return out
}

// deviations of V under a mode: heavy-tailed by token, growing with the layer,
// zero for what was recomputed.
func (f *fixture) deviations(mode kv.Mode, picked []int, strength float64) []float32 {
	n := f.prompt.Context
	r := prng.New(2, "test/deviation") // the same tokens matter in every mode
	weight := make([]float64, n)
	for i := range weight {
		weight[i] = math.Exp(1.3*r.NormFloat64()) / 12
	}
	out := make([]float32, layers*n)
	for l := 1; l < layers; l++ {
		for t := 1; t < n; t++ {
			v := strength * weight[t] * (1 - math.Exp(-float64(l)/2)) * (.8 + .4*r.Float64())
			if _, ok := slices.BinarySearch(picked, t); ok {
				v *= .12
			}
			if mode == kv.Full || mode == kv.Prefix || mode == kv.Blend && l == 1 {
				v = 0
			}
			out[l*n+t] = float32(min(v, 1.4))
		}
	}
	return out
}

func (f *fixture) selected(mode kv.Mode, picked []int) []float32 {
	n := f.prompt.Context
	out := make([]float32, layers*n)
	for l := range layers {
		for t := range n {
			_, ok := slices.BinarySearch(picked, t)
			if mode == kv.Full || mode.Selects() && (l < 2 || ok) {
				out[l*n+t] = 1
			}
		}
	}
	return out
}

// topDeviating picks m tokens as the check layer would: by the deviation of reuse at layer 1.
func (f *fixture) topDeviating(m int) []int {
	n := f.prompt.Context
	row := f.deviations(kv.Reuse, nil, 1)[n : 2*n]
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case row[a] > row[b]:
			return -1
		case row[a] < row[b]:
			return 1
		}
		return 0
	})
	picked := slices.Clone(order[:m])
	slices.Sort(picked)
	return picked
}

// mode makes the result of a mode and stores it.
func (f *fixture) mode(id run.ID, mode kv.Mode, key string, ratio float64, ttft, kl float64, picked []int, text string) kv.ModeDoc {
	n := f.prompt.Context
	strength := map[kv.Mode]float64{kv.Reuse: 1, kv.ReuseRaw: 1.1, kv.PromptCache: 1.05, kv.Blend: .6, kv.LegoLink: .8, kv.Random: .9, kv.Oracle: .5}[mode]
	dv := f.deviations(mode, picked, strength)
	dk := make([]float32, len(dv))
	for i := range dv {
		dk[i] = dv[i] * 2.2
	}
	attn := make([]float32, len(dv))
	for l := range layers {
		var sum float32
		for _, v := range dv[l*n : (l+1)*n] {
			sum += v * v
		}
		for t := range n {
			if sum > 0 {
				attn[l*n+t] = dv[l*n+t] * dv[l*n+t] / sum
			}
		}
	}
	shape := []int{layers, n}
	f.store.PutArray(id, run.F32Array(key+kv.ArrayDK, dk, shape...))
	f.store.PutArray(id, run.F32Array(key+kv.ArrayDV, dv, shape...))
	f.store.PutArray(id, run.F32Array(key+kv.ArrayPicked, f.selected(mode, picked), shape...))
	f.store.PutArray(id, run.F32Array(key+kv.ArrayAttnDev, attn, shape...))
	d := kv.ModeDoc{
		Key: key, Mode: string(mode), Ratio: ratio, Mask: "exact", Filter: "single", Variant: "exact", Picked: picked,
		TTFTMs: ttft, Effective: .12 + ratio*.9, Reused: n, Loaded: int64(n) * 8192, KL: kl, KLMean: kl / 2, Top1: kl < .3, Top1Mean: 1 - kl/4,
		Text: text, FirstDivergence: -1,
		PhasesMs: map[string]float64{"lookup": .02 * ttft, "load": .13 * ttft, "reposition": .05 * ttft, "check": .2 * ttft, "recompute": .5 * ttft, "head": .1 * ttft},
		Top:      []kv.TopDoc{{ID: 812, Text: " Bergen", LogP: -.21, Logit: 14.2}, {ID: 640, Text: " Dublin", LogP: -2.4, Logit: 12.1}, {ID: 17, Text: " the", LogP: -4.8, Logit: 9.6}},
	}
	if mode == kv.Blend {
		d.Rule = "v"
	}
	if mode == kv.Full {
		d.PhasesMs = map[string]float64{"lookup": 0, "load": 0, "reposition": 0, "check": 0, "recompute": .97 * ttft, "head": .03 * ttft}
	}
	if text != " Bergen\n" {
		d.FirstDivergence = 0
	}
	for l := range layers {
		d.Layers = append(d.Layers, layerDoc(l, n, mode, len(picked), dk[l*n:(l+1)*n], dv[l*n:(l+1)*n], ttft))
	}
	f.store.PutRecord(id, kv.RecordMode, key, d)
	f.rows[key] = dv
	return d
}

func layerDoc(l, n int, mode kv.Mode, picked int, dk, dv []float32, ttft float64) kv.LayerDoc {
	d := kv.LayerDoc{
		Layer: l, Active: picked + 14, Ratio: float64(picked) / float64(n), Spearman: .94 - .01*float64(l),
		LoadMs: .02 * ttft, ComputeMs: .09 * ttft, LoadedBytes: int64(n) * 1024,
	}
	if l < 2 || mode == kv.Full {
		d.Active, d.Ratio, d.ComputeMs, d.LoadMs = n+14, 1, .15*ttft, 0
	}
	d.DKMean, d.DKP95, d.DKMax = summary(dk)
	d.DVMean, d.DVP95, d.DVMax = summary(dv)
	d.AttnDev, d.AttnDevRel = d.DVMean/4, d.DVMean/2
	return d
}

func summary(v []float32) (mean, p95, most float64) {
	s := slices.Clone(v)
	slices.Sort(s)
	for _, x := range s {
		mean += float64(x)
	}
	return mean / float64(len(s)), float64(s[len(s)*95/100]), float64(s[len(s)-1])
}

// begin stores what a blend knows before its first mode.
func (f *fixture) begin(r run.Run) {
	f.store.Put(r)
	f.store.PutRecord(r.ID, kv.RecordModel, "", kv.ModelDoc{
		Name: "recall-7m", Fingerprint: "5a1f03c29d77e0b14c", DType: "float16", Layers: layers, Heads: 4, KVHeads: 2,
		HeadDim: 64, Device: "cpu", ISA: "avx2", Threads: 2, Gate: kv.CheckDoc{Pass: true, R1BitEqual: true}, LoadMs: 41,
	})
	f.store.PutRecord(r.ID, kv.RecordPrompt, "", f.prompt)
	for _, s := range f.prompt.Segments {
		if s.Kind == kv.SegmentChunk {
			f.store.PutRecord(r.ID, kv.RecordChunk, fmt.Sprint(s.Index), kv.ChunkDoc{
				Index: s.Index, Tokens: s.End - s.Start, Hit: s.Index%3 != 0,
				Reason: map[bool]string{true: "", false: "never stored"}[s.Index%3 != 0], SizeBytes: int64(s.End-s.Start) * 8192,
			})
		}
	}
	n := f.prompt.Context
	ids := make([]float32, f.prompt.Tokens)
	f.store.PutArray(r.ID, run.F32Array(kv.ArrayTokens, ids, len(ids)))
	f.store.PutArray(r.ID, run.F32Array(kv.ArrayKNorm, f.kn, layers, n))
	f.store.PutArray(r.ID, run.F32Array(kv.ArrayVNorm, f.vn, layers, n))
}

func blendRow(id run.ID, state run.State) run.Run {
	return run.Run{
		ID: id, Bench: "kv", Kind: "kv.blend", Name: "demo-seed7-" + string(id[:8]), State: state, Seed: 7,
		Params:    []byte(`{"demo":true,"device":"auto","filter":"auto","lego_k":8,"mask":"auto","max_new":24,"model":"","modes":["full","reuse","blend","random"],"people":4,"picked":[],"prompt":"","prompt_json":"","ratio":0.15,"rule":"v","seed":7,"threads":0,"tokens":0,"variant":"exact"}`),
		CreatedMs: 1773497600000, StartedMs: 1773497600100, EndedMs: 1773497604100, Done: 6, Total: 6, Headline: "KL .094 2.4x",
	}
}

// blend stores a finished blend of five modes.
func (f *fixture) blend() *fixture {
	f.begin(blendRow(blendID, run.Done))
	m := f.prompt.Context * 15 / 100
	picked := f.topDeviating(m)
	r := rand.New(rand.NewPCG(9, 9))
	random := r.Perm(f.prompt.Context)[:m]
	slices.Sort(random)
	f.mode(blendID, kv.Full, "full", 1, 21.3, 0, []int{}, " Bergen\n")
	f.mode(blendID, kv.Reuse, "reuse", 0, 4.1, .677, []int{}, " Dublin\n")
	f.mode(blendID, kv.Blend, "blend", .15, 8.9, .0942, picked, " Bergen\n")
	f.mode(blendID, kv.Random, "random", .15, 8.8, .49, random, " Bertram\n")
	f.mode(blendID, kv.Oracle, "oracle", .15, 8.9, .0771, picked, " Bergen\n")
	return f
}

// child stores a rerun of the blend with another selection.
func (f *fixture) child() *fixture {
	row := blendRow(childID, run.Done)
	row.Parent, row.Relation = blendID, run.Rerun
	f.begin(row)
	f.mode(childID, kv.Full, "full", 1, 21.3, 0, []int{}, " Bergen\n")
	f.mode(childID, kv.Blend, "blend", .05, 6.2, .31, f.topDeviating(f.prompt.Context/20), " Dublin\n")
	return f
}

// sweep stores a sweep of 4 prompts.
func (f *fixture) sweep(state run.State) *fixture {
	row := blendRow(sweepID, state)
	row.Kind, row.Done, row.Total = "kv.sweep", 36, 36
	row.Params = []byte(`{"demo":true,"people":4,"prompts":4,"ratios":[0.05,0.15,0.3],"rules":["v","k"],"seed":7,"tokens":0,"variant":"exact"}`)
	f.store.Put(row)
	f.store.PutRecord(sweepID, kv.RecordModel, "", kv.ModelDoc{Name: "recall-7m", Layers: layers})
	put := func(prompt int, mode kv.Mode, ratio float64, rule string, kl, ttft float64) {
		key := fmt.Sprintf("%d/%s%v%s", prompt, mode, ratio, rule)
		kl *= 1 + .1*float64(prompt)
		f.store.PutRecord(sweepID, kv.RecordCell, key, kv.CellDoc{Prompt: prompt, Mode: string(mode), Ratio: ratio, Rule: rule, KL: kl, Top1: kl < .3, TTFTMs: ttft, DVRMS: kl / 3})
	}
	for prompt := range 4 {
		put(prompt, kv.Full, 1, "", 0, 21)
		put(prompt, kv.Reuse, 0, "", .677, 4)
		for i, ratio := range []float64{.05, .15, .3} {
			put(prompt, kv.Blend, ratio, "v", []float64{.312, .094, .06}[i], 6+20*ratio)
			put(prompt, kv.Blend, ratio, "k", []float64{.4, .187, .1}[i], 6.1+20*ratio)
			put(prompt, kv.Random, ratio, "", []float64{.6, .49, .35}[i], 6+20*ratio)
		}
	}
	return f
}

// eval stores an evaluation of two archives.
func (f *fixture) eval() *fixture {
	row := blendRow(evalID, run.Done)
	row.Kind = "kv.eval"
	row.Params = []byte(`{"archives":2,"model":"","modes":["full","reuse","blend"],"people":4,"ratios":[0.15],"rules":["v"],"seed":7,"variant":"exact"}`)
	f.store.Put(row)
	list, err := archive.Generate(7, 4, 2)
	if err != nil {
		panic(err)
	}
	for i, a := range list {
		f.store.PutRecord(evalID, kv.RecordArchive, fmt.Sprint(i), kv.ArchiveDoc{Notes: a.Notes})
	}
	score := func(mode kv.Mode, ratio float64, rule string, all float64, by ...float64) {
		d := kv.ScoreDoc{Key: string(mode), Mode: string(mode), Ratio: ratio, Rule: rule, N: 12, Accuracy: all, AccuracyCI: [2]float64{all - .05, min(all+.04, 1)}, ByKind: map[string]kv.KindDoc{}, KLMean: 1 - all}
		for k, kind := range archive.Kinds() {
			d.ByKind[kind] = kv.KindDoc{N: 2, Accuracy: by[k]}
		}
		f.store.PutRecord(evalID, kv.RecordScore, d.Key, d)
	}
	score(kv.Full, 1, "", .803, .8, .84, .812, .783, .765, .825)
	score(kv.Reuse, 0, "", .569, .767, .555, .714, .625, .059, .732)
	score(kv.Blend, .15, "v", .751, .8, .664, .768, .758, .739, .784)
	for i, a := range list {
		for k, q := range a.Questions {
			for m, mode := range []kv.Mode{kv.Full, kv.Reuse, kv.Blend} {
				if (i+k+m)%3 != 1 {
					continue
				}
				d := kv.WrongDoc{Archive: i, Key: string(mode), Mode: string(mode), Kind: q.Kind, Question: archive.Ask(q), Answer: q.Answer, Got: " Dublin\n", FullToo: mode == kv.Full}
				if mode == kv.Blend {
					d.Ratio, d.Rule = .15, "v"
				}
				f.store.PutRecord(evalID, kv.RecordWrong, fmt.Sprintf("%d/%d/%s", i, k, mode), d)
			}
		}
	}
	return f
}
