package kvbench_test

import (
	"fmt"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/kv/control"
	"assay/core/run"
)

// The runs of compressed caches.
const (
	compressID run.ID = "01J9W3EE000000000000000000"
	streamID   run.ID = "01J9W3FF000000000000000000"
	paretoID   run.ID = "01J9W3GG000000000000000000"
	loadID     run.ID = "01J9W3HH000000000000000000"
)

// coded stores a run of each kind with numbers of the size that they have on the
// demo model.
func (f *fixture) coded() *fixture {
	for id, kind := range map[run.ID]string{compressID: "kv.compress", streamID: "kv.stream", paretoID: "kv.pareto", loadID: "kv.load"} {
		row := blendRow(id, run.Done)
		row.Kind = kind
		f.store.Put(row)
		f.store.PutRecord(id, kv.RecordModel, "", kv.ModelDoc{Name: "recall-7m", Layers: layers})
	}
	f.store.PutRecord(compressID, kv.RecordContext, "0", kv.ContextDoc{Tokens: 512, Chunks: 2, Questions: 6, Text: 1024})
	for i, p := range []string{kv.CodecRef, kv.CodecExact} {
		for l, bits := range []float64{2.6, 3.0, 3.9} {
			level := fmt.Sprint(l + 1)
			f.profile(p, level, bits+[]float64{2.3, .2}[i], bits, .02/float64(l*l*8+1), bits)
		}
	}
	f.profile(kv.CodecQ4Block, "", 4.5, 4, .004, 0)
	p := kv.StreamPlan{Sizes: map[string][]int64{"1": {18e4, 18e4, 18e4, 18e4}, "2": {22e4, 22e4, 22e4, 22e4}, "3": {27e4, 27e4, 27e4, 27e4}},
		Text: []float64{.008, .008, .008, .008}, SLO: .02, Bandwidth: []float64{3, .4, .3, 2}}
	f.store.PutRecord(streamID, kv.RecordStream, "", control.Document(kv.RuleExact, p))
	points := []kv.PointDoc{{Level: kv.LevelText, Ratio: 1, Bytes: 2074, TTFTMs: 210, Top1: 1, Prompts: 3}}
	for l, bytes := range []int64{738818, 868370, 1082298} {
		for r, ratio := range []float64{0, .15, .3} {
			points = append(points, kv.PointDoc{Level: fmt.Sprint(l + 1), Ratio: ratio, Bytes: bytes, TTFTMs: 90 + 30*float64(r) + 5*float64(l), KL: (.5 - .2*float64(r)) / float64(l+1), Top1: .9, Prompts: 3})
		}
	}
	kv.Dominate(points)
	for _, d := range points {
		f.store.PutRecord(paretoID, kv.RecordPoint, fmt.Sprint(d.Level, d.Ratio), d)
	}
	for i, tier := range kv.Tiers() {
		d := kv.TierDoc{Tier: tier, Level: "2", Bytes: 868370, Price: 1, Cost: .001, LoadMs: 8 + 30*float64(i), PrefillMs: 200, RecomputeMs: 30, Ratio: .15, PredictedMs: 60 + 10*float64(i), MeasuredMs: 62 + 10*float64(i), Sequential: 80, KL: .1}
		for l := range layers {
			at := 7 * float64(l)
			d.Lanes = append(d.Lanes, kv.SpanDoc{Lane: "load", Item: l, Start: at, End: at + 3}, kv.SpanDoc{Lane: "compute", Item: l, Start: at + 3, End: at + 9})
		}
		f.store.PutRecord(loadID, kv.RecordTier, tier+"/2", d)
	}
	f.store.PutRecord(loadID, kv.RecordPick, "", kv.PickDoc{Ratio: .15, Tier: kv.TierDisk, Level: "2", Reason: "the cheapest whose loading hides under recomputing"})
	return f
}

func (f *fixture) profile(name, level string, total, payload, kl, entropy float64) {
	const values = 2 * layers * 512 * 128
	right := .75
	d := kv.ProfileDoc{Key: kv.CodecKey(name, level, ""), Profile: name, Level: level, Values: values, Bits: total, Payload: int64(payload * values / 8), Table: values / 100, Scale: values / 64,
		Total: int64(total * values / 8), KL: kl, Top1: .95, Accuracy: &right, Questions: 6, EncodeRate: 30, DecodeRate: 300, DecodeMB: 600, Entropy: kv.EntropyDoc{LayerChannel: entropy}}
	for i := range 2 * layers {
		d.Tensors = append(d.Tensors, kv.TensorDoc{Part: "KV"[i/layers : i/layers+1], Layer: i % layers, Bits: payload, RMSE: .1, KL: kl / 8})
	}
	f.store.PutRecord(compressID, kv.RecordProfile, d.Key, d)
	if entropy == 0 {
		return
	}
	bits, counts, stream := make([]float32, 2*layers*128), make([]float32, 2*layers*31), make([]float32, 256)
	for i := range bits {
		bits[i] = float32(entropy) * (.7 + .6*float32(i*7919%128)/128)
	}
	for i := range counts {
		y := i % 31
		counts[i] = float32(max(0, 1000-5*(y-15)*(y-15)))
	}
	for i, b := range []byte("KVG1") {
		stream[i] = float32(b)
	}
	f.store.PutArray(compressID, run.F32Array(d.Key+kv.ArrayBits, bits, 2*layers, 128))
	f.store.PutArray(compressID, run.F32Array(d.Key+kv.ArrayCounts, counts, 2*layers, 31))
	f.store.PutArray(compressID, run.F32Array(d.Key+kv.ArrayStream, stream, 1, len(stream)))
}

func TestPagesOfCompressedCaches(t *testing.T) {
	f := newFixture(t).coded()
	for name, id := range map[string]run.ID{"compress": compressID, "stream": streamID, "pareto": paretoID, "load": loadID} {
		for at, size := range map[string][2]int{"80x24": {80, 20}, "120x40": {120, 36}, "200x60": {200, 56}, "20x6": {20, 5}} {
			t.Run(name+" "+at, func(t *testing.T) { open(t, f, size[0], size[1], id).Golden(name + "-" + at) })
		}
	}
}

func TestEveryPaneOfCompressedCachesIsReached(t *testing.T) {
	f := newFixture(t).coded()
	for id, marks := range map[run.ID][]string{
		compressID: {"KL, nats, against bits", "entropy, layer x channel", "symbols of", "container of", "bits by layer", "levels"},
		streamID:   {"timeline", "choices by rule", "bandwidth", "chunks"},
		paretoID:   {"against KiB", "against time", "points"},
		loadID:     {"predicted lanes", "time to first token", "tiers"},
	} {
		for _, size := range [][2]int{{80, 20}, {200, 56}} {
			h := open(t, f, size[0], size[1], id)
			all := ""
			for range marks {
				all += h.Text()
				h.Press("tab")
			}
			for _, m := range marks {
				if !strings.Contains(all, m) {
					t.Errorf("%s at %v: %q is never shown", id, size, m)
				}
			}
		}
	}
	// The panes follow the row under the cursor.
	open(t, f, 120, 36, compressID).See("entropy, layer x channel, of ref.1").Press("down").See("entropy, layer x channel, of ref.2").Press("end").See("has no symbols to map")
}

func TestContainerIsPaged(t *testing.T) {
	f := newFixture(t).coded()
	h := open(t, f, 80, 20, compressID)
	for range 4 { // levels, rate, bits, histogram, container
		h.Press("tab")
	}
	h.See(">container of ref.1").See("0000 4b 56 47 31")
	h.Press("j").See("0010 ")
	if strings.Contains(h.Text(), "0000 4b") {
		t.Error("the first line is still there")
	}
	h.Press("G").See("00f0 ") // 256 bytes
	h.Press("g").See("0000 4b 56 47 31").See(">container of ref.1")
}

func TestTheMapOfEntropiesTellsACell(t *testing.T) {
	h := open(t, newFixture(t).coded(), 200, 56, compressID)
	h.See("128 channels").Press("tab", "tab").See(">entropy").See("K0 channel 0:", "bits a value", "linear to")
	h.Press("l", "l", "h", "j").See("K1 channel 1:").Press("S").See("log to").Press("S").See("quantile to")
	h.Press("k", "k", "h", "h").See("K0 channel 0:").Press("G").See("V7 channel 0:").Press("g").See("K0 channel 0:")
}
