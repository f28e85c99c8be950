package compare_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"assay/core/bench"
	"assay/core/compare"
	"assay/core/run"
	"assay/core/run/runtest"
)

// toy is a kind of run whose document is the one record that it has.
func toy() bench.Registry {
	return bench.Registry{{Name: "toy.sweep", Schema: bench.Schema{{Name: "rate", Type: bench.Float}, {Name: "seed", Type: bench.Int}},
		Document: func(ctx context.Context, r run.Reader, id run.ID) (any, error) {
			list, err := r.Records(ctx, id, "toy.doc", 0)
			if err != nil || len(list) == 0 {
				return struct{}{}, err
			}
			return list[0].Data, nil
		}}}
}

const a, b, c = run.ID("01KK9Z00000000000000000001"), run.ID("01KK9Z00000000000000000002"), run.ID("01KK9Z00000000000000000003")

func put(s *runtest.Store, id run.ID, params, doc string) {
	s.Put(run.Run{ID: id, Bench: "toy", Kind: "toy.sweep", Name: "toy-" + string(id[25:]), State: run.Done, Params: []byte(params)})
	s.PutRecord(id, "toy.doc", "", json.RawMessage(doc))
}

func read(t *testing.T, s *runtest.Store, ids ...run.ID) *compare.Comparison {
	t.Helper()
	got, err := compare.Read(t.Context(), s, toy(), ids)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func number(t *testing.T, c *compare.Comparison, path string) compare.Number {
	t.Helper()
	var have []string
	for _, n := range c.Numbers {
		if n.Path == path {
			return n
		}
		have = append(have, n.Path)
	}
	t.Fatalf("no number %s among %s", path, strings.Join(have, ", "))
	return compare.Number{}
}

func TestParametersThatDifferAreTold(t *testing.T) {
	s := runtest.New()
	put(s, a, `{"rate":0.5,"seed":1}`, `{}`)
	put(s, b, `{"rate":0.25,"seed":1}`, `{}`)
	put(s, c, `{"seed":1}`, `{}`)
	got := read(t, s, a, b, c)
	if len(got.Params) != 2 || !got.Params[0].Differs || got.Params[1].Differs || string(got.Params[0].Values[1]) != "0.25" || string(got.Params[0].Values[2]) != "null" {
		t.Errorf("%+v", got.Params)
	}
}

func TestRepetitionsBecomeAMeanWithAnInterval(t *testing.T) {
	s := runtest.New()
	put(s, a, `{}`, `{"cells":[{"prompt":0,"mode":"blend","ratio":0.1,"kl":1,"top1":true},{"prompt":1,"mode":"blend","ratio":0.1,"kl":2,"top1":true},{"prompt":2,"mode":"blend","ratio":0.1,"kl":3},{"prompt":0,"mode":"blend","ratio":0.2,"kl":0.5}]}`)
	put(s, b, `{}`, `{"cells":[{"prompt":0,"mode":"blend","ratio":0.1,"kl":11},{"prompt":1,"mode":"blend","ratio":0.1,"kl":12},{"prompt":2,"mode":"blend","ratio":0.1,"kl":13},{"prompt":0,"mode":"blend","ratio":0.2,"kl":0.5}]}`)
	got := read(t, s, a, b)
	n := number(t, got, "cells[blend ratio=0.1].kl")
	va, vb := n.Values[0], n.Values[1]
	// The mean of 1, 2, 3 is 2 +- t(0.975, 2 degrees) / sqrt(3) = 4.302653/1.732051.
	if va.Value != 2 || va.N != 3 || math.Abs(va.CI95[1]-2-2.484138) > 1e-5 || *vb.Delta != 10 || vb.Word != "worse" {
		t.Errorf("%+v %+v", va, vb)
	}
	if top := number(t, got, "cells[blend ratio=0.1].top1").Values[0]; top.Value != 1 || top.N != 2 || top.CI95[0] <= 0 || top.CI95[1] != 1 {
		t.Errorf("a share: %+v", top)
	}
	if one := number(t, got, "cells[blend ratio=0.2].kl"); one.Values[1].Word != "equal" || one.Values[1].CI95 != nil {
		t.Errorf("%+v", one.Values[1])
	}
	ch, ok := got.Lines(n)
	if !ok || len(ch.Lines) != 2 || len(ch.Lines[1].X) != 2 || ch.Lines[1].X[1] != 0.2 || ch.Lines[1].Y[0] != 12 || ch.X.Name != "ratio" || ch.Y.Name != "kl" {
		t.Errorf("%+v, %v", ch, ok)
	}
	if bars := got.Bars(n); len(bars.Bars) != 2 || bars.Bars[0].Lo >= bars.Bars[0].Hi {
		t.Errorf("%+v", bars)
	}
}

func TestStatedIntervalsAndWords(t *testing.T) {
	doc := func(acc, lo, hi, n string) string {
		return `{"modes":[{"key":"full","accuracy":` + acc + `,"accuracy_ci95":[` + lo + `,` + hi + `],"n":` + n + `,"top1":true}]}`
	}
	s := runtest.New()
	put(s, a, `{}`, doc("0.5", "0.4", "0.6", "10"))
	put(s, b, `{}`, doc("0.8", "0.7", "0.9", "12"))
	put(s, c, `{}`, doc("0.55", "0.45", "0.65", "10"))
	got := read(t, s, a, b, c)
	n := number(t, got, "modes[full].accuracy")
	if n.Values[1].Word != "better" || n.Values[2].Word != "same" || n.Values[0].Delta != nil || math.Abs(*n.Values[1].Delta-0.3) > 1e-12 {
		t.Errorf("%+v %+v", n.Values[1], n.Values[2])
	}
	if n := number(t, got, "modes[full].n"); n.Values[1].Word != "" || *n.Values[1].Delta != 2 {
		t.Errorf("without an interval there is nothing to say: %+v", n.Values[1])
	}
	if n := number(t, got, "modes[full].top1"); n.Values[0].Value != 1 {
		t.Errorf("%+v", n.Values[0])
	}
}

func TestMetricsAndFindingsAreSetAgainstEachOther(t *testing.T) {
	s := runtest.New()
	put(s, a, `{}`, `{"layers":[{"layer":0,"dv":1},{"layer":1,"dv":2}]}`)
	put(s, b, `{}`, `{}`)
	loss := run.MetricKey{Name: "speed", Better: 1}
	for i, v := range []float64{3, 2, math.NaN()} {
		s.PutMetric(a, loss, int64(i), v)
	}
	s.PutMetric(b, loss, 0, 4)
	for id, sig := range map[run.ID]string{a: "conv", b: "tanh"} {
		s.PutRecord(id, run.FindingKind, "1", run.Finding{ID: "1", Signature: sig, Category: "crash", Severity: run.Low})
		s.PutRecord(id, run.FindingKind, "2", run.Finding{ID: "2", Signature: "both", Category: "crash", Severity: run.High})
	}
	got := read(t, s, a, b)
	n := number(t, got, "metrics.speed")
	if n.Values[0].Value != 2 || *n.Values[1].Delta != 2 || n.Better != 1 {
		t.Errorf("%+v", n)
	}
	if ch, ok := got.Lines(n); !ok || len(ch.Lines[0].X) != 3 {
		t.Errorf("%+v", ch)
	}
	if layer := number(t, got, "layers[layer=1].dv"); layer.Values[1] != nil || layer.Values[0].Value != 2 {
		t.Errorf("%+v", layer)
	}
	var sets []string
	for _, f := range got.Findings {
		sets = append(sets, f.Signature)
	}
	if strings.Join(sets, " ") != "both conv tanh" || got.Findings[0].Counts[1] != 1 || got.Findings[1].Counts[1] != 0 {
		t.Errorf("%+v", got.Findings)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
}

func TestTooFewTooManyOrTwice(t *testing.T) {
	s := runtest.New()
	put(s, a, `{}`, `{}`)
	for _, ids := range [][]run.ID{{a}, {a, a}, make([]run.ID, 9)} {
		if _, err := compare.Read(t.Context(), s, toy(), ids); run.CodeOf(err) != run.EUsage {
			t.Errorf("%d runs: %v", len(ids), err)
		}
	}
	if _, err := compare.Read(t.Context(), s, toy(), []run.ID{a, b}); run.CodeOf(err) != run.ENoRun {
		t.Errorf("an unknown run: %v", err)
	}
}

func TestFindingsAreSets(t *testing.T) {
	s := runtest.New()
	ids := []run.ID{a, b, c}
	for i, id := range ids {
		put(s, id, `{}`, `{}`)
		for k, sig := range []string{"everywhere", fmt.Sprint("own-", i), "pair"} {
			if sig != "pair" || i != 1 {
				s.PutRecord(id, run.FindingKind, fmt.Sprint(k), run.Finding{ID: fmt.Sprint(k), Signature: sig, Category: "crash", Severity: run.Low})
			}
		}
	}
	got := read(t, s, ids...)
	var words []string
	for _, f := range got.Findings {
		words = append(words, f.Signature+"="+string(f.Set))
	}
	if text := strings.Join(words, "; "); text != "everywhere=all; own-0=only A; own-1=only B; own-2=only C; pair=A C" {
		t.Error(text)
	}
	if text := fmt.Sprint(got.Sets()); text != "[{only A 1} {only B 1} {only C 1} {A C 1} {all 1}]" {
		t.Error(text)
	}
	if sets := read(t, s, a, b).Sets(); fmt.Sprint(sets) != "[{only A 2} {only B 1} {both 1}]" {
		t.Error(sets)
	}
}
