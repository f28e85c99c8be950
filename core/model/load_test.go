package model_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/core/model"
	"assay/core/model/modeltest"
	"assay/gpu"
)

func TestDemoModelLoads(t *testing.T) {
	var calls, last, total int64
	m, err := model.LoadDir(context.Background(), "", openCPU(t), func(done, all int64) {
		if done <= last {
			t.Errorf("progress went from %d to %d", last, done)
		}
		calls, last, total = calls+1, done, all
	})
	ok(t, err)
	if calls == 0 || last != total || total != 13_902_336 {
		t.Errorf("progress ended at %d of %d after %d calls", last, total, calls)
	}
	c := m.Config
	if c.Layers != 8 || c.Hidden != 256 || c.KVHeads != 2 || c.BOS != 0 || !c.TieEmbeddings || m.Tokenizer == nil || m.Name != "recall-7m" {
		t.Errorf("config %+v, name %q", c, m.Name)
	}
	if f := m.LinearFLOPs(); f.QKV != 262_144 || f.O != 131_072 || f.MLP != 1_081_344 || f.Head != 2_097_152 || f.Layer() != 1_474_560 {
		t.Errorf("FLOPs %+v", f)
	}
	fsys, name, err := model.OpenDir("")
	ok(t, err)
	info, err := model.Inspect(fsys, name)
	ok(t, err)
	if info.Fingerprint != m.Fingerprint || len(m.Fingerprint) != 64 {
		t.Errorf("Inspect says %s, Load %s", info.Fingerprint, m.Fingerprint)
	}
	if info.Parameters != 6_951_168 || info.Bytes != total || info.Tokenizer != "byte-level BPE (gpt2), 2710 ids" || len(info.Tensors) != 74 {
		t.Errorf("%d parameters, %d bytes, tokenizer %q, %d tensors", info.Parameters, info.Bytes, info.Tokenizer, len(info.Tensors))
	}
}

func fingerprint(t *testing.T, dir string) string {
	t.Helper()
	info, err := model.Inspect(os.DirFS(dir), "test")
	ok(t, err)
	return info.Fingerprint
}

func TestFingerprintFollowsWhatIsComputed(t *testing.T) {
	write := func(o modeltest.Options) string {
		dir := t.TempDir()
		modeltest.Write(t, dir, o)
		return fingerprint(t, dir)
	}
	base := write(modeltest.Options{})
	if got := write(modeltest.Options{Shards: 4, NoBOS: true, Config: map[string]any{"transformers_version": "9"}}); got != base {
		t.Error("shards, special tokens or notes in the config change the fingerprint")
	}
	for name, o := range map[string]modeltest.Options{
		"another seed": {Seed: 1},
		"another base": {Theta: 20000},
		"bf16":         {DType: "BF16"},
		"one weight": {Edit: func(name string, v []float32) {
			if name == "model.norm.weight" {
				v[31] += 1e-3
			}
		}},
		"positions": {MaxPositions: 300},
		"epsilon":   {Config: map[string]any{"rms_norm_eps": 1e-6}},
	} {
		if write(o) == base {
			t.Errorf("%s does not change the fingerprint", name)
		}
	}
}

// TestBadWeightsAreNamed writes models with one fault each; Load and Inspect must give the same single line.
func TestBadWeightsAreNamed(t *testing.T) {
	spoil := func(tensor string, at int, x float64) func(string, []float32) {
		return func(name string, v []float32) {
			if name == tensor {
				v[at] = float32(x)
			}
		}
	}
	const q = "model.layers.1.self_attn.q_proj.weight"
	for name, c := range map[string]struct {
		o    modeltest.Options
		want string
	}{
		"NaN":          {modeltest.Options{Edit: spoil(q, 32*5+7, math.NaN())}, `model.safetensors: tensor "` + q + `" holds NaN at index [5 7], expected finite weights`},
		"NaN in f16":   {modeltest.Options{DType: "F16", Edit: spoil(q, 1023, math.NaN())}, `holds NaN at index [31 31]`},
		"Inf in bf16":  {modeltest.Options{DType: "BF16", Edit: spoil(q, 0, math.Inf(1))}, `holds +Inf at index [0 0]`},
		"-Inf in f32":  {modeltest.Options{Edit: spoil("model.norm.weight", 31, math.Inf(-1))}, `tensor "model.norm.weight" holds -Inf at index [31]`},
		"f16 overflow": {modeltest.Options{DType: "F16", Edit: spoil("lm_head.weight", 3, 1e6)}, `tensor "lm_head.weight" holds +Inf at index [0 3]`},
		"missing":      {modeltest.Options{Config: map[string]any{"num_hidden_layers": 3}}, `tensor "model.layers.2.input_layernorm.weight" is missing, expected shape [32]`},
		"too many":     {modeltest.Options{Config: map[string]any{"num_hidden_layers": 1}}, `tensor "model.layers.1.input_layernorm.weight" is not part of a llama model with this config.json (1 layers)`},
		"biases": {modeltest.Options{AttentionBias: true, Config: map[string]any{"attention_bias": false}},
			`tensor "model.layers.0.self_attn.k_proj.bias" is not part of a llama model with this config.json: attention_bias is not set`},
		"no head": {modeltest.Options{Tie: true, Config: map[string]any{"tie_word_embeddings": false}}, `tensor "lm_head.weight" is missing, expected shape [64 32]`},
		"mis-shaped": {modeltest.Options{Config: map[string]any{"num_key_value_heads": 4}},
			`tensor "model.layers.0.self_attn.k_proj.weight" has shape [16 32], expected [32 32] from config.json`},
		"small vocabulary": {modeltest.Options{Tokenizer: true, Vocab: 264, Config: map[string]any{"vocab_size": 200}},
			"tokenizer.json: it has ids up to 263, but the vocabulary of config.json is 200"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			modeltest.Write(t, dir, c.o)
			_, err := model.LoadDir(context.Background(), dir, openCPU(t), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%v, expected %q", err, c.want)
			}
			_, again := model.Inspect(os.DirFS(dir), filepath.Base(dir))
			if again == nil || again.Error() != err.Error() {
				t.Errorf("Inspect: %v, Load: %v", again, err)
			}
		})
	}
}

func TestUnusedTensorsAreListed(t *testing.T) {
	dir := t.TempDir()
	modeltest.Write(t, dir, modeltest.Options{Config: map[string]any{"tie_word_embeddings": true}})
	info, err := model.Inspect(os.DirFS(dir), "test")
	ok(t, err)
	if d := cmp.Diff([]string{"lm_head.weight"}, info.Ignored); d != "" {
		t.Error(d)
	}
}

func TestWeightsOfAnotherTypeAreNamed(t *testing.T) {
	dir := t.TempDir()
	modeltest.Write(t, dir, modeltest.Options{})
	path := filepath.Join(dir, "model.safetensors")
	data, err := os.ReadFile(path)
	ok(t, err)
	// I32 has the size of F32, so that the file stays well-formed.
	data = []byte(strings.Replace(string(data), `"lm_head.weight":{"data_offsets":[0,8192],"dtype":"F32"`, `"lm_head.weight":{"data_offsets":[0,8192],"dtype":"I32"`, 1))
	ok(t, os.WriteFile(path, data, 0o600))
	_, err = model.Inspect(os.DirFS(dir), "test")
	if want := `tensor "lm_head.weight" is stored as I32, expected F32, F16 or BF16`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, expected %q", err, want)
	}
}

func TestFolderFaultsAreOneLine(t *testing.T) {
	good := t.TempDir()
	modeltest.Write(t, good, modeltest.Options{Tokenizer: true})
	for name, c := range map[string]struct {
		file, text string // written over the good folder; "" removes the file
		want       string
	}{
		"no config":        {"config.json", "", "config.json: no such file or directory"},
		"broken config":    {"config.json", `{"hidden_size":`, "config.json: not valid: unexpected end of JSON input"},
		"oversized config": {"config.json", strings.Repeat(" ", 5<<20), "config.json: larger than 4194304 bytes"},
		"no weights":       {"model.safetensors", "", "no model.safetensors and no model.safetensors.index.json"},
		"broken weights":   {"model.safetensors", "\x05\x00\x00\x00\x00\x00\x00\x00{}", "model.safetensors: header length 5 exceeds the 2 bytes"},
		"broken tokenizer": {"tokenizer.json", `{"model":null}`, "tokenizer.json: model is missing"},
		"bad generation":   {"generation_config.json", `{"eos_token_id":9999}`, "generation_config.json: eos_token_id 9999 is outside the vocabulary of 320"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ok(t, os.CopyFS(dir, os.DirFS(good)))
			path := filepath.Join(dir, c.file)
			if c.text == "" {
				ok(t, os.Remove(path))
			} else {
				ok(t, os.WriteFile(path, []byte(c.text), 0o600))
			}
			_, err := model.LoadDir(context.Background(), dir, openCPU(t), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "model "+filepath.Base(dir)+": ") {
				t.Errorf("%v, expected %q", err, c.want)
			}
			if c.text == "" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v does not wrap fs.ErrNotExist", err)
			}
		})
	}
	if _, _, err := model.OpenDir(filepath.Join(good, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
	if _, _, err := model.OpenDir(filepath.Join(good, "config.json")); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file as folder: %v", err)
	}
}

func TestGenerationConfigReplacesEndTokens(t *testing.T) {
	dir := t.TempDir()
	modeltest.Write(t, dir, modeltest.Options{})
	text, err := json.Marshal(map[string]any{"eos_token_id": []int{7, 8}})
	ok(t, err)
	ok(t, os.WriteFile(filepath.Join(dir, "generation_config.json"), text, 0o600))
	m := load(t, dir)
	if d := cmp.Diff([]int{7, 8}, m.Config.EOS); d != "" {
		t.Error(d)
	}
	if m.Tokenizer != nil {
		t.Error("a tokenizer came out of nowhere")
	}
}

func TestLoadStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, err := model.LoadDir(ctx, "", openCPU(t), func(done, total int64) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, expected context.Canceled", err)
	}
}

func BenchmarkLoadDemo(b *testing.B) {
	dev, err := gpu.Open("cpu", gpu.Options{})
	ok(b, err)
	defer dev.Close()
	for b.Loop() {
		_, err := model.LoadDir(context.Background(), "", dev, nil)
		ok(b, err)
	}
}
