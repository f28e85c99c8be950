package model

import (
	"fmt"
	"slices"
	"strings"
)

// family is one row of the table of architectures: how files name it and which tensors it needs.
type family struct {
	modelType    string
	architecture string
	// window says that sliding_window belongs to the family.
	window bool
	// tensors lists every tensor that a model of this configuration must have, in a fixed order.
	tensors func(Config) []tensorSpec
}

// families is the table. A family that computes anything differently needs a row here and its own steps in forward.go.
func families() []family {
	return []family{
		{modelType: "llama", architecture: "LlamaForCausalLM", tensors: llamaTensors},
		{modelType: "mistral", architecture: "MistralForCausalLM", window: true, tensors: llamaTensors},
	}
}

// familyOf finds the row that config.json names. Architecture and model type must both be known, where given, and agree.
func familyOf(raw rawConfig) (family, error) {
	table := families()
	names := make([]string, len(table))
	for i, f := range table {
		names[i] = f.architecture
	}
	known := strings.Join(names, ", ")
	if len(raw.Architectures) == 0 && raw.ModelType == nil {
		return family{}, fmt.Errorf("architectures and model_type are missing, expected one of %s", known)
	}
	if len(raw.Architectures) > 1 {
		return family{}, fmt.Errorf("architectures lists %d names, expected one", len(raw.Architectures))
	}
	i := -1
	if len(raw.Architectures) == 1 {
		name := raw.Architectures[0]
		if i = slices.Index(names, name); i < 0 {
			return family{}, fmt.Errorf("unknown architecture %q, expected one of %s", name, known)
		}
	}
	if raw.ModelType != nil {
		j := slices.IndexFunc(table, func(f family) bool { return f.modelType == *raw.ModelType })
		if j < 0 {
			return family{}, fmt.Errorf("unknown model_type %q, expected the type of one of %s", *raw.ModelType, known)
		}
		if i >= 0 && i != j {
			return family{}, fmt.Errorf("architecture %q does not go with model_type %q", raw.Architectures[0], *raw.ModelType)
		}
		i = j
	}
	return table[i], nil
}

// familyFor is familyOf for a configuration that was parsed before.
func familyFor(c Config) (family, error) {
	for _, f := range families() {
		if f.modelType == c.ModelType {
			return f, nil
		}
	}
	return family{}, fmt.Errorf("unknown model_type %q", c.ModelType)
}

// role says where a tensor belongs in the forward pass.
type role uint8

const (
	roleEmbed role = iota
	roleInputNorm
	roleQ
	roleK
	roleV
	roleO
	rolePostNorm
	roleGate
	roleUp
	roleDown
	roleFinalNorm
	roleHead
)

// tensorSpec is one tensor that a model must have.
type tensorSpec struct {
	name  string
	role  role
	layer int // -1 outside the layers
	bias  bool
	shape []int
}

// llamaTensors lists the tensors of the Llama layout.
func llamaTensors(c Config) []tensorSpec {
	specs := []tensorSpec{{"model.embed_tokens.weight", roleEmbed, -1, false, []int{c.Vocab, c.Hidden}}}
	for l := range c.Layers {
		prefix := fmt.Sprintf("model.layers.%d.", l)
		norm := func(name string, r role) {
			specs = append(specs, tensorSpec{prefix + name + ".weight", r, l, false, []int{c.Hidden}})
		}
		linear := func(name string, r role, out, in int, bias bool) {
			specs = append(specs, tensorSpec{prefix + name + ".weight", r, l, false, []int{out, in}})
			if bias {
				specs = append(specs, tensorSpec{prefix + name + ".bias", r, l, true, []int{out}})
			}
		}
		norm("input_layernorm", roleInputNorm)
		linear("self_attn.q_proj", roleQ, c.QDim(), c.Hidden, c.AttentionBias)
		linear("self_attn.k_proj", roleK, c.KVDim(), c.Hidden, c.AttentionBias)
		linear("self_attn.v_proj", roleV, c.KVDim(), c.Hidden, c.AttentionBias)
		linear("self_attn.o_proj", roleO, c.Hidden, c.QDim(), c.AttentionBias)
		norm("post_attention_layernorm", rolePostNorm)
		linear("mlp.gate_proj", roleGate, c.Intermediate, c.Hidden, c.MLPBias)
		linear("mlp.up_proj", roleUp, c.Intermediate, c.Hidden, c.MLPBias)
		linear("mlp.down_proj", roleDown, c.Hidden, c.Intermediate, c.MLPBias)
	}
	specs = append(specs, tensorSpec{"model.norm.weight", roleFinalNorm, -1, false, []int{c.Hidden}})
	if !c.TieEmbeddings {
		specs = append(specs, tensorSpec{"lm_head.weight", roleHead, -1, false, []int{c.Vocab, c.Hidden}})
	}
	return specs
}

// idle reports a tensor that some files carry although the family computes it or never reads it: rotary tables of early
// exports, and a copy of the embedding beside tied weights.
func idle(c Config, name string) bool {
	return strings.HasSuffix(name, ".rotary_emb.inv_freq") || (c.TieEmbeddings && name == "lm_head.weight")
}
