package kvexport_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"assay/core/bench"
	"assay/core/export"
	"assay/core/kv"
	"assay/core/run"
)

// kind is a kind of run with the parameters that reports treat specially.
func kind(name, title, input string) bench.Kind {
	s := bench.Schema{
		{Name: "model", Type: bench.Path, Help: "model"},
		{Name: "seed", Type: bench.Int, Default: "1", Help: "seed"},
		{Name: input, Type: bench.Path, Help: "input file"},
		{Name: strings.TrimSuffix(input, "-file") + "-json", Type: bench.String, Help: "its text"},
	}
	return bench.Kind{Name: name, Title: title, Summary: "Measures what it says.", Schema: s}
}

// doc is a document in the making.
type doc struct {
	*export.Document
}

func newDoc(kind string, params string) doc {
	return doc{&export.Document{Run: run.Run{ID: "01J9W2KQ000000000000000000", Bench: "kv", Kind: kind, Name: "fixture-1", State: run.Done, Host: "box", Seed: 7,
		Params: []byte(params), Env: []byte(`{"version":"0.1","os":"linux","arch":"amd64"}`),
		CreatedMs: 1773497600000, StartedMs: 1773497600100, EndedMs: 1773497604100, Done: 5, Total: 5, Headline: "KL .094 2.4x"}}}
}

func (d doc) record(t testing.TB, kind, key string, data any) {
	t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	d.Run.LastSeq++
	d.Records = append(d.Records, run.Record{Seq: d.Run.LastSeq, Kind: kind, Key: key, Data: raw})
}

func (d doc) array(a run.Array) {
	d.Run.LastSeq++
	sum := sha256.Sum256(a.Data)
	d.Arrays = append(d.Arrays, export.Array{Array: a, Seq: d.Run.LastSeq, SHA: hex.EncodeToString(sum[:])})
}

const (
	layers  = 4
	context = 24
)

var model = kv.ModelDoc{Name: "recall-7m", Fingerprint: "5a1f03c29d77e0b14c", DType: "float16", Layers: layers, Heads: 4, KVHeads: 2, HeadDim: 64,
	Device: "cpu", ISA: "avx2", Threads: 2, Gate: kv.CheckDoc{Pass: true, R1BitEqual: true}}

// blend is a run of four modes on a prompt of three chunks.
func blend(t testing.TB) doc {
	d := newDoc("kv.blend", `{"model":"/srv/models/secret place/recall-7m","seed":7,"prompt":"/srv/prompts/q.json","prompt_json":"{\"chunks\":[\"a\"],\"question\":\"q\"}"}`)
	d.record(t, kv.RecordModel, "", model)
	p := kv.PromptDoc{Tokens: context + 4, Context: context, Notes: []string{"one chunk was cut"}}
	add := func(kind string, index, n int, text string) {
		start := len(p.Text)
		for i := range n {
			p.Text = append(p.Text, fmt.Sprintf(" w%d", start+i))
		}
		p.Segments = append(p.Segments, kv.SegmentDoc{Kind: kind, Index: index, Start: start, End: len(p.Text), Text: text})
	}
	add(kv.SegmentPrefix, 0, 1, "<|begin|>")
	add(kv.SegmentChunk, 1, 7, "The Rocket drinks lemonade.\n")
	add(kv.SegmentChunk, 2, 8, "She | plays *oboe*.\n")
	add(kv.SegmentChunk, 3, 8, "Nadia Bell is the Rocket.\n")
	add(kv.SegmentQuestion, 4, 4, "Question: Who plays the oboe?\nAnswer:")
	d.record(t, kv.RecordPrompt, "", p)
	d.record(t, kv.RecordChunk, "1", kv.ChunkDoc{Index: 1, Tokens: 7, Hit: true})
	d.record(t, kv.RecordChunk, "2", kv.ChunkDoc{Index: 2, Tokens: 8, Reason: "never stored"})
	norms := make([]float32, layers*context)
	for i := range norms {
		norms[i] = 2
	}
	d.array(run.F32Array(kv.ArrayVNorm, norms, layers, context))
	mode(t, d, kv.Blend, .15, 8.9, .0942, .5, []int{9, 17, 20}, "Bergen\n")
	mode(t, d, kv.Full, 1, 21.3, 0, 0, nil, "Bergen\n")
	mode(t, d, kv.Reuse, 0, 4.1, .677, 1, nil, "Dublin\n")
	mode(t, d, kv.Random, .15, 8.8, .49, .9, []int{3, 4, 5}, "Bergen\n")
	d.Run.LastSeq++
	d.Events = append(d.Events, run.Event{Seq: d.Run.LastSeq, TMs: d.Run.CreatedMs + 1500, Level: run.Warn, Kind: "cache", Text: "cannot read /srv/models/secret place/recall-7m/cache.bin"})
	return d
}

// mode adds the result of a mode, whose deviation grows with the layer and comes
// from few tokens.
func mode(t testing.TB, d doc, m kv.Mode, ratio, ttft, kl, strength float64, picked []int, text string) {
	dv := make([]float32, layers*context)
	for l := 1; l < layers; l++ {
		for i := 8; i < context; i++ {
			v := strength * float64(l) / 4
			if i%5 == 2 {
				v *= 6
			}
			dv[l*context+i] = float32(v)
		}
		for _, i := range picked {
			dv[l*context+i] = 0
		}
	}
	zero := make([]float32, len(dv))
	for suffix, v := range map[string][]float32{kv.ArrayDV: dv, kv.ArrayDK: dv, kv.ArrayAttnDev: zero, kv.ArrayPicked: zero} {
		d.array(run.F32Array(string(m)+suffix, v, layers, context))
	}
	x := kv.ModeDoc{Key: string(m), Mode: string(m), Ratio: ratio, Mask: "exact", Filter: "single", Variant: "exact", Picked: picked, TTFTMs: ttft,
		PhasesMs: map[string]float64{"load": .2 * ttft, "recompute": .7 * ttft, "head": .1 * ttft}, Effective: .3, Reused: context, Loaded: 4096,
		KL: kl, KLMean: kl / 2, Top1: kl < .3, Top1Mean: 1 - kl, Text: text, FirstDivergence: -1,
		Top: []kv.TopDoc{{ID: 8, Text: " Ber`gen", LogP: -.21, Logit: 14}}}
	if m == kv.Blend {
		x.Rule = "v"
	}
	if m == kv.Random {
		x.FirstDivergence = 3
	}
	if m == kv.Reuse {
		x.FirstDivergence, x.Note = 0, "no check layer"
	}
	for l := range layers {
		x.Layers = append(x.Layers, kv.LayerDoc{Layer: l, DVRMS: strength * float64(l) / 2, DKRMS: strength * float64(l), Active: 28, Ratio: 1, LoadMs: .1, ComputeMs: 1.25})
	}
	d.record(t, kv.RecordMode, string(m), x)
}

// sweep is a run of three prompts.
func sweep(t testing.TB) doc {
	d := newDoc("kv.sweep", `{"seed":7}`)
	d.record(t, kv.RecordModel, "", model)
	put := func(prompt int, m kv.Mode, ratio float64, rule string, kl, ttft float64) {
		kl *= 1 + .2*float64(prompt)
		d.record(t, kv.RecordCell, fmt.Sprint(prompt, "/", m, ratio, rule), kv.CellDoc{Prompt: prompt, Mode: string(m), Ratio: ratio, Rule: rule, KL: kl, Top1: kl < .3,
			TTFTMs: ttft + float64(prompt), DVRMS: math.Round(1000*kl) / 3000})
	}
	for _, prompt := range []int{2, 0, 1} { // in the order of a resumed run
		put(prompt, kv.Full, 1, "", 0, 21)
		put(prompt, kv.Reuse, 0, "", .677, 4)
		for i, ratio := range []float64{.05, .15, .3} {
			put(prompt, kv.Blend, ratio, "v", []float64{.312, .094, .00006}[i], 6+20*ratio)
			put(prompt, kv.Blend, ratio, "k", []float64{.4, .187, .1}[i], 6.1+20*ratio)
			put(prompt, kv.Random, ratio, "", []float64{.6, .49, .35}[i], 6+20*ratio)
		}
	}
	return d
}

// eval is a run of two archives.
func eval(t testing.TB) doc {
	d := newDoc("kv.eval", `{"archives_file":"/srv/archives/mine.jsonl","archives_json":"{\"notes\":[\"n\"]}\n"}`)
	d.record(t, kv.RecordModel, "", model)
	for i := range 2 {
		a := kv.ArchiveDoc{Notes: []string{"n"}, Answers: map[string][]kv.AnswerDoc{}}
		for m, right := range map[string]int{"full": 2, "reuse": 0, "blend": 1 + i} {
			for q, kind := range []string{"direct", "whopro"} {
				a.Answers[m] = append(a.Answers[m], kv.AnswerDoc{Kind: kind, Correct: q < right, KL: .25 * float64(2-right)})
			}
		}
		d.record(t, kv.RecordArchive, fmt.Sprint(i), a)
	}
	score := func(m kv.Mode, ratio float64, rule string, direct, whopro float64) {
		all := (direct + whopro) / 2
		d.record(t, kv.RecordScore, string(m), kv.ScoreDoc{Key: string(m), Mode: string(m), Ratio: ratio, Rule: rule, N: 4, Accuracy: all, KLMean: (1 - all) / 2,
			AccuracyCI: [2]float64{max(all-.25, 0), min(all+.25, 1)},
			ByKind:     map[string]kv.KindDoc{"direct": {N: 2, Accuracy: direct}, "whopro": {N: 2, Accuracy: whopro}}})
	}
	score(kv.Full, 1, "", 1, 1)
	score(kv.Reuse, 0, "", 0, 0)
	score(kv.Blend, .15, "v", 1, .5)
	d.record(t, kv.RecordWrong, "0/1/blend", kv.WrongDoc{Archive: 0, Key: "blend", Mode: "blend", Ratio: .15, Rule: "v", Kind: "whopro",
		Question: "Question: Who drinks <juice>?\nAnswer:", Answer: "Lara Moss", Got: " Lorenzo Moss\n"})
	d.record(t, kv.RecordWrong, "0/0/reuse", kv.WrongDoc{Archive: 0, Key: "reuse", Mode: "reuse", Kind: "direct", Question: "Question: Where?\nAnswer:", Answer: "Oslo", Got: "Bonn", FullToo: true})
	return d
}
