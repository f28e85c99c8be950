package model_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"assay/core/model"
	"assay/core/model/modeltest"
	"assay/gpu"
)

// maxLogitError bounds the difference between our float32 logits, of magnitude about 10, and a float64 computation.
const maxLogitError = 1e-3

func openCPU(t testing.TB) *gpu.Device {
	t.Helper()
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	return dev
}

func load(t testing.TB, dir string) *model.Model {
	t.Helper()
	m, err := model.LoadDir(context.Background(), dir, openCPU(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func tensor(t testing.TB, m *model.Model, dims ...int) gpu.Tensor {
	t.Helper()
	x, err := m.Device.New(gpu.F32, dims...)
	ok(t, err)
	return x
}

// prefill runs a whole text and returns the logits of every position.
func prefill(t testing.TB, m *model.Model, ids []int32) [][]float32 {
	t.Helper()
	c, n := m.Config, len(ids)
	s, ws := m.Device.NewStream(), model.NewWorkspace(m)
	x, logits := tensor(t, m, n, c.Hidden), tensor(t, m, n, c.Vocab)
	q, attn := tensor(t, m, n, c.Heads, c.HeadDim), tensor(t, m, n, c.Heads, c.HeadDim)
	k, v := tensor(t, m, n, c.KVHeads, c.HeadDim), tensor(t, m, n, c.KVHeads, c.HeadDim)
	pos := make([]int32, n)
	for i := range pos {
		pos[i] = int32(i)
	}
	opt := m.AttentionOpt()
	opt.QPos, opt.KPos = pos, pos
	ok(t, m.Embed(s, x, ids))
	for l := range c.Layers {
		ok(t, m.QKV(s, ws, l, q, k, v, x))
		ok(t, m.Rotate(s, q, q, pos))
		ok(t, m.Rotate(s, k, k, pos))
		ok(t, s.Attention(attn, q, k, v, opt))
		ok(t, m.Finish(s, ws, l, x, attn))
	}
	ok(t, m.Logits(s, ws, logits, x))
	return rows(t, s, logits)
}

// rows downloads a matrix.
func rows(t testing.TB, s *gpu.Stream, x gpu.Tensor) [][]float32 {
	t.Helper()
	flat := make([]float32, x.Len())
	ok(t, s.Download(flat, x))
	width := x.Len() / x.Dim(0)
	out := make([][]float32, x.Dim(0))
	for i := range out {
		out[i] = flat[i*width : (i+1)*width]
	}
	return out
}

func TestLogitsMatchFloat64(t *testing.T) {
	cases := map[string]modeltest.Options{
		"plain":          {},
		"f16":            {DType: "F16"},
		"bf16 tied":      {DType: "BF16", Tie: true},
		"biases":         {AttentionBias: true, MLPBias: true, DType: "BF16", NormDType: "F32"},
		"own head width": {Hidden: 40, Heads: 6, KVHeads: 3, HeadDim: 10, Intermediate: 56},
		"one kv head":    {Heads: 4, KVHeads: 1},
		"linear rope":    {RopeScaling: map[string]any{"type": "linear", "factor": 4.0}},
		"llama3 rope": {Theta: 500000, HeadDim: 16, MaxPositions: 512, RopeScaling: map[string]any{"rope_type": "llama3", "factor": 8.0,
			"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}},
		"mistral window": {ModelType: "mistral", Window: 9},
		"three shards":   {Shards: 3},
	}
	for name, o := range cases {
		t.Run(name, func(t *testing.T) {
			o.Seed = 5
			dir := t.TempDir()
			want := modeltest.Write(t, dir, o)
			m := load(t, dir)
			ids := make([]int32, 70) // longer than a key tile of the attention kernel
			for i := range ids {
				ids[i] = int32((i*i + 7*i) % m.Config.Vocab)
			}
			worst := 0.0
			ref := want.Logits(ids)
			for p, row := range prefill(t, m, ids) {
				for i, x := range row {
					worst = max(worst, math.Abs(float64(x)-ref[p][i]))
				}
			}
			if !(worst < maxLogitError/5) { // logits of these models lie within 5
				t.Errorf("logits differ by up to %g", worst)
			}
			t.Logf("largest difference %.2g", worst)
		})
	}
}

// TestDemoLogitsMatchNumpy compares with a float64 forward pass in numpy over one archive of the demo world. With
// ASSAY_TEST_LOGITS naming a file of all its logits as float64, every one is compared.
func TestDemoLogitsMatchNumpy(t *testing.T) {
	text, err := os.ReadFile("testdata/demo-logits.json")
	ok(t, err)
	var golden struct {
		Text   string
		IDs    []int32
		Stride int
		Rows   []struct {
			Position, Argmax int
			Logits           []float64
		}
	}
	ok(t, json.Unmarshal(text, &golden))
	m := load(t, "")
	if got := append([]int32{int32(m.Config.BOS)}, m.Tokenizer.Encode(golden.Text)...); len(got) != len(golden.IDs) {
		t.Fatalf("the text has %d tokens, expected %d", len(got), len(golden.IDs))
	}
	logits := prefill(t, m, golden.IDs)
	last, err := m.Prefill(m.Device.NewStream(), golden.IDs)
	ok(t, err)
	if !slices.Equal(last, logits[len(logits)-1]) {
		t.Error("Prefill gives other logits than the steps it is made of")
	}
	worst := 0.0
	for _, r := range golden.Rows {
		row := logits[r.Position]
		for i, want := range r.Logits {
			worst = max(worst, math.Abs(float64(row[i*golden.Stride])-want))
		}
		best := 0
		for i, x := range row {
			if x > row[best] {
				best = i
			}
		}
		if best != r.Argmax {
			t.Errorf("position %d: most likely token %d, expected %d", r.Position, best, r.Argmax)
		}
	}
	if path := os.Getenv("ASSAY_TEST_LOGITS"); path != "" {
		all, err := os.ReadFile(path)
		ok(t, err)
		for i := range len(all) / 8 {
			want := math.Float64frombits(binary.LittleEndian.Uint64(all[8*i:]))
			worst = max(worst, math.Abs(float64(logits[i/m.Config.Vocab][i%m.Config.Vocab])-want))
		}
	}
	if !(worst < maxLogitError) {
		t.Errorf("logits differ by up to %g", worst)
	}
	t.Logf("largest difference %.2g over %d tokens", worst, len(golden.IDs))
}
