package model_test

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"assay/core/model"
	"assay/core/model/modeltest"
	"assay/gpu"
)

func tiny(t *testing.T, o modeltest.Options) *model.Model {
	t.Helper()
	dir := t.TempDir()
	modeltest.Write(t, dir, o)
	return load(t, dir)
}

// fill uploads numbers that look random and repeat from call to call.
func fill(t testing.TB, s *gpu.Stream, x gpu.Tensor) {
	t.Helper()
	v := make([]float32, x.Len())
	for i := range v {
		v[i] = float32(math.Sin(float64(i*i%9973) * 1.3))
	}
	ok(t, s.Upload(x, v))
}

// TestRowsDoNotDependOnTheirNeighbours runs a layer over more rows than one block and again over a few of them: the bits
// must be equal, or blending could not reproduce a full prefill.
func TestRowsDoNotDependOnTheirNeighbours(t *testing.T) {
	m := tiny(t, modeltest.Options{DType: "BF16", AttentionBias: true, MLPBias: true})
	c := m.Config
	s, ws := m.Device.NewStream(), model.NewWorkspace(m)
	const n = 600
	picked := []int32{0, 3, 255, 256, 257, 511, 512, 599}

	run := func(x, attn gpu.Tensor) [][][]float32 {
		k := x.Dim(0)
		q, key := tensor(t, m, k, c.Heads, c.HeadDim), tensor(t, m, k, c.KVHeads, c.HeadDim)
		v, logits := tensor(t, m, k, c.KVHeads, c.HeadDim), tensor(t, m, k, c.Vocab)
		ok(t, m.QKV(s, ws, 1, q, key, v, x))
		ok(t, m.Finish(s, ws, 1, x, attn))
		ok(t, m.Logits(s, ws, logits, x))
		return [][][]float32{rows(t, s, q), rows(t, s, key), rows(t, s, v), rows(t, s, x), rows(t, s, logits)}
	}
	x, attn := tensor(t, m, n, c.Hidden), tensor(t, m, n, c.Heads, c.HeadDim)
	fill(t, s, x)
	fill(t, s, attn)
	fewX, fewAttn := tensor(t, m, len(picked), c.Hidden), tensor(t, m, len(picked), c.Heads, c.HeadDim)
	ok(t, s.Gather(fewX, x, picked))
	ok(t, s.Gather(fewAttn, attn, picked))
	all, few := run(x, attn), run(fewX, fewAttn)
	for part, name := range []string{"q", "k", "v", "x", "logits"} {
		for i, p := range picked {
			if !slices.Equal(few[part][i], all[part][p]) {
				t.Errorf("%s of row %d differs when it is computed among others", name, p)
			}
		}
	}
}

func TestProjectionsCanBeLeftOut(t *testing.T) {
	m := tiny(t, modeltest.Options{})
	c := m.Config
	s, ws := m.Device.NewStream(), model.NewWorkspace(m)
	x := tensor(t, m, 5, c.Hidden)
	fill(t, s, x)
	q, k, v := tensor(t, m, 5, c.Heads, c.HeadDim), tensor(t, m, 5, c.KVHeads, c.HeadDim), tensor(t, m, 5, c.KVHeads, c.HeadDim)
	ok(t, m.QKV(s, ws, 0, q, k, v, x))
	alone := tensor(t, m, 5, c.KVHeads, c.HeadDim)
	ok(t, m.QKV(s, ws, 0, gpu.Tensor{}, gpu.Tensor{}, alone, x))
	if !slices.EqualFunc(rows(t, s, v), rows(t, s, alone), slices.Equal) {
		t.Error("v differs when it is computed alone")
	}
}

func TestKeysMoveBetweenPositions(t *testing.T) {
	for name, o := range map[string]modeltest.Options{
		"default": {},
		"linear":  {RopeScaling: map[string]any{"type": "linear", "factor": 2.0}},
		"llama3": {RopeScaling: map[string]any{"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
			"original_max_position_embeddings": 64}},
	} {
		t.Run(name, func(t *testing.T) {
			m := tiny(t, o)
			s := m.Device.NewStream()
			k := tensor(t, m, 4, m.Config.KVHeads, m.Config.HeadDim)
			fill(t, s, k)
			from, to := []int32{0, 17, 200, 255}, []int32{90, 3, 201, 0}
			delta := make([]int32, len(from))
			for i := range delta {
				delta[i] = to[i] - from[i]
			}
			at, moved, direct, back := clone(t, m, k), clone(t, m, k), clone(t, m, k), clone(t, m, k)
			ok(t, m.Rotate(s, at, k, from))
			ok(t, m.ReRotate(s, moved, at, delta))
			ok(t, m.Rotate(s, direct, k, to))
			ok(t, m.Unrotate(s, back, at, from))
			for i, want := range rows(t, s, direct) {
				closeTo(t, rows(t, s, moved)[i], want, "moved key")
			}
			for i, want := range rows(t, s, k) {
				closeTo(t, rows(t, s, back)[i], want, "key turned back")
			}
			if slices.EqualFunc(rows(t, s, direct), rows(t, s, at), slices.Equal) {
				t.Error("rotation does nothing")
			}
		})
	}
}

func clone(t *testing.T, m *model.Model, x gpu.Tensor) gpu.Tensor {
	t.Helper()
	return tensor(t, m, x.Dims()...)
}

// closeTo allows a few roundings of numbers of magnitude 1.
func closeTo(t *testing.T, got, want []float32, what string) {
	t.Helper()
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 2e-6 {
			t.Fatalf("%s: element %d is %g, expected %g", what, i, got[i], want[i])
		}
	}
}

func TestWrongCallsAreNamed(t *testing.T) {
	m := tiny(t, modeltest.Options{})
	c := m.Config
	s, ws := m.Device.NewStream(), model.NewWorkspace(m)
	x, narrow := tensor(t, m, 2, c.Hidden), tensor(t, m, 2, c.Hidden-1)
	q, k := tensor(t, m, 2, c.Heads, c.HeadDim), tensor(t, m, 2, c.KVHeads, c.HeadDim)
	for name, f := range map[string]struct {
		err  error
		want string
	}{
		"id above":       {m.Embed(s, x, []int32{1, 64}), "token id 64 at index 1 is outside the vocabulary of 64"},
		"id below":       {m.Embed(s, x, []int32{-1, 0}), "token id -1 at index 0 is outside the vocabulary of 64"},
		"too many ids":   {m.Embed(s, x, []int32{1, 2, 3}), "Gather"},
		"layer above":    {m.QKV(s, ws, 2, q, k, k, x), "layer 2 does not exist: the model has 2"},
		"layer below":    {m.Finish(s, ws, -1, x, q), "layer -1 does not exist"},
		"narrow x":       {m.QKV(s, ws, 0, q, k, k, narrow), "x has shape [2 31], expected [tokens 32]"},
		"absent x":       {m.QKV(s, ws, 0, q, k, k, gpu.Tensor{}), "x has shape [], expected [tokens 32]"},
		"q and k mixed":  {m.QKV(s, ws, 0, k, q, k, x), "layer 0, qkv: "},
		"short logits":   {m.Logits(s, ws, narrow, x), "logits: "},
		"no attention":   {m.Finish(s, ws, 0, x, k), "layer 0, attention output: "},
		"position above": {m.Rotate(s, q, q, []int32{0, 256}), "256"},
		"no ids":         {prefillError(m, s), "prefill of 0 tokens: expected 1 to 256"},
		"too long":       {prefillError(m, s, make([]int32, 257)...), "prefill of 257 tokens: expected 1 to 256"},
	} {
		if f.err == nil || !strings.Contains(f.err.Error(), f.want) || strings.Contains(f.err.Error(), "\n") {
			t.Errorf("%s: %v, expected %q", name, f.err, f.want)
		}
	}
}

func prefillError(m *model.Model, s *gpu.Stream, ids ...int32) error {
	_, err := m.Prefill(s, ids)
	return err
}

func TestWorkspaceIsReused(t *testing.T) {
	m := tiny(t, modeltest.Options{})
	s, ws := m.Device.NewStream(), model.NewWorkspace(m)
	x, attn := tensor(t, m, 40, m.Config.Hidden), tensor(t, m, 40, m.Config.Heads, m.Config.HeadDim)
	logits := tensor(t, m, 40, m.Config.Vocab)
	step := func() {
		ok(t, m.Finish(s, ws, 0, x, attn))
		ok(t, m.Logits(s, ws, logits, x))
	}
	step()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const calls = 20
	for range calls {
		step()
	}
	runtime.ReadMemStats(&after)
	// Slices and closures of a call are small; one tensor of 40 rows would be thousands of bytes more.
	if n := (after.TotalAlloc - before.TotalAlloc) / calls; n > 2048 {
		t.Errorf("%d bytes allocated a call, expected no tensors", n)
	}
}

func BenchmarkPrefillDemo2048(b *testing.B) {
	m := load(b, "")
	c, n := m.Config, 2048
	s, ws := m.Device.NewStream(), model.NewWorkspace(m)
	x, logits := tensor(b, m, n, c.Hidden), tensor(b, m, 1, c.Vocab)
	q, attn := tensor(b, m, n, c.Heads, c.HeadDim), tensor(b, m, n, c.Heads, c.HeadDim)
	k, v := tensor(b, m, n, c.KVHeads, c.HeadDim), tensor(b, m, n, c.KVHeads, c.HeadDim)
	ids, pos := make([]int32, n), make([]int32, n)
	for i := range pos {
		ids[i], pos[i] = int32(i%2000), int32(i)
	}
	opt := m.AttentionOpt()
	opt.QPos, opt.KPos = pos, pos
	for b.Loop() {
		ok(b, m.Embed(s, x, ids))
		for l := range c.Layers {
			ok(b, m.QKV(s, ws, l, q, k, v, x))
			ok(b, m.Rotate(s, q, q, pos))
			ok(b, m.Rotate(s, k, k, pos))
			ok(b, s.Attention(attn, q, k, v, opt))
			ok(b, m.Finish(s, ws, l, x, attn))
		}
		last, err := x.Slice(0, n-1, n)
		ok(b, err)
		ok(b, m.Logits(s, ws, logits, last))
	}
	// Causal attention does half of 4*n*n*d operations a head.
	flops := float64(n)*float64(c.Layers)*float64(m.LinearFLOPs().Layer()) + float64(c.Layers*c.Heads)*2*float64(n)*float64(n)*float64(c.HeadDim)
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
