package job

import (
	"context"
	"math"
	"time"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/codec"
	"assay/core/prng"
	"assay/core/run"
	"assay/core/stat"
)

// decodes is how often a chunk is decoded for its time: the best counts, since
// other work on the machine only ever adds.
const decodes = 3

// code compresses the subject under a profile and level, decodes it again and asks
// its questions on top.
func (s *subject) code(ctx context.Context, env bench.Env, r row, arrays bool) (kv.CodedDoc, error) {
	src := s.pre
	if r.rope == kv.RoPEPost {
		src = s.post
	}
	d := kv.CodedDoc{Tensors: make([]kv.CodedTensorDoc, 2*src.Layers)}
	back := kv.NewTensors(src.Layers, src.Tokens, src.Channels)
	var h codec.Entropy
	var sizes codec.Sizes
	for from := 0; from < src.Tokens; from += chunkTokens {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		to := min(from+chunkTokens, src.Tokens)
		began := time.Now()
		data, err := s.codec.Encode(src.Slice(from, to), r.spec, s.origin(r, from, to))
		if err != nil {
			return d, err
		}
		d.EncodeMs += milliseconds(time.Since(began))
		k, err := s.codec.Open(data, s.origin(r, from, to))
		if err != nil {
			return d, err
		}
		took, err := timeDecode(k)
		if err != nil {
			return d, err
		}
		d.DecodeMs += milliseconds(took)
		if err := readInto(k, back.Slice(from, to)); err != nil {
			return d, err
		}
		sizes = sizes.Add(k.Sizes())
		d.Escapes += k.Escapes()
		for i := range d.Tensors {
			d.Tensors[i].Payload += k.PayloadOf(i/src.Layers, i%src.Layers)
		}
		if err := h.Add(k); err != nil {
			return d, err
		}
		if arrays && from == 0 {
			recordStream(env.Recorder, r.key(), data)
		}
	}
	d.Values = int64(src.Values())
	d.Payload, d.Table, d.Scale, d.Length, d.Header, d.Total = sizes.Payload, sizes.Table, sizes.Scale, sizes.Length, sizes.Header, sizes.Total
	d.Entropy = entropyDoc(h.Mean())
	if r.spec.Profile == kv.CodecPaper || r.spec.Profile == kv.CodecPaperStep {
		d.Variance = codec.DeltaVariance(src)
	}
	s.errors(&d, src, back, &h)
	if arrays {
		recordArrays(env.Recorder, r.key(), &h)
	}
	return d, s.ask(ctx, &d, r, back)
}

// timeDecode decodes a chunk to f16, one core, and returns the best time.
func timeDecode(k *codec.Chunk) (time.Duration, error) {
	x := make([]uint16, k.Tokens()*k.Channels())
	best := time.Duration(math.MaxInt64)
	for range decodes {
		began := time.Now()
		for p := range 2 {
			for l := range k.Layers() {
				if err := k.ReadF16(p, l, x); err != nil {
					return 0, err
				}
			}
		}
		best = min(best, time.Since(began))
	}
	return best, nil
}

func readInto(k *codec.Chunk, t kv.Tensors) error {
	for p := range 2 {
		for l := range k.Layers() {
			if err := k.Read(p, l, t.Part(p, l)); err != nil {
				return err
			}
		}
	}
	return nil
}

func entropyDoc(g codec.Grouping) kv.EntropyDoc {
	return kv.EntropyDoc{Global: g.Global, Layer: g.Layer, Channel: g.Channel, LayerChannel: g.LayerChannel, Position: g.Position}
}

// errors compares what came back with what went in.
func (s *subject) errors(d *kv.CodedDoc, src, back kv.Tensors, h *codec.Entropy) {
	bits := h.Bits()
	for i := range d.Tensors {
		t := &d.Tensors[i]
		x, y := src.Part(i/src.Layers, i%src.Layers), back.Part(i/src.Layers, i%src.Layers)
		for j, v := range x {
			e := float64(y[j]) - float64(v)
			t.Square += e * e
			t.Power += float64(v) * float64(v)
			t.Max = max(t.Max, math.Abs(e))
		}
		if i < len(bits) {
			t.Entropy = stat.Mean(bits[i])
		}
	}
}

// ask puts the questions on top of what came back.
func (s *subject) ask(ctx context.Context, d *kv.CodedDoc, r row, back kv.Tensors) error {
	if r.rope == kv.RoPEPost {
		if err := s.session.Rotate(ctx, back, true); err != nil {
			return err
		}
	}
	answers, err := s.exam.On(ctx, back)
	if err != nil {
		return err
	}
	d.KL = []float64{}
	for i, a := range answers {
		d.KL = append(d.KL, a.KL)
		if s.gold {
			d.Correct = append(d.Correct, a.Correct)
		}
		d.Tokens += len(a.Top)
		for n, id := range a.Top {
			if id == s.full[i].Top[n] {
				d.Same++
			}
		}
	}
	if !s.layers {
		return nil
	}
	for l := range back.Layers {
		alone := s.pre.Slice(0, s.pre.Tokens)
		alone.K[l], alone.V[l] = back.K[l], back.V[l]
		answers, err := s.exam.On(ctx, alone)
		if err != nil {
			return err
		}
		var kl []float64
		for _, a := range answers {
			kl = append(kl, a.KL)
		}
		d.Tensors[l].KL = stat.Mean(kl)
		d.Tensors[back.Layers+l].KL = d.Tensors[l].KL
	}
	return nil
}

// sumUp makes the row of a table out of the contexts that are done.
func (j *compressJob) sumUp(r row, coded map[string]kv.CodedDoc, contexts int) kv.ProfileDoc {
	p := kv.ProfileDoc{Tables: tableMode(r.spec), Shared: j.sharedSize(r), Key: r.key(), Profile: r.spec.Profile, Level: r.spec.Level, RoPE: string(r.rope), Coder: coderOf(r.spec)}
	var kl, ones, right []float64
	var encode, decode, same, tokens float64
	var sums []kv.CodedTensorDoc
	n := 0.0
	for i := range contexts {
		d, ok := coded[codedKey(i, r.key())]
		if !ok {
			continue
		}
		for q, x := range d.KL {
			kl, ones = append(kl, x), append(ones, 1)
			if d.Correct != nil {
				right = append(right, bit(d.Correct[q]))
			}
		}
		p.Values += d.Values
		p.Payload += d.Payload
		p.Table += d.Table
		p.Scale += d.Scale
		p.Length += d.Length
		p.Header += d.Header
		p.Escapes += d.Escapes
		p.Total += d.Total
		encode, decode = encode+d.EncodeMs, decode+d.DecodeMs
		same, tokens = same+float64(d.Same), tokens+float64(d.Tokens)
		v := float64(d.Values)
		n += v
		p.Entropy.Global += v * d.Entropy.Global
		p.Entropy.Layer += v * d.Entropy.Layer
		p.Entropy.Channel += v * d.Entropy.Channel
		p.Entropy.LayerChannel += v * d.Entropy.LayerChannel
		p.Entropy.Position += v * d.Entropy.Position
		for k := range p.Variance {
			p.Variance[k] += v * d.Variance[k]
		}
		if sums == nil {
			sums = make([]kv.CodedTensorDoc, len(d.Tensors))
		}
		for k, t := range d.Tensors {
			s := &sums[k]
			s.Payload += t.Payload
			s.Entropy += v * t.Entropy
			s.Square += t.Square
			s.Power += t.Power
			s.Max = max(s.Max, t.Max)
			if i == 0 {
				s.KL = t.KL
			}
		}
	}
	for _, x := range []*float64{&p.Entropy.Global, &p.Entropy.Layer, &p.Entropy.Channel, &p.Entropy.LayerChannel, &p.Entropy.Position, &p.Variance[0], &p.Variance[1]} {
		*x /= n
	}
	p.Bits = 8 * float64(p.Total) / float64(p.Values)
	if p.Entropy.LayerChannel > 0 {
		p.Loss = 8*float64(p.Payload)/float64(p.Values) - p.Entropy.LayerChannel
	}
	p.Questions, p.KL, p.Top1 = len(kl), stat.Mean(kl), same/tokens
	p.KLCI = stat.CI95(prng.New(uint64(j.p.Int("seed")), "kv/compress"), kl, ones)
	if right != nil {
		a := stat.Mean(right)
		ci := stat.CI95(prng.New(uint64(j.p.Int("seed")), "kv/compress"), right, ones)
		p.Accuracy, p.AccuracyCI = &a, &ci
	}
	p.EncodeRate, p.DecodeRate = rate(p.Values, encode), rate(p.Values, decode)
	p.DecodeMB = 2 * p.DecodeRate
	p.Tensors = tensorDocs(r, sums, float64(p.Values)/float64(max(len(sums), 1)), n)
	return p
}

func tensorDocs(r row, sums []kv.CodedTensorDoc, values, weight float64) []kv.TensorDoc {
	out := []kv.TensorDoc{}
	layers := len(sums) / 2
	k, v, _ := kv.LevelBins(r.spec.Level, layers) // no level, no bins
	for i, s := range sums {
		t := kv.TensorDoc{Part: "K", Layer: i % layers, Bits: 8 * float64(s.Payload) / values, Entropy: s.Entropy / weight,
			RMSE: math.Sqrt(s.Square / values), Max: s.Max, KL: s.KL}
		bins := k
		if i >= layers {
			t.Part, bins = "V", v
		}
		if bins != nil {
			t.Bins = bins[t.Layer]
		}
		if s.Square > 0 && s.Power > 0 {
			t.SNR = 10 * math.Log10(s.Power/s.Square)
		}
		out = append(out, t)
	}
	return out
}

// rate is millions a second.
func rate(values int64, ms float64) float64 {
	if ms <= 0 {
		return 0
	}
	return float64(values) / ms / 1e3
}

func bit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func tableMode(s codec.Spec) string {
	if kv.HasTables(s.Profile) {
		return s.Tables
	}
	return ""
}

func coderOf(s codec.Spec) string {
	switch {
	case s.Profile == kv.CodecExact && s.Coder != codec.AC && s.Tables != kv.TablesAdaptive:
		return codec.RANS
	case kv.HasLevels(s.Profile) || kv.HasTables(s.Profile):
		return codec.AC
	}
	return ""
}

// recordArrays writes what the maps of the screen show, of the first context.
func recordArrays(rec run.Recorder, key string, h *codec.Entropy) {
	bits := h.Bits()
	if len(bits) == 0 {
		return
	}
	levels := 0
	for _, c := range h.Counts() {
		levels = max(levels, len(c))
	}
	var flat, counts, cost []float32
	for i, row := range bits {
		for _, b := range row {
			flat = append(flat, float32(b))
		}
		c := make([]float32, levels)
		for y, n := range h.Counts()[i] {
			c[y] = float32(n)
		}
		counts = append(counts, c...)
	}
	for _, part := range h.Tokens() {
		for _, b := range part {
			cost = append(cost, float32(b))
		}
	}
	rec.Array(run.F32Array(key+kv.ArrayBits, flat, len(bits), len(bits[0])))
	rec.Array(run.F32Array(key+kv.ArrayCounts, counts, len(bits), levels))
	rec.Array(run.F32Array(key+kv.ArrayCost, cost, 2, len(cost)/2))
}

// shownBytes is how much of a container the screen can page through.
const shownBytes = 4096

func recordStream(rec run.Recorder, key string, data []byte) {
	data = data[:min(len(data), shownBytes)]
	x := make([]float32, len(data))
	for i, b := range data {
		x[i] = float32(b)
	}
	rec.Array(run.F32Array(key+kv.ArrayStream, x, 1, len(x)))
}

func compressDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := kv.CompressDoc{Profiles: []kv.ProfileDoc{}}
	p, err := params(ctx, r, id, compressSchema())
	if err != nil {
		return nil, err
	}
	rows, err := codecRows(p)
	if err != nil {
		return nil, err
	}
	list, keys, err := run.Decode[kv.ProfileDoc](ctx, r, id, kv.RecordProfile)
	if err != nil {
		return nil, err
	}
	for _, want := range rows {
		for i, k := range keys {
			if k == want.key() {
				d.Profiles = append(d.Profiles, list[i])
			}
		}
	}
	d.Entropy = leading(d.Profiles)
	return d, nil
}

// leading chooses whose entropies stand for the run.
func leading(list []kv.ProfileDoc) kv.EntropyDoc {
	best := -1
	for i, p := range list {
		if p.Entropy.LayerChannel == 0 {
			continue
		}
		if best < 0 {
			best = i
			continue
		}
		own, other := p.Profile == kv.CodecExact, list[best].Profile == kv.CodecExact
		if own && !other || own == other && p.Profile == list[best].Profile && p.Entropy.LayerChannel > list[best].Entropy.LayerChannel {
			best = i
		}
	}
	if best < 0 {
		return kv.EntropyDoc{}
	}
	return list[best].Entropy
}
