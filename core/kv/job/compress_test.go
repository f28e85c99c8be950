package job_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/core/kv"
	"assay/core/kv/job"
	"assay/core/run"
)

func compressed(t *testing.T, b *bed, id run.ID) kv.CompressDoc {
	t.Helper()
	d, err := kindOf(t, "kv.compress").Document(t.Context(), b.store, id)
	if err != nil {
		t.Fatal(err)
	}
	return d.(kv.CompressDoc)
}

// The budgets of the project on its own model, at 256-token chunks and equal
// symbols: sizes beside the released code's container, payload beside the entropy.
func TestExactStaysWithinItsBudgets(t *testing.T) {
	for _, coder := range []string{"rans", "ac"} {
		b := newBed(t)
		b.start("C", "kv.compress", map[string]any{"demo": true, "tokens": 512, "contexts": 1, "seed": 3, "coder": coder,
			"rope_state": "pre", "profiles": "ref,exact", "levels": "32,16,12", "by_layer": false})
		if _, err := b.attempt("C", 0); err != nil {
			t.Fatal(err)
		}
		d := compressed(t, b, "C")
		if len(d.Profiles) != 6 {
			t.Fatalf("%d rows", len(d.Profiles))
		}
		for i, limit := range []float64{.68, .62, .58} {
			ref, own := d.Profiles[i], d.Profiles[3+i]
			if ref.Level != own.Level || ref.Values != own.Values || ref.Entropy != own.Entropy || math.Abs(ref.KL-own.KL) > 1e-12 {
				t.Errorf("%s and %s are not of the same symbols", ref.Key, own.Key)
			}
			if share := float64(own.Total) / float64(ref.Total); share > limit {
				t.Errorf("%s with %s: %.3f of ref, expected at most %.2f", own.Key, coder, share, limit)
			}
			if bits, h := 8*float64(own.Payload)/float64(own.Values), own.Entropy.LayerChannel; bits > 1.02*h+.06 {
				t.Errorf("%s with %s: payload of %.3f bits for an entropy of %.3f", own.Key, coder, bits, h)
			}
			if own.Payload+own.Table+own.Scale+own.Length+own.Header != own.Total {
				t.Errorf("%s: the parts do not add up", own.Key)
			}
		}
		// What is pooled costs more.
		e := d.Entropy
		if !(e.LayerChannel < e.Layer && e.LayerChannel < e.Channel && e.Layer <= e.Global+1e-9 && e.Channel <= e.Global+1e-9 && e.LayerChannel > 3) {
			t.Errorf("%+v", e)
		}
	}
}

// Tables change sizes, never numbers; those of the model are made once and kept.
func TestTablesOfEveryModeCodeTheSameSymbols(t *testing.T) {
	b := newBed(t)
	run := func(id run.ID) kv.CompressDoc {
		b.start(id, "kv.compress", map[string]any{"demo": true, "people": 2, "contexts": 1, "seed": 3, "profiles": "exact,paper_step,q8", "levels": "3", "tables": "all", "by_layer": false})
		if _, err := b.attempt(id, 0); err != nil {
			t.Fatal(err)
		}
		return compressed(t, b, id)
	}
	d := run("C")
	if len(d.Profiles) != 2*len(kv.TableModes())+1 {
		t.Fatalf("%d rows", len(d.Profiles))
	}
	for _, p := range d.Profiles {
		first := d.Profiles[0]
		if p.Profile == kv.CodecPaperStep {
			first = d.Profiles[len(kv.TableModes())]
		}
		if p.Profile == kv.CodecQ8 {
			if p.Tables != "" {
				t.Errorf("%s: tables %q", p.Key, p.Tables)
			}
			continue
		}
		if p.KL != first.KL || p.Entropy != first.Entropy || p.Scale != first.Scale {
			t.Errorf("%s is not of the symbols of %s", p.Key, first.Key)
		}
		if shared := p.Tables == kv.TablesModel; shared != (p.Shared > 0) || shared != (p.Table > 0 && p.Table < 100) || (p.Tables == kv.TablesAdaptive) != (p.Table == 0) {
			t.Errorf("%s: %d bytes of tables, %d shared", p.Key, p.Table, p.Shared)
		}
		// Half a bit is more than any of them loses; rows that repeat win some back.
		if p.Profile == kv.CodecExact && !(p.Loss > -.5 && p.Loss < .5) {
			t.Errorf("%s: %.3f bits a value above an entropy of %.3f", p.Key, p.Loss, p.Entropy.LayerChannel)
		}
		t.Logf("%s: %.3f bits, loss %+.3f, escapes %d, KL %.4f", p.Key, p.Bits, p.Loss, p.Escapes, p.KL)
	}
	again := run("D")
	for i, p := range again.Profiles {
		if p.Total != d.Profiles[i].Total {
			t.Errorf("%s: %d bytes with the tables that were kept, %d with those just made", p.Key, p.Total, d.Profiles[i].Total)
		}
	}
}

func TestFinerLevelsLoseLess(t *testing.T) {
	b := newBed(t)
	b.start("C", "kv.compress", map[string]any{"demo": true, "people": 2, "contexts": 2, "profiles": "exact,q8,f16", "levels": "6,1,3"})
	r, err := b.attempt("C", 0)
	if err != nil {
		t.Fatal(err)
	}
	d := compressed(t, b, "C")
	if r.done != r.total || r.head == "" || len(d.Profiles) != 5 {
		t.Fatalf("progress %d of %d, %q, %d rows", r.done, r.total, r.head, len(d.Profiles))
	}
	for i, p := range d.Profiles {
		if p.Questions == 0 || p.Accuracy == nil || p.KLCI[0] > p.KL || p.KLCI[1] < p.KL || p.Bits <= 0 || p.DecodeMB <= 0 || len(p.Tensors) != 16 {
			t.Errorf("%+v", p)
		}
		for k, own := range p.Tensors {
			if own.SNR <= 0 || i == 1 && d.Profiles[0].Tensors[k].RMSE <= own.RMSE {
				t.Errorf("%s: tensor %d: %+v", p.Key, k, own)
			}
		}
	}
	// 6 bins, the ladder's coarsest and finest, 8 bits, half precision.
	if !(d.Profiles[0].KL > d.Profiles[1].KL && d.Profiles[1].KL > d.Profiles[3].KL && d.Profiles[2].KL > d.Profiles[3].KL && d.Profiles[4].KL < 1e-3) {
		t.Errorf("losses do not fall with the level")
	}
	for _, name := range []string{kv.ArrayBits, kv.ArrayCounts, kv.ArrayCost, kv.ArrayStream} {
		if _, err := b.store.Array(t.Context(), "C", "exact.3"+name); err != nil {
			t.Error(err)
		}
	}
}

func TestCompressOfAPromptResumes(t *testing.T) {
	given := map[string]any{"model": tiny(t), "prompt": write(t, promptFile), "profiles": "ref,exact,q8", "levels": "3"}
	b := newBed(t)
	b.start("WHOLE", "kv.compress", given)
	if _, err := b.attempt("WHOLE", 0); err != nil {
		t.Fatal(err)
	}
	b.start("PARTS", "kv.compress", given)
	for i := 0; ; i++ {
		_, err := b.attempt("PARTS", 1)
		if err == nil {
			break
		}
		if !errors.Is(err, errStop) || i > 9 {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(b.document("WHOLE"), b.document("PARTS")); d != "" {
		t.Error(d)
	}
	if p := compressed(t, b, "WHOLE").Profiles[0]; p.Accuracy != nil || p.Questions != 1 {
		t.Errorf("a prompt without a known answer: %+v", p)
	}
}

func TestCodeGivesTheBytesOfTheSpec(t *testing.T) {
	in, err := kv.ParseSymbols([]byte(`{"bins": 3, "symbols": [0], "cdf": [0, 16384, 49151, 65535]}`))
	if err != nil {
		t.Fatal(err)
	}
	d, err := job.Code(in, kv.CoderAC)
	if err != nil || d.Hex != "10" || d.Bits != 8 || !d.Equal || d.Entropy != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	if in, err = kv.ParseSymbols([]byte(`{"bins": 4, "symbols": [0, 1, 1, 3]}`)); err != nil {
		t.Fatal(err)
	}
	for _, coder := range kv.Coders() {
		d, err := job.Code(in, coder)
		if err != nil || !d.Equal || d.Entropy != 6 || !cmp.Equal(d.CDF, []int{0, 16383, 49150, 49151, 65535}) {
			t.Errorf("%s: %+v, %v", coder, d, err)
		}
	}
	if _, err := job.Code(in, "zip"); run.CodeOf(err) != run.EUsage {
		t.Errorf("%v", err)
	}
	for _, text := range []string{`{}`, `[`, `{"bins":1,"symbols":[]}`, `{"bins":300,"symbols":[]}`, `{"bins":3,"symbols":[3]}`, `{"bins":3,"symbols":[-1]}`,
		`{"bins":3,"symbols":[0.5]}`, `{"bins":3,"symbols":[0],"cdf":[0,1,2]}`, `{"bins":3,"symbols":[0],"cdf":[0,5,5,9]}`, `{"bins":3,"symbols":[0],"cdf":[1,5,6,9]}`,
		`{"bins":3,"symbols":[0],"cdf":[0,5,6,70000]}`, `{"bins":3,"symbols":[0]} x`, `{"bin":3}`} {
		if _, err := kv.ParseSymbols([]byte(text)); run.CodeOf(err) != run.EInput {
			t.Errorf("%s: %v", text, err)
		}
	}
}
