package model_test

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/core/model"
)

// base is a complete small configuration.
func base() map[string]any {
	return map[string]any{
		"architectures": []any{"LlamaForCausalLM"}, "model_type": "llama", "hidden_size": 64, "intermediate_size": 96,
		"num_hidden_layers": 3, "num_attention_heads": 8, "vocab_size": 100, "max_position_embeddings": 512, "rms_norm_eps": 1e-6,
	}
}

func configText(t testing.TB, change map[string]any) []byte {
	t.Helper()
	c := base()
	for k, v := range change {
		c[k] = v
		if v == nil {
			delete(c, k)
		}
	}
	text, err := json.Marshal(c)
	ok(t, err)
	return text
}

func TestParseConfigFillsInDefaults(t *testing.T) {
	got, err := model.ParseConfig(configText(t, nil))
	ok(t, err)
	want := model.Config{
		Architecture: "LlamaForCausalLM", ModelType: "llama", Hidden: 64, Intermediate: 96, Layers: 3, Heads: 8, KVHeads: 8,
		HeadDim: 8, Vocab: 100, MaxPositions: 512, RMSEps: 1e-6, BOS: -1,
		RoPE: model.RoPE{Type: "default", Theta: 10000, Factor: 1, Dim: 8},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestParseConfigReadsOlderAndNewerForms(t *testing.T) {
	type object = map[string]any
	llama3 := object{"factor": 32, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 8192}
	with := func(o object, k string, v any) object {
		out := object{k: v}
		maps.Copy(out, o)
		return out
	}
	wantLlama3 := model.RoPE{Type: "llama3", Theta: 5e5, Factor: 32, LowFreq: 1, HighFreq: 4, OriginalMax: 8192, Dim: 8}
	for name, c := range map[string]struct {
		change object
		check  func(model.Config) bool
	}{
		"kv heads and head width": {object{"num_key_value_heads": 2, "head_dim": 16}, func(c model.Config) bool {
			return c.KVHeads == 2 && c.HeadDim == 16 && c.QDim() == 128 && c.KVDim() == 32 && c.RoPE.Dim == 16
		}},
		"flags":            {object{"tie_word_embeddings": true, "attention_bias": true, "mlp_bias": true}, func(c model.Config) bool { return c.TieEmbeddings && c.AttentionBias && c.MLPBias }},
		"one eos":          {object{"eos_token_id": 5, "bos_token_id": 0}, func(c model.Config) bool { return len(c.EOS) == 1 && c.EOS[0] == 5 && c.BOS == 0 }},
		"eos list":         {object{"eos_token_id": []int{5, 6}}, func(c model.Config) bool { return len(c.EOS) == 2 && c.EOS[1] == 6 }},
		"torch_dtype":      {object{"torch_dtype": "float16"}, func(c model.Config) bool { return c.DType == "float16" }},
		"dtype":            {object{"dtype": "torch.bfloat16"}, func(c model.Config) bool { return c.DType == "bfloat16" }},
		"type alone":       {object{"architectures": nil}, func(c model.Config) bool { return c.Architecture == "LlamaForCausalLM" }},
		"class alone":      {object{"model_type": nil}, func(c model.Config) bool { return c.ModelType == "llama" }},
		"mistral":          {object{"architectures": nil, "model_type": "mistral", "sliding_window": 128}, func(c model.Config) bool { return c.SlidingWindow == 128 }},
		"null window":      {object{"sliding_window": json.RawMessage("null")}, func(c model.Config) bool { return c.SlidingWindow == 0 }},
		"linear, type":     {object{"rope_scaling": object{"type": "linear", "factor": 2}}, func(c model.Config) bool { return c.RoPE.Type == "linear" && c.RoPE.Factor == 2 }},
		"both names":       {object{"rope_scaling": object{"type": "linear", "rope_type": "linear", "factor": 2}}, func(c model.Config) bool { return c.RoPE.Type == "linear" }},
		"default by name":  {object{"rope_scaling": object{"rope_type": "default"}}, func(c model.Config) bool { return c.RoPE.Type == "default" }},
		"llama3":           {object{"rope_theta": 5e5, "rope_scaling": with(llama3, "rope_type", "llama3")}, func(c model.Config) bool { return c.RoPE == wantLlama3 }},
		"rope_parameters":  {object{"rope_parameters": with(with(llama3, "rope_type", "llama3"), "rope_theta", 5e5)}, func(c model.Config) bool { return c.RoPE == wantLlama3 }},
		"only a base":      {object{"rope_parameters": object{"rope_theta": 1e6}}, func(c model.Config) bool { return c.RoPE.Theta == 1e6 && c.RoPE.Type == "default" }},
		"same base twice":  {object{"rope_theta": 1e6, "rope_parameters": object{"rope_theta": 1e6, "rope_type": "default"}}, func(c model.Config) bool { return c.RoPE.Theta == 1e6 }},
		"full layer types": {object{"layer_types": []string{"full_attention", "full_attention", "full_attention"}}, func(c model.Config) bool { return c.Layers == 3 }},
	} {
		got, err := model.ParseConfig(configText(t, c.change))
		if err != nil || !c.check(got) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

func TestParseConfigRefusesByName(t *testing.T) {
	type object = map[string]any
	for name, c := range map[string]struct {
		change object
		want   string
	}{
		"unknown architecture":   {object{"architectures": []string{"GPT2LMHeadModel"}}, `unknown architecture "GPT2LMHeadModel", expected one of LlamaForCausalLM`},
		"unknown model type":     {object{"architectures": nil, "model_type": "mamba"}, `unknown model_type "mamba"`},
		"class against type":     {object{"model_type": "mistral"}, `architecture "LlamaForCausalLM" does not go with model_type "mistral"`},
		"two architectures":      {object{"architectures": []string{"A", "B"}}, "architectures lists 2 names"},
		"no architecture":        {object{"architectures": nil, "model_type": nil}, "architectures and model_type are missing"},
		"missing hidden":         {object{"hidden_size": nil}, "hidden_size is missing"},
		"missing eps":            {object{"rms_norm_eps": nil}, "rms_norm_eps is missing"},
		"missing positions":      {object{"max_position_embeddings": nil}, "max_position_embeddings is missing"},
		"no heads":               {object{"num_attention_heads": 0}, "num_attention_heads is 0, expected 1 to 1024"},
		"negative layers":        {object{"num_hidden_layers": -1}, "num_hidden_layers is -1"},
		"too many layers":        {object{"num_hidden_layers": 100000}, "num_hidden_layers is 100000"},
		"no vocabulary":          {object{"vocab_size": 0}, "vocab_size is 0"},
		"huge positions":         {object{"max_position_embeddings": 1 << 40}, "max_position_embeddings is 1099511627776"},
		"heads do not divide":    {object{"num_attention_heads": 7}, "hidden_size 64 is not a multiple of num_attention_heads 7"},
		"groups do not divide":   {object{"num_key_value_heads": 3}, "num_attention_heads 8 is not a multiple of num_key_value_heads 3"},
		"no kv heads":            {object{"num_key_value_heads": 0}, "num_key_value_heads is 0"},
		"odd head":               {object{"head_dim": 7}, "head_dim is 7, expected an even number"},
		"eps of zero":            {object{"rms_norm_eps": 0}, "rms_norm_eps is 0"},
		"other activation":       {object{"hidden_act": "gelu"}, `unsupported activation "gelu"`},
		"quantised":              {object{"quantization_config": object{"bits": 4}}, "quantization_config is set"},
		"partial rotary":         {object{"partial_rotary_factor": 0.5}, "unsupported partial_rotary_factor 0.5"},
		"window of llama":        {object{"sliding_window": 64}, `sliding_window is 64, but model type "llama" has none`},
		"mixed layers":           {object{"layer_types": []string{"full_attention", "sliding_attention", "full_attention"}}, `layer 1 is "sliding_attention"`},
		"layers miscounted":      {object{"layer_types": []string{"full_attention"}}, "layer_types lists 1 layers, but num_hidden_layers is 3"},
		"bos outside":            {object{"bos_token_id": 100}, "bos_token_id is 100, outside the vocabulary of 100"},
		"eos outside":            {object{"eos_token_id": []int{1, -1}}, "eos_token_id -1 is outside the vocabulary of 100"},
		"eos text":               {object{"eos_token_id": "end"}, "expected a token id or a list of token ids"},
		"dtypes differ":          {object{"torch_dtype": "float16", "dtype": "float32"}, `torch_dtype "float16" and dtype "float32" differ`},
		"wrong JSON type":        {object{"hidden_size": "64"}, "hidden_size is a JSON string, expected an integer"},
		"fraction":               {object{"hidden_size": 64.5}, "hidden_size is a JSON number 64.5, expected an integer"},
		"unknown rope":           {object{"rope_scaling": object{"rope_type": "yarn", "factor": 4}}, `unknown rope type "yarn" in rope_scaling, expected default, linear or llama3`},
		"rope without type":      {object{"rope_scaling": object{"factor": 4}}, "rope_scaling has no rope_type"},
		"rope types differ":      {object{"rope_scaling": object{"rope_type": "linear", "type": "llama3"}}, `rope_type "linear" and type "llama3" differ`},
		"rope type a number":     {object{"rope_scaling": object{"type": 3}}, "rope_scaling.type is 3, expected a string"},
		"rope by layer":          {object{"rope_parameters": object{"full_attention": object{"rope_type": "default"}}}, `"full_attention" is an object`},
		"unknown rope parameter": {object{"rope_scaling": object{"type": "linear", "factor": 2, "mscale": 1}}, `unsupported parameter "mscale" in rope_scaling of type "linear"`},
		"no factor":              {object{"rope_scaling": object{"type": "linear"}}, "rope_scaling.factor is missing"},
		"factor below one":       {object{"rope_scaling": object{"type": "linear", "factor": 0.5}}, "rope_scaling.factor is 0.5, expected at least 1"},
		"factor text":            {object{"rope_scaling": object{"type": "linear", "factor": "2"}}, `rope_scaling.factor is "2", expected a number`},
		"llama3 incomplete":      {object{"rope_scaling": object{"type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4}}, "rope_scaling.original_max_position_embeddings is missing"},
		"llama3 backwards":       {object{"rope_scaling": object{"type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 1, "original_max_position_embeddings": 8192}}, "expected 0 < low < high"},
		"both rope places":       {object{"rope_scaling": object{"type": "default"}, "rope_parameters": object{"rope_type": "default"}}, "rope_scaling and rope_parameters are both set"},
		"bases differ":           {object{"rope_theta": 1e4, "rope_parameters": object{"rope_theta": 1e6}}, "rope_theta is 10000, but rope_parameters.rope_theta is 1e+06"},
		"base of zero":           {object{"rope_theta": 0}, "rope_theta is 0"},
	} {
		_, err := model.ParseConfig(configText(t, c.change))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, expected %q", name, err, c.want)
		}
	}
	for _, text := range []string{"", "{", "[]", "null", `"x"`} {
		if _, err := model.ParseConfig([]byte(text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestInvFreqMatchesPublishedFormulas(t *testing.T) {
	text, err := os.ReadFile("testdata/rope.json") // computed with numpy
	ok(t, err)
	var want map[string][]float64
	ok(t, json.Unmarshal(text, &want))
	for name, r := range map[string]model.RoPE{
		"default": {Type: model.RoPEDefault, Theta: 1e4, Factor: 1, Dim: 16},
		"linear":  {Type: model.RoPELinear, Theta: 1e6, Factor: 4, Dim: 16},
		"llama3":  {Type: model.RoPELlama3, Theta: 5e5, Factor: 32, LowFreq: 1, HighFreq: 4, OriginalMax: 8192, Dim: 64},
	} {
		got := r.InvFreq()
		if len(got) != len(want[name]) {
			t.Fatalf("%s: %d frequencies, expected %d", name, len(got), len(want[name]))
		}
		for i, w := range want[name] {
			if math.Abs(got[i]-w) > 1e-14*w+1e-300 && math.Abs(got[i]/w-1) > 1e-13 {
				t.Errorf("%s: frequency %d is %g, expected %g", name, i, got[i], w)
			}
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(configText(f, nil))
	f.Add(configText(f, map[string]any{"rope_parameters": map[string]any{"rope_type": "llama3", "rope_theta": 5e5, "factor": 8,
		"low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 8192}, "eos_token_id": []int{1, 2}}))
	f.Add(configText(f, map[string]any{"rope_scaling": map[string]any{"type": "linear", "factor": 2}, "head_dim": 6, "num_key_value_heads": 4}))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := model.ParseConfig(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("error of more than one line: %q", err)
			}
			return
		}
		if c.Heads%c.KVHeads != 0 || c.HeadDim%2 != 0 || c.Layers < 1 || c.Vocab < 1 || c.BOS >= c.Vocab {
			t.Fatalf("accepted %+v", c)
		}
		for i, w := range c.RoPE.InvFreq() {
			if !(w >= 0 && w <= 1) {
				t.Fatalf("frequency %d of %+v is %g", i, c.RoPE, w)
			}
		}
		if f := c.LinearFLOPs(); f.QKV <= 0 || f.O <= 0 || f.MLP <= 0 || f.Head <= 0 {
			t.Fatalf("FLOPs %+v of %+v", f, c)
		}
	})
}
