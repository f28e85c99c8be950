package kv

// The documents below are what the commands print with --json and what the
// screens show. They are stored as records, one record a mode, cell or answer,
// and put together from them again, so that an unfinished run has a document
// too. Fields whose name ends in _ms are measured times; every other field is
// the same whenever the run is repeated with the same parameters.

// The kinds of records and the names of arrays that KV runs store. MODE stands
// for ModeDoc.Key.
const (
	RecordPrompt  = "kv.prompt"  // one PromptDoc, key ""
	RecordChunk   = "kv.chunk"   // one ChunkDoc a chunk, key its number
	RecordMode    = "kv.mode"    // one ModeDoc a mode, key ModeDoc.Key
	RecordModel   = "kv.model"   // one ModelDoc, key ""
	RecordCell    = "kv.cell"    // one CellDoc a cell of a sweep, key "PROMPT/MODE"
	RecordScore   = "kv.score"   // one ScoreDoc a scheme of an evaluation, key ModeDoc.Key
	RecordArchive = "kv.archive" // one ArchiveDoc a finished archive of an evaluation, key its number
	RecordWrong   = "kv.wrong"   // one WrongDoc a wrong answer, key "ARCHIVE/QUESTION/MODE"

	ArrayTokens  = "tokens"     // f32 [N]: token ids of the whole prompt
	ArrayKNorm   = "full/knorm" // f32 [L,n]: L2 norm of K after full prefill, at final positions, a context token
	ArrayVNorm   = "full/vnorm" // f32 [L,n]: the same of V
	ArrayDK      = "/dk"        // f32 [L,n]: MODE/dk, L2 deviation of K from full prefill
	ArrayDV      = "/dv"        // f32 [L,n]: MODE/dv, the same of V
	ArrayPicked  = "/selected"  // f32 [L,n]: MODE/selected, 1 where the token was recomputed at the layer
	ArrayTop     = "/top"       // f32 [2,64 or fewer]: MODE/top, the most likely next tokens, ids and then logits
	ArrayAttnDev = "/attn"      // f32 [L,n]: MODE/attn, share of the attention deviation by context token
)

// BlendDoc is the document of `assay kv blend`.
type BlendDoc struct {
	Prompt PromptDoc `json:"prompt"`
	Modes  []ModeDoc `json:"modes"`
}

// PromptDoc describes an assembled prompt of N tokens, n of them context.
type PromptDoc struct {
	Tokens   int          `json:"tokens"`  // N
	Context  int          `json:"context"` // n: prefix and chunks
	Segments []SegmentDoc `json:"segments"`
	Text     []string     `json:"text"`            // printable text of each token, "" throughout without a tokenizer
	Notes    []string     `json:"notes,omitempty"` // what was left out of the prompt, and why
}

// SegmentDoc is one part of a prompt; Start and End are positions, End exclusive.
// Text is as the prompt gave it, or decoded where it was given as ids.
type SegmentDoc struct {
	Kind  string `json:"kind"`  // prefix, chunk, question
	Index int    `json:"index"` // 0 the prefix, 1.. the chunks, then the question
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// ChunkDoc says where the KV cache of a chunk came from in this run. It is not
// part of the command's document: a second run finds what the first has stored.
type ChunkDoc struct {
	Index        int     `json:"index"`
	Tokens       int     `json:"tokens"`
	Hit          bool    `json:"hit"`
	Policy       string  `json:"policy"`     // what it was computed behind: none, bos, prefix and a hash of it
	RoPE         string  `json:"rope_state"` // pre, or post(POSITION of the first token when it was computed)
	Reason       string  `json:"reason"`     // why it missed: never stored, evicted, KEY FIELD differs, corrupt
	SizeBytes    int64   `json:"size_bytes"`
	PrecomputeMs float64 `json:"precompute_ms"` // 0 on a hit
}

// ModelDoc names the model of a run and what the gate found when it was loaded.
type ModelDoc struct {
	Name        string   `json:"name"`
	Fingerprint string   `json:"fingerprint"`
	DType       string   `json:"dtype"`
	Layers      int      `json:"layers"`
	Heads       int      `json:"heads"`
	KVHeads     int      `json:"kv_heads"`
	HeadDim     int      `json:"head_dim"`
	Device      string   `json:"device"`
	ISA         string   `json:"isa"`
	Threads     int      `json:"threads"`
	Gate        CheckDoc `json:"gate"`
	LoadMs      float64  `json:"load_ms"`
}

// ModeDoc is the result of one mode on one prompt.
type ModeDoc struct {
	Key  string `json:"key"` // unique within the run: "full", "blend", "blend.15k"
	Mode string `json:"mode"`
	// Ratio is the one asked for; with a threshold or positions picked by hand the
	// one that came of it, the mean over the layers from the check layer on.
	Ratio     float64 `json:"ratio"`
	Threshold float64 `json:"threshold,omitempty"`
	Rule      string  `json:"rule"`
	Mask      string  `json:"mask"`
	Filter    string  `json:"filter"`
	Variant   string  `json:"variant"`

	Picked    []int              `json:"picked"` // context positions that the mode chose to recompute, ascending; with a check layer, those after it
	TTFTMs    float64            `json:"ttft_ms"`
	PhasesMs  map[string]float64 `json:"phases_ms"` // lookup, load, reposition, check, recompute, head; they add up to ttft_ms
	Effective float64            `json:"effective_recompute"`
	Reused    int                `json:"tokens_reused"`
	Loaded    int64              `json:"loaded_bytes"`

	KL              float64   `json:"kl_vs_full"`   // nats, at the last prompt token
	Top1            bool      `json:"top1_vs_full"` // the most likely token is the same
	KLMean          float64   `json:"kl_mean"`      // over the full run's greedy continuation, teacher-forced
	Top1Mean        float64   `json:"top1_mean"`    // share of equal most likely tokens over it
	Text            string    `json:"text"`         // greedy answer
	TextIDs         []int     `json:"text_ids"`
	FirstDivergence int       `json:"first_divergence"` // index of the first answer token that differs from full; -1 where none does
	LogitsHead      []float64 `json:"logits_head"`      // the first 64 logits at the last prompt token
	LogSumExp       float64   `json:"logsumexp"`
	Top             []TopDoc  `json:"top"` // the 5 most likely next tokens
	Note            string    `json:"note,omitempty"`

	// The greedy answer against that of full prefill and, where it is known, the
	// expected one; 0..1, see package qa.
	F1Full      float64  `json:"f1_vs_full"`       // over token ids
	F1WordsFull float64  `json:"f1_words_vs_full"` // over words
	RougeFull   float64  `json:"rouge_l_vs_full"`
	Gold        string   `json:"gold,omitempty"` // the expected answer
	F1Gold      *float64 `json:"f1_gold,omitempty"`
	F1WordsGold *float64 `json:"f1_words_gold,omitempty"`
	RougeGold   *float64 `json:"rouge_l_gold,omitempty"`

	Layers []LayerDoc `json:"layers"`
}

// TopDoc is a likely next token.
type TopDoc struct {
	ID    int     `json:"id"`
	Text  string  `json:"text"`
	LogP  float64 `json:"log_p"`
	Logit float64 `json:"logit"`
}

// LayerDoc sums up one layer of one mode over the n context tokens. A token's
// deviation is the L2 norm of the difference to full prefill over all channels.
type LayerDoc struct {
	Layer       int     `json:"layer"`
	DKRMS       float64 `json:"dk_rms"`
	DVRMS       float64 `json:"dv_rms"`
	Active      int     `json:"active"` // |S|: rows computed at this layer, question included
	Ratio       float64 `json:"ratio"`  // context tokens computed here / n
	DKMean      float64 `json:"dk_mean"`
	DKP50       float64 `json:"dk_p50"`
	DKP95       float64 `json:"dk_p95"`
	DKMax       float64 `json:"dk_max"`
	DVMean      float64 `json:"dv_mean"`
	DVP50       float64 `json:"dv_p50"`
	DVP95       float64 `json:"dv_p95"`
	DVMax       float64 `json:"dv_max"`
	AttnDev     float64 `json:"attn_dev"`     // Frobenius, question rows x context columns, heads stacked
	AttnDevRel  float64 `json:"attn_dev_rel"` // the same over the norm of full prefill's
	Spearman    float64 `json:"spearman"`     // rank correlation of dV with the layer before; 0 for layer 0 and where dV is constant
	LoadMs      float64 `json:"load_ms"`
	ComputeMs   float64 `json:"compute_ms"`
	LoadedBytes int64   `json:"loaded_bytes"`
}

// SweepDoc is the document of `assay kv sweep`.
type SweepDoc struct {
	Cells []CellDoc `json:"cells"`
}

// CellDoc is one prompt under one mode. Prompt counts from 0.
type CellDoc struct {
	Prompt int     `json:"prompt"`
	Mode   string  `json:"mode"`
	Ratio  float64 `json:"ratio"`
	Rule   string  `json:"rule"`
	KL     float64 `json:"kl"`
	Top1   bool    `json:"top1"`
	TTFTMs float64 `json:"ttft_ms"`
	DVRMS  float64 `json:"dv_rms"` // mean over the layers after the first
}

// EvalDoc is the document of `assay kv eval`.
type EvalDoc struct {
	Archives int        `json:"archives"`
	Modes    []ScoreDoc `json:"modes"`
}

// ScoreDoc is the accuracy of one scheme over all questions asked so far. With a
// threshold Ratio is the mean of what came of it, over the questions.
type ScoreDoc struct {
	Key        string             `json:"key"`
	Mode       string             `json:"mode"`
	Ratio      float64            `json:"ratio"`
	Threshold  float64            `json:"threshold,omitempty"`
	Rule       string             `json:"rule"`
	N          int                `json:"n"`
	Accuracy   float64            `json:"accuracy"`
	AccuracyCI [2]float64         `json:"accuracy_ci95"` // bootstrap over archives
	ByKind     map[string]KindDoc `json:"by_kind"`
	KLMean     float64            `json:"kl_mean"` // over the answer's tokens, nats
}

// KindDoc is the accuracy over the questions of one kind.
type KindDoc struct {
	N        int     `json:"n"`
	Accuracy float64 `json:"accuracy"`
}

// ArchiveDoc holds the notes of an archive, and what each scheme answered, so
// that an interrupted evaluation goes on after it.
type ArchiveDoc struct {
	Notes   []string               `json:"notes"`
	Answers map[string][]AnswerDoc `json:"answers"` // by ModeDoc.Key, in the order of the questions
}

// AnswerDoc is one answered question.
type AnswerDoc struct {
	Kind    string  `json:"kind"`
	Correct bool    `json:"correct"`
	KL      float64 `json:"kl"`
	Ratio   float64 `json:"ratio,omitempty"` // share of the context that a threshold picked
}

// WrongDoc is a wrong answer: enough to open its blend.
type WrongDoc struct {
	Archive   int     `json:"archive"`
	Key       string  `json:"key"`
	Mode      string  `json:"mode"`
	Ratio     float64 `json:"ratio"`
	Threshold float64 `json:"threshold,omitempty"`
	Rule      string  `json:"rule"`
	Kind      string  `json:"kind"`
	Question  string  `json:"question"` // as the prompt ends: "Question: ...\nAnswer:"
	Answer    string  `json:"answer"`
	Got       string  `json:"got"` // the most likely token at each position of the answer
	FullToo   bool    `json:"full_too"`
}

// CheckDoc is the document of `assay kv check`: what must be exactly true before
// a model is used for blending.
type CheckDoc struct {
	Pass               bool    `json:"pass"`
	R1BitEqual         bool    `json:"r1_bit_equal"`
	R1MaxLogitDiff     float64 `json:"r1_max_logit_diff"`
	Layer0MaxDeviation float64 `json:"layer0_max_deviation"`
	PrefixMaxDeviation float64 `json:"prefix_max_deviation"`
}
