package kv

// The profiles of the codec: what is done with the numbers of a cache.
const (
	CodecPaper     = "paper"      // CacheGen's text: anchors of 8 bits and deltas
	CodecPaperStep = "paper_step" // the same with deltas in steps of their layer's standard deviation
	CodecRef       = "ref"        // CacheGen's released code
	CodecExact     = "exact"      // ours: K before RoPE, compact tables, rANS
	CodecQ8        = "q8"         // 8 bits a value, one scale a token
	CodecQ8Block   = "q8_0"       // ggml's blocks of 32, 8 bits
	CodecQ4Block   = "q4_0"       // ggml's blocks of 32, 4 bits
	CodecQ4Rotated = "q4_0_h"     // the same behind a Hadamard rotation of each head
	CodecF16       = "f16"        // half precision, the yardstick
)

// Codecs returns every profile, in the order of tables.
func Codecs() []string {
	return []string{CodecPaper, CodecPaperStep, CodecRef, CodecExact, CodecQ8, CodecQ8Block, CodecQ4Block, CodecQ4Rotated, CodecF16}
}

// The ways in which an entropy coder comes by its tables.
const (
	TablesAuto     = "auto"     // the profile's own
	TablesChunk    = "chunk"    // of the chunk itself, in full
	TablesParam    = "param"    // of the chunk itself, two bytes a channel
	TablesModel    = "model"    // calibrated once a model and shipped apart
	TablesAdaptive = "adaptive" // learnt by both sides as they go
)

// TableModes returns every way.
func TableModes() []string {
	return []string{TablesAuto, TablesChunk, TablesParam, TablesModel, TablesAdaptive}
}

// HasTables reports whether a profile can do with other tables than its own.
func HasTables(profile string) bool {
	return profile == CodecPaper || profile == CodecPaperStep || profile == CodecExact
}

// HasLevels reports whether a profile has the ladder of levels.
func HasLevels(profile string) bool {
	return profile == CodecPaper || profile == CodecRef || profile == CodecExact
}

// The records and arrays of a run of kv.compress. ROW is ProfileDoc.Key.
const (
	RecordContext = "kv.context" // one ContextDoc a context, key its number
	RecordProfile = "kv.profile" // one ProfileDoc a profile and level, key ProfileDoc.Key
	RecordCoded   = "kv.coded"   // one CodedDoc a profile, level and context, key "CONTEXT/ROW"

	ArrayBits   = "/bits"      // f32 [2L,C]: ROW/bits, entropy by tensor (K of each layer, then V) and channel, bits a value
	ArrayCounts = "/counts"    // f32 [2L,levels]: ROW/counts, histogram of the symbols of a tensor
	ArrayCost   = "/tokens"    // f32 [2,n]: ROW/tokens, bits a value of each token, of K and of V
	ArrayStream = "/bitstream" // f32 [1,bytes]: ROW/bitstream, the beginning of the first container, a byte a value
)

// CompressDoc is the document of `assay kv compress`.
type CompressDoc struct {
	Profiles []ProfileDoc `json:"profiles"`
	Entropy  EntropyDoc   `json:"entropy"` // of the symbols of exact (else of the first profile with symbols) at the finest level asked for
}

// EntropyDoc is the empirical entropy of symbols, bits a KV value, under tables
// for everything, a layer, a channel, and a channel of a layer; K and V are apart
// in all but the first. Tables are a chunk's own. A number is 0 for profiles
// without symbols.
type EntropyDoc struct {
	Global       float64 `json:"global"`
	Layer        float64 `json:"per_layer"`
	Channel      float64 `json:"per_channel"`
	LayerChannel float64 `json:"per_layer_channel"`
	Position     float64 `json:"per_token_position"`
}

// ProfileDoc is one profile at one level, over the chunks of all contexts. Sizes
// count everything that a reader needs; rates are of one core, measured.
type ProfileDoc struct {
	Key     string `json:"key"`     // "exact.3", "q8_0"
	Profile string `json:"profile"` // one of Codecs
	Level   string `json:"level"`   // "" for profiles without levels
	Coder   string `json:"coder"`   // ac, rans, or "" for none
	Tables  string `json:"tables"`  // one of TableModes, "" for profiles that have no choice
	RoPE    string `json:"rope_state"`

	Values  int64   `json:"values"`
	Bits    float64 `json:"bits_per_value"` // of total_bytes
	Payload int64   `json:"payload_bytes"`
	Table   int64   `json:"table_bytes"`
	Scale   int64   `json:"scale_bytes"`
	Length  int64   `json:"length_bytes"` // lengths of streams and maps of repeated rows
	Header  int64   `json:"header_bytes"` // headers and checksums
	Total   int64   `json:"total_bytes"`

	Shared  int64   `json:"shared_table_bytes"` // calibrated tables, shipped once a model and in no other size
	Loss    float64 `json:"loss_bits"`          // payload above the symbols' entropy by layer and channel, bits a value; below 0 where rows repeat; 0 for profiles whose symbols are not counted
	Escapes int64   `json:"escapes"`            // deltas of paper_step beyond its alphabet

	KL         float64     `json:"kl"` // mean over the questions, of the mean over the answer's tokens, nats
	KLCI       [2]float64  `json:"kl_ci95"`
	Top1       float64     `json:"top1"`     // share of answer tokens whose most likely one is that of full prefill
	Accuracy   *float64    `json:"accuracy"` // of the questions with known answers; null without any
	AccuracyCI *[2]float64 `json:"accuracy_ci95"`
	Questions  int         `json:"questions"`

	EncodeRate float64 `json:"encode_msym_s"` // million values a second
	DecodeRate float64 `json:"decode_msym_s"` // million values a second, to f16
	DecodeMB   float64 `json:"decode_mb_s"`   // 10^6 bytes of f16 a second

	Entropy  EntropyDoc  `json:"entropy"`
	Variance [2]float64  `json:"delta_variance_ratio"` // variance of values over that of the paper's deltas, K and V; 0 for other profiles
	Tensors  []TensorDoc `json:"tensors"`
}

// TensorDoc is K or V of one layer under a profile and level.
type TensorDoc struct {
	Part    string  `json:"part"` // K, V
	Layer   int     `json:"layer"`
	Bins    int     `json:"bins"`
	Bits    float64 `json:"bits_per_value"` // of the payload
	Entropy float64 `json:"entropy"`        // per channel
	RMSE    float64 `json:"rmse"`
	Max     float64 `json:"max_error"`
	SNR     float64 `json:"snr_db"`
	KL      float64 `json:"kl"` // with this layer's K and V alone coded, nats, first context; the same for K and V
}

// ContextDoc is one context that was compressed.
type ContextDoc struct {
	Tokens    int     `json:"tokens"`
	Chunks    int     `json:"chunks"`
	Questions int     `json:"questions"`
	Prefill   float64 `json:"prefill_ms"` // of the context, from text
	Text      int     `json:"text_bytes"` // of the context as token ids of two bytes
}

// CodedDoc is what one context gave under a profile and level: all that
// ProfileDoc is summed up from, so that an interrupted run goes on after it.
type CodedDoc struct {
	KL      []float64 `json:"kl"` // by question
	Correct []bool    `json:"correct,omitempty"`
	Same    int       `json:"same"`   // answer tokens that are full prefill's too
	Tokens  int       `json:"tokens"` // answer tokens

	Values  int64 `json:"values"`
	Payload int64 `json:"payload_bytes"`
	Table   int64 `json:"table_bytes"`
	Scale   int64 `json:"scale_bytes"`
	Length  int64 `json:"length_bytes"`
	Header  int64 `json:"header_bytes"`
	Total   int64 `json:"total_bytes"`
	Escapes int64 `json:"escapes,omitempty"`

	Entropy  EntropyDoc       `json:"entropy"`
	Variance [2]float64       `json:"delta_variance_ratio"`
	Tensors  []CodedTensorDoc `json:"tensors"` // K of each layer, then V

	EncodeMs float64 `json:"encode_ms"`
	DecodeMs float64 `json:"decode_ms"`
}

// CodedTensorDoc is K or V of a layer of a context.
type CodedTensorDoc struct {
	Payload int64   `json:"payload_bytes"`
	Entropy float64 `json:"entropy"`
	Square  float64 `json:"square_error"` // summed
	Power   float64 `json:"power"`        // sum of the squares of the values
	Max     float64 `json:"max_error"`
	KL      float64 `json:"kl"`
}

// CodecKey names a profile at a level with tables of a mode.
func CodecKey(profile, level, tables string) string {
	key := profile
	if level != "" {
		key += "." + level
	}
	if tables != "" && tables != TablesAuto {
		key += "." + tables
	}
	return key
}
