package job_test

import (
	"encoding/json"
	"testing"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/run"

	"github.com/google/go-cmp/cmp"
)

func TestEvalReportsTheRatioThatAThresholdGave(t *testing.T) {
	b := newBed(t)
	given := map[string]any{"people": 2, "archives": 2, "seed": 4, "modes": "full,blend,random", "ratios": ".1,.3", "threshold": 0.3}
	b.start("E", "kv.eval", given)
	if _, err := b.attempt("E", 0); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(b.document("E"))
	if err != nil {
		t.Fatal(err)
	}
	var doc kv.EvalDoc
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"full", "blend", "random.1", "random.3"} {
		if doc.Modes[i].Key != want {
			t.Fatalf("scheme %d is %s, want %s: a threshold makes ratios of blend one", i, doc.Modes[i].Key, want)
		}
	}
	if m := doc.Modes[1]; m.Threshold != 0.3 || m.Ratio <= 0 || m.Ratio >= 1 {
		t.Errorf("blend: threshold %v, ratio %v", m.Threshold, m.Ratio)
	}
	if m := doc.Modes[2]; m.Threshold != 0 || m.Ratio != 0.1 {
		t.Errorf("random: threshold %v, ratio %v", m.Threshold, m.Ratio)
	}
	b.start("R", "kv.eval", given)
	for _, stop := range []int{1, 0} {
		if _, err := b.attempt("R", stop); err != nil && stop == 0 {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(b.document("E"), b.document("R")); d != "" {
		t.Errorf("resumed:\n%s", d)
	}
}

func TestARerunOfNothingPickedIsFreeOfTheThreshold(t *testing.T) {
	b := newBed(t)
	p := b.start("P", "kv.blend", map[string]any{"model": tiny(t), "prompt": write(t, promptFile), "modes": "full,blend", "max_new": 2, "threshold": 0.01})
	made, err := kindOf(t, "kv.blend").New(p)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	env, _ := b.env("P", 0)
	if err := made.Prepare(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	if err := made.Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	child, params, err := made.(bench.Interactive).Request("kv.rerun", []byte(`{"picked": []}`))
	if err != nil {
		t.Fatal(err)
	}
	b.put("C", "kv.blend", params)
	env, _ = b.env("C", 0)
	if err := child.Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	docs, err := b.store.Records(t.Context(), run.ID("C"), kv.RecordMode, 0)
	if err != nil {
		t.Fatal(err)
	}
	var m kv.ModeDoc
	if err := json.Unmarshal(docs[len(docs)-1].Data, &m); err != nil || m.Mode != "blend" || len(m.Picked) != 0 {
		t.Errorf("%s picked %v, %v", m.Mode, m.Picked, err)
	}
}
