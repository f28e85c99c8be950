package modeltest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"assay/core/prng"
)

// Options are the sizes and features of a model to write. Zero values take the defaults given.
type Options struct {
	// Seed draws the weights.
	Seed uint64
	// ModelType is "llama" (default) or "mistral".
	ModelType string
	// Hidden 32, Intermediate 48, Layers 2, Heads 4, KVHeads 2, HeadDim 8, Vocab 64 (320 with a tokenizer),
	// MaxPositions 256.
	Hidden, Intermediate, Layers, Heads, KVHeads, HeadDim, Vocab, MaxPositions int
	// DType is the storage type of the matrices: "F32" (default), "F16" or "BF16". NormDType is that of norms and
	// biases, by default the same.
	DType, NormDType string
	// Tie leaves out lm_head; AttentionBias and MLPBias add biases.
	Tie, AttentionBias, MLPBias bool
	// Theta is rope_theta, default 10000. RopeScaling becomes rope_scaling, nil leaves it out.
	Theta       float64
	RopeScaling map[string]any
	// Window is sliding_window for model type mistral; 0 leaves it out.
	Window int
	// NoBOS leaves bos_token_id out; otherwise it is 0. eos_token_id is 1.
	NoBOS bool
	// Tokenizer also writes a tokenizer.json: ids 0 and 1 are <|begin|> and <|end|>, 2 to 257 are the bytes, the rest are
	// merges of common English pairs.
	Tokenizer bool
	// Shards above 1 spreads the tensors over so many files with an index.
	Shards int
	// Config adds or replaces entries of config.json; a nil value removes one.
	Config map[string]any
	// Edit, where not nil, changes a tensor's values before they are stored.
	Edit func(name string, values []float32)
}

// Tensor is one weight as it was stored.
type Tensor struct {
	// Shape is [out, in] for matrices, [n] for vectors.
	Shape []int
	// DType is the storage type.
	DType string
	// Data are the values after rounding to the storage type.
	Data []float32
}

// Files is a model that was written.
type Files struct {
	// Options are those given, defaults filled in.
	Options Options
	// Tensors holds every weight by name.
	Tensors map[string]Tensor
}

// Write writes a random model folder into dir and returns what it holds. It fails the test when a file cannot be written.
func Write(t testing.TB, dir string, o Options) *Files {
	t.Helper()
	o.defaults()
	f := &Files{Options: o, Tensors: map[string]Tensor{}}
	f.draw()
	writeJSON(t, filepath.Join(dir, "config.json"), f.config())
	if o.Tokenizer {
		writeJSON(t, filepath.Join(dir, "tokenizer.json"), byteTokenizer(o.Vocab))
	}
	f.writeTensors(t, dir)
	return f
}

func (o *Options) defaults() {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&o.Hidden, 32)
	set(&o.Intermediate, 48)
	set(&o.Layers, 2)
	set(&o.Heads, 4)
	set(&o.KVHeads, 2)
	set(&o.HeadDim, 8)
	set(&o.MaxPositions, 256)
	set(&o.Shards, 1)
	if o.Tokenizer {
		set(&o.Vocab, 320)
	}
	set(&o.Vocab, 64)
	if o.ModelType == "" {
		o.ModelType = "llama"
	}
	if o.DType == "" {
		o.DType = "F32"
	}
	if o.NormDType == "" {
		o.NormDType = o.DType
	}
	if o.Theta == 0 {
		o.Theta = 10000
	}
}

// draw fills Tensors. Matrices have the variance that keeps activations near 1, a little more for queries and keys so
// that attention is far from uniform; norms lie around 1, biases around 0.
func (f *Files) draw() {
	o := f.Options
	rng := prng.New(o.Seed, "modeltest")
	add := func(name, dtype string, mean, dev float64, shape ...int) {
		n := 1
		for _, d := range shape {
			n *= d
		}
		data := make([]float32, n)
		for i := range data {
			data[i] = float32(mean + dev*rng.NormFloat64())
		}
		if o.Edit != nil {
			o.Edit(name, data)
		}
		for i, x := range data {
			data[i], _ = roundTo(dtype, x)
		}
		f.Tensors[name] = Tensor{Shape: shape, DType: dtype, Data: data}
	}
	matrix := func(name string, gain float64, out, in int) {
		add(name, o.DType, 0, gain/math.Sqrt(float64(in)), out, in)
	}
	linear := func(name string, gain float64, out, in int, bias bool) {
		matrix(name+".weight", gain, out, in)
		if bias {
			add(name+".bias", o.NormDType, 0, 0.3, out)
		}
	}
	add("model.embed_tokens.weight", o.DType, 0, 1, o.Vocab, o.Hidden)
	for l := range o.Layers {
		p := fmt.Sprintf("model.layers.%d.", l)
		add(p+"input_layernorm.weight", o.NormDType, 1, 0.1, o.Hidden)
		add(p+"post_attention_layernorm.weight", o.NormDType, 1, 0.1, o.Hidden)
		linear(p+"self_attn.q_proj", 1.6, o.Heads*o.HeadDim, o.Hidden, o.AttentionBias)
		linear(p+"self_attn.k_proj", 1.6, o.KVHeads*o.HeadDim, o.Hidden, o.AttentionBias)
		linear(p+"self_attn.v_proj", 1, o.KVHeads*o.HeadDim, o.Hidden, o.AttentionBias)
		linear(p+"self_attn.o_proj", 1, o.Hidden, o.Heads*o.HeadDim, o.AttentionBias)
		linear(p+"mlp.gate_proj", 1, o.Intermediate, o.Hidden, o.MLPBias)
		linear(p+"mlp.up_proj", 1, o.Intermediate, o.Hidden, o.MLPBias)
		linear(p+"mlp.down_proj", 1, o.Hidden, o.Intermediate, o.MLPBias)
	}
	add("model.norm.weight", o.NormDType, 1, 0.1, o.Hidden)
	if !o.Tie {
		matrix("lm_head.weight", 1, o.Vocab, o.Hidden)
	}
}

func (f *Files) config() map[string]any {
	o := f.Options
	class := map[string]string{"llama": "LlamaForCausalLM", "mistral": "MistralForCausalLM"}[o.ModelType]
	dtype := map[string]string{"F32": "float32", "F16": "float16", "BF16": "bfloat16"}[o.DType]
	c := map[string]any{
		"architectures": []string{class}, "model_type": o.ModelType, "hidden_act": "silu",
		"hidden_size": o.Hidden, "intermediate_size": o.Intermediate, "num_hidden_layers": o.Layers,
		"num_attention_heads": o.Heads, "num_key_value_heads": o.KVHeads, "head_dim": o.HeadDim, "vocab_size": o.Vocab,
		"max_position_embeddings": o.MaxPositions, "rms_norm_eps": 1e-5, "rope_theta": o.Theta, "torch_dtype": dtype,
		"tie_word_embeddings": o.Tie, "attention_bias": o.AttentionBias, "mlp_bias": o.MLPBias, "eos_token_id": 1,
	}
	if !o.NoBOS {
		c["bos_token_id"] = 0
	}
	if o.RopeScaling != nil {
		c["rope_scaling"] = o.RopeScaling
	}
	if o.Window > 0 {
		c["sliding_window"] = o.Window
	}
	for k, v := range o.Config {
		if v == nil {
			delete(c, k)
		} else {
			c[k] = v
		}
	}
	return c
}

// writeTensors writes the weights in order of their names, cut into as many files as asked for.
func (f *Files) writeTensors(t testing.TB, dir string) {
	t.Helper()
	names := slices.Sorted(maps.Keys(f.Tensors))
	n := f.Options.Shards
	if n == 1 {
		f.writeFile(t, filepath.Join(dir, "model.safetensors"), names)
		return
	}
	where := map[string]string{}
	for i := range n {
		part := names[i*len(names)/n : (i+1)*len(names)/n]
		file := fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, n)
		f.writeFile(t, filepath.Join(dir, file), part)
		for _, name := range part {
			where[name] = file
		}
	}
	writeJSON(t, filepath.Join(dir, "model.safetensors.index.json"), map[string]any{"weight_map": where})
}

func (f *Files) writeFile(t testing.TB, path string, names []string) {
	t.Helper()
	header := map[string]any{"__metadata__": map[string]string{"format": "pt"}}
	var data []byte
	for _, name := range names {
		w := f.Tensors[name]
		begin := len(data)
		for _, x := range w.Data {
			_, b := roundTo(w.DType, x)
			data = append(data, b...)
		}
		header[name] = map[string]any{"dtype": w.DType, "shape": w.Shape, "data_offsets": []int{begin, len(data)}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	out = append(append(out, text...), data...)
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeJSON(t testing.TB, path string, v any) {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
