package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"
)

// configFile and generationFile are the files of a model folder that describe it.
const (
	configFile     = "config.json"
	generationFile = "generation_config.json"
)

// maxConfig bounds config files in bytes. Published ones are a few kilobytes.
const maxConfig = 4 << 20

// Limits on a configuration. They lie far beyond every published model of the families in the table and keep a damaged
// file from asking for absurd tables; the weights themselves are checked against the file that holds them.
const (
	maxLayers       = 1024
	maxHidden       = 1 << 17
	maxIntermediate = 1 << 20
	maxHeads        = 1024
	maxHeadDim      = 1024
	maxVocab        = 1 << 22
	maxPositions    = 1 << 20
)

// Config is the part of a model's description that its forward pass depends on.
type Config struct {
	// Architecture is the class that the file names, "LlamaForCausalLM"; ModelType its family, "llama".
	Architecture, ModelType string
	// Hidden is the width of the residual stream, Intermediate that of the MLP.
	Hidden, Intermediate int
	// Layers counts decoder layers.
	Layers int
	// Heads and KVHeads count query and key/value heads: query head h reads key/value head h*KVHeads/Heads.
	Heads, KVHeads int
	// HeadDim is the width of one head. It need not be Hidden/Heads.
	HeadDim int
	// Vocab is the number of rows of the embedding, hence of logits.
	Vocab int
	// MaxPositions is the longest context, in tokens.
	MaxPositions int
	// RMSEps is added to the mean square in every RMSNorm.
	RMSEps float32
	// RoPE describes the rotary position embedding.
	RoPE RoPE
	// TieEmbeddings says that the output head is the embedding matrix.
	TieEmbeddings bool
	// AttentionBias says that the q, k, v and o projections have biases; MLPBias the same of gate, up and down.
	AttentionBias, MLPBias bool
	// SlidingWindow is the number of positions, its own included, that a token attends to; 0 means all.
	SlidingWindow int
	// BOS is the token that begins a text, -1 when the model has none.
	BOS int
	// EOS lists the tokens that end a text; it may be empty.
	EOS []int
	// DType is the type that the file says the weights are stored in, "float16"; "" when it does not say.
	DType string
}

// QDim is the width of all query heads side by side.
func (c Config) QDim() int { return c.Heads * c.HeadDim }

// KVDim is the width of all key (or value) heads side by side: the channels of one cached row.
func (c Config) KVDim() int { return c.KVHeads * c.HeadDim }

// rawConfig mirrors config.json. Pointers tell a missing field from a zero one.
type rawConfig struct {
	Architectures  []string                   `json:"architectures"`
	ModelType      *string                    `json:"model_type"`
	HiddenSize     *int                       `json:"hidden_size"`
	Intermediate   *int                       `json:"intermediate_size"`
	Layers         *int                       `json:"num_hidden_layers"`
	Heads          *int                       `json:"num_attention_heads"`
	KVHeads        *int                       `json:"num_key_value_heads"`
	HeadDim        *int                       `json:"head_dim"`
	Vocab          *int                       `json:"vocab_size"`
	MaxPositions   *int                       `json:"max_position_embeddings"`
	RMSEps         *float64                   `json:"rms_norm_eps"`
	HiddenAct      *string                    `json:"hidden_act"`
	Tie            *bool                      `json:"tie_word_embeddings"`
	AttentionBias  *bool                      `json:"attention_bias"`
	MLPBias        *bool                      `json:"mlp_bias"`
	SlidingWindow  *int                       `json:"sliding_window"`
	LayerTypes     []string                   `json:"layer_types"`
	BOS            *int                       `json:"bos_token_id"`
	EOS            tokenIDs                   `json:"eos_token_id"`
	TorchDType     *string                    `json:"torch_dtype"`
	DType          *string                    `json:"dtype"`
	RopeTheta      *float64                   `json:"rope_theta"`
	RopeScaling    map[string]json.RawMessage `json:"rope_scaling"`
	RopeParameters map[string]json.RawMessage `json:"rope_parameters"`
	PartialRotary  *float64                   `json:"partial_rotary_factor"`
	Quantization   json.RawMessage            `json:"quantization_config"`
}

// tokenIDs accepts one id, a list of ids or null.
type tokenIDs []int

func (t *tokenIDs) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*t = nil
		return nil
	}
	var one int
	if json.Unmarshal(text, &one) == nil {
		*t = tokenIDs{one}
		return nil
	}
	var many []int
	if err := json.Unmarshal(text, &many); err != nil {
		return errors.New("expected a token id or a list of token ids")
	}
	*t = many
	return nil
}

// readConfig reads and checks the folder's config.json, and generation_config.json where there is one.
func readConfig(fsys fs.FS) (Config, error) {
	text, err := readSmall(fsys, configFile)
	if err != nil {
		return Config{}, err
	}
	c, err := ParseConfig(text)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", configFile, err)
	}
	text, err = readSmall(fsys, generationFile)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return Config{}, err
	}
	if err := c.applyGeneration(text); err != nil {
		return Config{}, fmt.Errorf("%s: %w", generationFile, err)
	}
	return c, nil
}

// readSmall reads a whole file of at most maxConfig bytes.
func readSmall(fsys fs.FS, name string) ([]byte, error) {
	return readBounded(fsys, name, maxConfig)
}

func readBounded(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, bare(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, bare(err))
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, limit)
	}
	return text, nil
}

// bare drops the path of a file-system error, since the message already begins with the file's name.
func bare(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// applyGeneration lets generation_config.json replace the end-of-text tokens, as the reference loaders do.
func (c *Config) applyGeneration(text []byte) error {
	var raw struct {
		EOS tokenIDs `json:"eos_token_id"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return fmt.Errorf("not valid: %w", jsonError(err))
	}
	if raw.EOS == nil {
		return nil
	}
	c.EOS = raw.EOS
	return c.checkTokens()
}

// ParseConfig reads the text of a config.json. It returns an error for anything that would make a loaded model compute
// something else than its authors meant: an unknown architecture or rope type, another activation, quantised weights, a
// size that is missing, absurd or does not fit the others.
func ParseConfig(text []byte) (Config, error) {
	var raw rawConfig
	if err := json.Unmarshal(text, &raw); err != nil {
		return Config{}, fmt.Errorf("not valid: %w", jsonError(err))
	}
	c := Config{BOS: -1}
	fam, err := familyOf(raw)
	if err != nil {
		return Config{}, err
	}
	c.ModelType, c.Architecture = fam.modelType, fam.architecture
	if err := refuse(raw, fam); err != nil {
		return Config{}, err
	}
	if err := c.sizes(raw); err != nil {
		return Config{}, err
	}
	if raw.RMSEps == nil {
		return Config{}, missing("rms_norm_eps")
	}
	if e := *raw.RMSEps; !(e > 0 && e < 1) {
		return Config{}, fmt.Errorf("rms_norm_eps is %g, expected a number between 0 and 1", e)
	}
	c.RMSEps = float32(*raw.RMSEps)
	if c.RoPE, err = parseRoPE(raw, c.HeadDim); err != nil {
		return Config{}, err
	}
	c.TieEmbeddings, c.AttentionBias, c.MLPBias = isTrue(raw.Tie), isTrue(raw.AttentionBias), isTrue(raw.MLPBias)
	if raw.SlidingWindow != nil {
		c.SlidingWindow = *raw.SlidingWindow
	}
	if raw.BOS != nil {
		c.BOS = *raw.BOS
		if c.BOS < 0 || c.BOS >= c.Vocab {
			return Config{}, fmt.Errorf("bos_token_id is %d, outside the vocabulary of %d", c.BOS, c.Vocab)
		}
	}
	c.EOS = raw.EOS
	if err := c.checkTokens(); err != nil {
		return Config{}, err
	}
	if c.DType, err = weightsType(raw); err != nil {
		return Config{}, err
	}
	return c, nil
}

// sizes fills in the dimensions and checks each alone and all against one another.
func (c *Config) sizes(raw rawConfig) error {
	for _, f := range []struct {
		name  string
		value *int
		limit int
		dst   *int
	}{
		{"hidden_size", raw.HiddenSize, maxHidden, &c.Hidden},
		{"intermediate_size", raw.Intermediate, maxIntermediate, &c.Intermediate},
		{"num_hidden_layers", raw.Layers, maxLayers, &c.Layers},
		{"num_attention_heads", raw.Heads, maxHeads, &c.Heads},
		{"vocab_size", raw.Vocab, maxVocab, &c.Vocab},
		{"max_position_embeddings", raw.MaxPositions, maxPositions, &c.MaxPositions},
	} {
		if f.value == nil {
			return missing(f.name)
		}
		if err := inRange(f.name, *f.value, f.limit); err != nil {
			return err
		}
		*f.dst = *f.value
	}
	c.KVHeads = c.Heads
	if raw.KVHeads != nil {
		if err := inRange("num_key_value_heads", *raw.KVHeads, maxHeads); err != nil {
			return err
		}
		c.KVHeads = *raw.KVHeads
	}
	if c.Heads%c.KVHeads != 0 {
		return fmt.Errorf("num_attention_heads %d is not a multiple of num_key_value_heads %d", c.Heads, c.KVHeads)
	}
	switch {
	case raw.HeadDim != nil:
		if err := inRange("head_dim", *raw.HeadDim, maxHeadDim); err != nil {
			return err
		}
		c.HeadDim = *raw.HeadDim
	case c.Hidden%c.Heads != 0:
		return fmt.Errorf("hidden_size %d is not a multiple of num_attention_heads %d and head_dim is not given", c.Hidden, c.Heads)
	default:
		c.HeadDim = c.Hidden / c.Heads
		if err := inRange("hidden_size / num_attention_heads", c.HeadDim, maxHeadDim); err != nil {
			return err
		}
	}
	if c.HeadDim%2 != 0 {
		return fmt.Errorf("head_dim is %d, expected an even number: rotary embedding turns pairs", c.HeadDim)
	}
	return nil
}

// refuse names the features that no family here computes. Ignoring one would give plausible, wrong numbers.
func refuse(raw rawConfig, fam family) error {
	if act := raw.HiddenAct; act != nil && *act != "silu" && *act != "swish" {
		return fmt.Errorf("unsupported activation %q in hidden_act, expected \"silu\"", *act)
	}
	if q := raw.Quantization; len(q) > 0 && string(q) != "null" {
		return errors.New("quantization_config is set: quantised safetensors are not supported, expected F32, F16 or BF16 weights")
	}
	if p := raw.PartialRotary; p != nil && *p != 1 {
		return fmt.Errorf("unsupported partial_rotary_factor %g, expected 1", *p)
	}
	if w := raw.SlidingWindow; w != nil {
		if !fam.window {
			return fmt.Errorf("sliding_window is %d, but model type %q has none", *w, fam.modelType)
		}
		if *w < 1 {
			return fmt.Errorf("sliding_window is %d, expected a positive number or null", *w)
		}
	}
	if n := len(raw.LayerTypes); n > 0 && raw.Layers != nil && n != *raw.Layers {
		return fmt.Errorf("layer_types lists %d layers, but num_hidden_layers is %d", n, *raw.Layers)
	}
	for i, t := range raw.LayerTypes {
		windowed := fam.window && raw.SlidingWindow != nil
		if (t == "full_attention" && !windowed) || (t == "sliding_attention" && windowed) {
			continue
		}
		return fmt.Errorf("unsupported layer_types: layer %d is %q", i, t)
	}
	return nil
}

func (c *Config) checkTokens() error {
	for _, id := range c.EOS {
		if id < 0 || id >= c.Vocab {
			return fmt.Errorf("eos_token_id %d is outside the vocabulary of %d", id, c.Vocab)
		}
	}
	return nil
}

// weightsType reads the field that newer files call dtype and older ones torch_dtype. It only informs: each tensor's own
// type counts.
func weightsType(raw rawConfig) (string, error) {
	older, newer := raw.TorchDType, raw.DType
	if older != nil && newer != nil && *older != *newer {
		return "", fmt.Errorf("torch_dtype %q and dtype %q differ", *older, *newer)
	}
	if newer == nil {
		newer = older
	}
	if newer == nil {
		return "", nil
	}
	return strings.TrimPrefix(*newer, "torch."), nil
}

func missing(field string) error { return fmt.Errorf("%s is missing", field) }

func inRange(field string, v, limit int) error {
	if v < 1 || v > limit {
		return fmt.Errorf("%s is %d, expected 1 to %d", field, v, limit)
	}
	return nil
}

func isTrue(b *bool) bool { return b != nil && *b }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// jsonError says which field has the wrong type in the words of the file rather than of Go.
func jsonError(err error) error {
	var te *json.UnmarshalTypeError
	if errors.As(err, &te) && te.Field != "" {
		return fmt.Errorf("%s is a JSON %s, expected %s", te.Field, te.Value, kindName(te.Type.Kind().String()))
	}
	return err
}

func kindName(goKind string) string {
	switch {
	case strings.HasPrefix(goKind, "int"):
		return "an integer"
	case strings.HasPrefix(goKind, "float"):
		return "a number"
	case goKind == "bool":
		return "true or false"
	case goKind == "string":
		return "a string"
	case goKind == "slice":
		return "a list"
	default:
		return "an object"
	}
}
