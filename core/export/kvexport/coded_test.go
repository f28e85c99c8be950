package kvexport_test

import (
	"testing"

	"assay/core/kv"
	"assay/core/run"
)

// compressed is a run of three profiles on one context.
func compressed(t testing.TB) doc {
	d := newDoc("kv.compress", `{"prompt":"/srv/prompts/q.json","prompt_json":"{\"chunks\":[\"a\"],\"question\":\"q\"}"}`)
	d.record(t, kv.RecordModel, "", model)
	d.record(t, kv.RecordContext, "0", kv.ContextDoc{Tokens: 512, Chunks: 2, Questions: 6, Prefill: 80, Text: 1024})
	const values = 2 * layers * 512 * 8
	put := func(profile, level, tables string, bits, kl, entropy float64) {
		right := .75
		p := kv.ProfileDoc{Key: kv.CodecKey(profile, level, tables), Profile: profile, Level: level, Tables: tables, Coder: "ac", RoPE: "pre", Values: values, Bits: bits, Payload: int64(bits * values / 10), Table: values / 100,
			Scale: values / 64, Length: 64, Header: 120, Total: int64(bits * values / 8), KL: kl, KLCI: [2]float64{kl / 2, 2 * kl}, Top1: .95, Accuracy: &right, Questions: 6, EncodeRate: 30, DecodeRate: 300, DecodeMB: 600,
			Entropy: kv.EntropyDoc{Global: entropy + .5, Layer: entropy + .4, Channel: entropy + .2, LayerChannel: entropy}}
		for i := range 2 * layers {
			p.Tensors = append(p.Tensors, kv.TensorDoc{Part: "KV"[i/layers : i/layers+1], Layer: i % layers, Bins: 32, Bits: bits, Entropy: entropy, RMSE: .1, Max: .4, SNR: 21, KL: kl / 8})
		}
		d.record(t, kv.RecordProfile, p.Key, p)
		if entropy == 0 {
			return
		}
		x := make([]float32, 2*layers*8)
		for i := range x {
			x[i] = float32(entropy) * (.7 + .6*float32(i*7%8)/8)
		}
		d.array(run.F32Array(p.Key+kv.ArrayBits, x, 2*layers, 8))
	}
	put(kv.CodecQ4Block, "", "", 4.5, .02, 0) // in the order in which they were done
	put(kv.CodecExact, "3", kv.TablesAuto, 4.1, .001, 3.9)
	put(kv.CodecExact, "1", kv.TablesAuto, 2.8, .01, 2.5)
	put(kv.CodecExact, "1", kv.TablesModel, 2.7, .01, 2.5)
	put(kv.CodecRef, "3", "", 6.2, .001, 3.9)
	return d
}

// stream is a run of a plan, sent over a link.
func stream(t testing.TB) doc {
	d := newDoc("kv.stream", `{"plan":"/srv/plans/p.json","plan_json":"{\"slo_s\":0.5}\n"}`)
	x := kv.StreamDoc{Rule: kv.RuleExact, Choices: []string{"3", "text", "1"}, Total: .45, Met: true, SLO: .5, Feasible: true,
		Others: []kv.RuleDoc{{Rule: kv.RulePaper, Choices: []string{"2", "1", "1"}, Total: .6}, {Rule: kv.RuleClairvoyant, Choices: []string{"1", "1", "1"}, Total: .3, Met: true}},
		Chunks: []kv.SentDoc{{Choice: "3", Bytes: 25000, Bandwidth: 1, End: .2}, {Choice: "text", Bandwidth: .1, Start: .2, End: .3}, {Choice: "1", Bytes: 9000, Bandwidth: 2, Start: .3, End: .45}},
		Live:   &kv.LiveDoc{Choices: []string{"3", "text", "1"}, TotalMs: 470, Met: true}}
	for i, lane := range []string{kv.LaneLoad, kv.LaneDecode, kv.LaneCompute, kv.LaneLoad, kv.LaneDecode} {
		x.Live.Lanes = append(x.Live.Lanes, kv.SpanDoc{Lane: lane, Item: i / 2, Start: 90 * float64(i), End: 90*float64(i) + 80})
	}
	d.record(t, kv.RecordStream, "", x)
	return d
}

// pareto is a run of two levels and two ratios.
func pareto(t testing.TB) doc {
	d := newDoc("kv.pareto", `{"model":"/srv/models/secret place/recall-7m"}`)
	d.record(t, kv.RecordModel, "", model)
	var list []kv.PointDoc
	for i, level := range []string{"3", "1"} {
		for j, ratio := range []float64{0, .15} {
			list = append(list, kv.PointDoc{Level: level, Ratio: ratio, Bytes: int64(40000 - 15000*i), TTFTMs: 30 + 9*float64(j) - 4*float64(i), KL: .5 - .3*float64(j) + .1*float64(i), Top1: .9, Prompts: 3})
		}
	}
	list = append(list, kv.PointDoc{Level: kv.LevelText, Ratio: 1, Bytes: 2048, TTFTMs: 90, Top1: 1, Prompts: 3})
	kv.Dominate(list)
	for _, p := range list {
		d.record(t, kv.RecordPoint, p.Level, p)
	}
	return d
}

// load is a run of three tiers, the last of which was not all there.
func load(t testing.TB) doc {
	d := newDoc("kv.load", `{"seed":2}`)
	d.record(t, kv.RecordModel, "", model)
	for i, tier := range []string{kv.TierRemote, kv.TierDisk, kv.TierMemory} {
		p := kv.TierDoc{Tier: tier, Level: "3", Bytes: 868370, Price: 1, Cost: .001, LoadMs: 38 - 10*float64(i), PrefillMs: 200, RecomputeMs: 30, Ratio: .15, PredictedMs: 60 + 10*float64(i), MeasuredMs: 62 + 10*float64(i), Sequential: 90, KL: .1}
		costs := []kv.LayerCost{{Compute: 4}, {Read: 3, Compute: 6}, {Read: 2, Compute: 4}}
		_, p.Lanes = kv.Pipeline(costs, kv.Contention{})
		if tier == kv.TierDisk {
			p.Note = "the disk did not take all chunks"
		}
		d.record(t, kv.RecordTier, tier+"/3", p)
	}
	d.record(t, kv.RecordPick, "", kv.PickDoc{Ratio: .15, Tier: kv.TierDisk, Level: "3", Reason: "the cheapest whose loading hides under recomputing"})
	return d
}
