package job_test

import (
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/run"
)

const planFile = `{"sizes_bytes":{"1":[15000000,15000000],"2":[20000000,20000000],"3":[25000000,25000000]},"text_s":[0.3,0.3],"bandwidth_gbps":[1,1]}`

func streamed(t *testing.T, b *bed, id run.ID) kv.StreamDoc {
	t.Helper()
	d, err := kindOf(t, "kv.stream").Document(t.Context(), b.store, id)
	if err != nil {
		t.Fatal(err)
	}
	return d.(kv.StreamDoc)
}

func TestStreamFollowsAPlan(t *testing.T) {
	b := newBed(t)
	b.start("S", "kv.stream", map[string]any{"plan": write(t, planFile), "slo": "0.38s", "rule": "ref"})
	if _, err := b.attempt("S", 0); err != nil {
		t.Fatal(err)
	}
	d := streamed(t, b, "S")
	if strings.Join(d.Choices, " ") != "2 2" || !d.Met || d.Live != nil || len(d.Others) != 3 || d.SLO != .38 {
		t.Errorf("%+v", d)
	}
}

func TestStreamSendsADemoOverALink(t *testing.T) {
	b := newBed(t)
	b.start("S", "kv.stream", map[string]any{"demo": true, "tokens": 0, "people": 2, "chunk_tokens": 64, "trace": write(t, "2 0.05"), "rule": "paper", "slo": "10ms"})
	if _, err := b.attempt("S", 0); err != nil {
		t.Fatal(err)
	}
	d := streamed(t, b, "S")
	if d.Live == nil || len(d.Live.Choices) != len(d.Choices) || len(d.Choices) < 2 || d.Chunks[1].Bandwidth != .05 || d.Live.TotalMs <= 0 {
		t.Fatalf("%+v", d)
	}
	decoded := 0
	for _, s := range d.Live.Lanes {
		if s.End < s.Start || s.End > d.Live.TotalMs+1 {
			t.Errorf("%+v outside of %g ms", s, d.Live.TotalMs)
		}
		if s.Lane == "decode" {
			decoded++
		}
	}
	levels := 0
	for _, c := range d.Live.Choices {
		if c != kv.ChoiceText {
			levels++
		}
	}
	if decoded != levels {
		t.Errorf("%d chunks came as levels, %d were decoded", levels, decoded)
	}
}

func TestStreamRefusesWhatItCannotFollow(t *testing.T) {
	for want, given := range map[string]map[string]any{
		"either --demo or --plan": {},
		"--slo soon":              {"demo": true, "slo": "soon"},
		"--slo -1s":               {"demo": true, "slo": "-1s"},
		"give a deadline":         {"plan": write(t, planFile)},
		"trace[1] is 0":           {"demo": true, "trace": write(t, "1 0")},
		"/nowhere":                {"demo": true, "trace": "/nowhere"},
		"bandwidth_gbps[1] is -1": {"plan": write(t, strings.Replace(planFile, "[1,1]", "[1,-1]", 1))},
	} {
		if _, err := complete(kindOf(t, "kv.stream"), given); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
