package job

import (
	"slices"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/codec"
	"assay/core/kv/control"
)

// Kinds returns the kinds of runs of the KV bench, in the order of menus.
func Kinds() []bench.Kind {
	return []bench.Kind{
		{
			Name: "kv.blend", Title: "Blend KV caches of one prompt",
			Summary:     "Serves one prompt from precomputed chunk caches in several modes and measures time and loss against full prefill.",
			Schema:      blendSchema(),
			Interactive: true,
			Resolve:     resolveBlend,
			New:         newBlend,
			Document:    blendDocument,
		},
		{
			Name: "kv.sweep", Title: "Sweep ratios and rules",
			Summary:  "Measures blending at several ratios and rules over many generated prompts, between full prefill, plain reuse and a random selection.",
			Schema:   sweepSchema(),
			New:      newSweep,
			Document: sweepDocument,
		},
		{
			Name: "kv.eval", Title: "Ask questions with known answers",
			Summary:  "Counts how many questions about archives of notes each mode answers right, token by token.",
			Schema:   evalSchema(),
			Resolve:  resolveEval,
			New:      newEval,
			Document: evalDocument,
		},
		{
			Name: "kv.compress", Title: "Compress KV caches",
			Summary:  "Codes the KV caches of contexts under profiles and levels and measures bits, errors, answers and rates.",
			Schema:   compressSchema(),
			Resolve:  resolveBlend,
			New:      newCompress,
			Document: compressDocument,
		},
		{
			Name: "kv.stream", Title: "Stream compressed caches under a deadline",
			Summary:  "Follows a rule that chooses a level or text for every chunk against a deadline and a bandwidth trace, beside the other rules, and sends a demo over a throttled link.",
			Schema:   streamSchema(),
			Resolve:  resolveStream,
			New:      newStream,
			Document: streamDocument,
		},
		{
			Name: "kv.pareto", Title: "Blend from compressed chunks",
			Summary:  "Blends prompts from compressed chunks over a throttled link at several levels and ratios, and finds which are worth their bytes, time and loss.",
			Schema:   paretoSchema(),
			New:      newPareto,
			Document: paretoDocument,
		},
		{
			Name: "kv.load", Title: "Load caches from storage tiers",
			Summary:  "Predicts and measures the time to first token of a blend whose caches come from memory, disk or a throttled link, loaded ahead of the computation, and chooses ratio and tier.",
			Schema:   loadSchema(),
			New:      newLoad,
			Document: loadDocument,
		},
	}
}

// Bounds that keep a slip of the finger from asking for years or terabytes.
const (
	mostTokens = 1 << 20
	mostCount  = 1 << 20
	mostNew    = 4096
)

// The groups of the forms.
const (
	groupInput   = "Input"
	groupChunks  = "Chunks"
	groupBlend   = "Blending"
	groupCodec   = "Codec"
	groupLink    = "Link"
	groupMachine = "Machine"
)

func modelParam() bench.Param {
	return bench.Param{Name: "model", Type: bench.Path, Group: groupInput, Help: "model folder; empty is the built-in demo model"}
}

func seedParam() bench.Param {
	return bench.Param{Name: "seed", Type: bench.Int, Default: "1", Min: 0, Max: 1 << 53, Group: groupInput, Help: "seed of generated prompts and of every random choice"}
}

func peopleParam() bench.Param {
	return bench.Param{Name: "people", Type: bench.Int, Default: "4", Unit: "people", Min: 1, Max: 64, Group: groupInput, Help: "people in a generated archive"}
}

func tokensParam() bench.Param {
	return bench.Param{Name: "tokens", Type: bench.Int, Default: "0", Unit: "tokens", Min: 0, Max: mostTokens, Group: groupInput,
		Help: "length of the generated context, archives joined; 0 goes by people"}
}

// chunks holds what the kinds share about putting chunks together.
func chunks() bench.Schema {
	return bench.Schema{
		{Name: "chunk-bos", Type: bench.Enum, Default: string(kv.LeadAuto), Choices: kv.Leads(), Group: groupChunks,
			Help: "compute each chunk behind a BOS, whose row is dropped; auto where the model has one, false makes a chunk's own first tokens its attention sink"},
		{Name: "chunk-prefix", Type: bench.Bool, Default: "false", Group: groupChunks, Help: "compute each chunk behind the prompt's prefix instead, whose rows are dropped"},
		{Name: "separator", Type: bench.String, Group: groupChunks, Help: "text behind every chunk, whose tokens belong to that chunk; empty is none"},
	}
}

// chunking returns what the parameters of chunks say.
func chunking(p bench.Params) kv.Chunking {
	return kv.Chunking{BOS: kv.Lead(p.String("chunk_bos")), Prefix: p.Bool("chunk_prefix"), Separator: p.String("separator")}
}

// blending holds what the kinds share about the computation.
func blending() bench.Schema {
	return bench.Schema{
		{Name: "mask", Type: bench.Enum, Default: string(kv.MaskAuto), Choices: kv.Masks(), Group: groupBlend,
			Help: "keys that recomputed tokens see; auto is the variant's (exact, but bottom-right for ref)"},
		{Name: "filter", Type: bench.Enum, Default: string(kv.FilterAuto), Choices: kv.Filters(), Group: groupBlend,
			Help: "one check layer, or fewer tokens at every layer; auto is the variant's (single, but gradual for paper)"},
		{Name: "variant", Type: bench.Enum, Default: string(kv.VariantExact), Choices: kv.Variants(), Group: groupBlend,
			Help: "what to follow where paper, released code and mathematics differ"},
		{Name: "lego-k", Type: bench.Int, Default: "8", Unit: "tokens", Min: 0, Max: kv.MaxLegoK, Group: groupBlend,
			Help: "tokens that legolink recomputes at the head of every chunk but the first"},
	}
}

func machine() bench.Schema {
	return bench.Schema{
		{Name: "device", Type: bench.String, Default: "auto", Group: groupMachine, Help: "device to compute on: auto or cpu"},
		{Name: "threads", Type: bench.Int, Default: "0", Unit: "threads", Min: 0, Max: 64, Group: groupMachine, Help: "threads of the CPU device; 0 is as many as this process may use"},
	}
}

func modesParam(preset string) bench.Param {
	return bench.Param{Name: "modes", Type: bench.Enums, Default: preset, Choices: kv.Modes(), Group: groupBlend, Help: "ways to serve the prompt"}
}

func blendSchema() bench.Schema {
	s := bench.Schema{
		modelParam(),
		{Name: "demo", Type: bench.Bool, Default: "false", Group: groupInput, Help: "generate an archive of notes and a question about it"},
		{Name: "prompt", Type: bench.Path, Group: groupInput, Help: `prompt file: {"prefix":P,"chunks":[P,...],"question":P}, P a text or a list of token ids`},
		{Name: "prompt-json", Type: bench.String, Group: groupInput, Help: "the prompt itself; filled in from the file when the run is recorded"},
		seedParam(), peopleParam(), tokensParam(),
	}
	own := bench.Schema{
		{Name: "rope-state", Type: bench.Enum, Default: string(kv.RoPEPre), Choices: kv.RoPEStates(), Group: groupChunks,
			Help: "cache keys before rotary embedding, which moves them exactly, or after it, as other systems do, which rounds once more"},
		modesParam("all"),
		{Name: "ratio", Type: bench.Float, Default: "0.15", Unit: "share", Min: 0, Max: 1, Group: groupBlend, Help: "share of the context tokens to recompute"}, // 0.15: CacheBlend 5.1; LMCache default
		thresholdParam(),
		{Name: "rule", Type: bench.Enum, Default: string(kv.RuleV), Choices: kv.Rules(), Group: groupBlend, Help: "deviation that ranks the tokens"},
		{Name: "picked", Type: bench.Ints, Min: 0, Max: mostTokens, Unit: "positions", Group: groupBlend, Help: "context positions for blend to recompute, instead of a selection by rule and ratio"},
		{Name: "max-new", Type: bench.Int, Default: "24", Unit: "tokens", Min: 0, Max: mostNew, Group: groupBlend, Help: "length of the greedy answers"},
	}
	return slices.Concat(s, chunks(), own, blending(), machine())
}

func sweepSchema() bench.Schema {
	s := bench.Schema{
		modelParam(),
		{Name: "demo", Type: bench.Bool, Default: "true", Group: groupInput, Help: "generate the prompts; there is no other source yet"},
		seedParam(),
		{Name: "prompts", Type: bench.Int, Default: "8", Unit: "prompts", Min: 1, Max: mostCount, Group: groupInput, Help: "prompts to measure"},
		peopleParam(), tokensParam(),
	}
	own := bench.Schema{ratiosParam("0.05,0.15,0.3"), rulesParam()}
	return slices.Concat(s, chunks(), own, blending()[:3], machine())
}

func evalSchema() bench.Schema {
	s := bench.Schema{
		modelParam(),
		{Name: "archives-file", Type: bench.Path, Group: groupInput, Help: `archives to ask about, a line each: {"notes":[...],"questions":[{"kind","text","answer"}]}; without it they are generated`},
		{Name: "archives-json", Type: bench.String, Group: groupInput, Help: "the lines themselves; filled in from the file when the run is recorded"},
		seedParam(), peopleParam(),
		{Name: "archives", Type: bench.Int, Default: "40", Unit: "archives", Min: 1, Max: mostCount, Group: groupInput, Help: "archives to generate"},
	}
	own := bench.Schema{modesParam("full,reuse,blend,random"), ratiosParam("0.15"), thresholdParam(), rulesParam()}
	return slices.Concat(s, chunks(), own, blending(), machine())
}

// ropeAuto leaves the state of K to the profile.
const ropeAuto = "auto"

// coding holds what the kinds share about the codec.
func coding(profiles, levels string) bench.Schema {
	return bench.Schema{
		{Name: "profiles", Type: bench.Enums, Default: profiles, Choices: kv.Codecs(), Group: groupCodec,
			Help: "what is done with the numbers: CacheGen as the paper or the released code has it, ours, or plain quantisers"},
		{Name: "levels", Type: bench.Ints, Default: levels, Min: 1, Max: kv.MaxBins, Group: groupCodec,
			Help: "1, 2, 3 of the ladder, 3 the finest, or so many bins for every layer"},
		{Name: "coder", Type: bench.Enum, Default: codec.RANS, Choices: []string{codec.RANS, codec.AC}, Group: groupCodec, Help: "entropy coder of the exact profile; paper and ref have the arithmetic coder"},
		{Name: "tables", Type: bench.Enums, Default: kv.TablesAuto, Choices: kv.TableModes(), Group: groupCodec,
			Help: "how paper, paper_step and exact come by their tables: auto is their own, model is calibrated on other generated archives, adaptive learns as it goes and takes the arithmetic coder"},
		{Name: "rope-state", Type: bench.Enum, Default: ropeAuto, Choices: append([]string{ropeAuto}, kv.RoPEStates()...), Group: groupCodec,
			Help: "code keys before rotary embedding or after it; auto is before it for exact and paper, after it for the others"},
	}
}

func streamSchema() bench.Schema {
	s := bench.Schema{
		{Name: "plan", Type: bench.Path, Group: groupInput, Help: `plan file: {"sizes_bytes":{"1":[...],"2":[...],"3":[...]},"text_s":[...],"slo_s":S,"bandwidth_gbps":[...]}, lists by chunk`},
		{Name: "plan-json", Type: bench.String, Group: groupInput, Help: "the plan itself; filled in from the file when the run is recorded"},
		{Name: "demo", Type: bench.Bool, Default: "false", Group: groupInput, Help: "measure a plan on the model with a generated context, and send it over a loopback link"},
		modelParam(), seedParam(), peopleParam(),
		{Name: "tokens", Type: bench.Int, Default: "2048", Unit: "tokens", Min: 0, Max: mostTokens, Group: groupInput, Help: "length of the generated context, archives joined; 0 goes by people"},
		{Name: "chunk-tokens", Type: bench.Int, Default: "256", Unit: "tokens", Min: 1, Max: 65535, Group: groupInput, Help: "tokens of a chunk of the demo"},
	}
	own := bench.Schema{
		{Name: "rule", Type: bench.Enum, Default: kv.RuleExact, Choices: kv.StreamRules(), Group: groupLink, Help: "how a level or text is chosen for every chunk"},
		{Name: "slo", Type: bench.String, Group: groupLink, Help: "deadline, such as 0.5s; empty is the plan's own, for the demo 0.5s"},
		{Name: "trace", Type: bench.Path, Group: groupLink, Help: "bandwidth trace of the demo: numbers in Gbit/s by chunk, from the start again where it is shorter"},
		{Name: "bandwidth", Type: bench.Floats, Min: 1e-6, Max: 1e6, Unit: "Gbit/s", Group: groupLink, Help: "the trace itself; filled in from the file when the run is recorded"},
		{Name: "shape", Type: bench.Enum, Default: "uniform", Choices: control.Shapes(), Group: groupLink, Help: "trace that is drawn from the seed where no file is given"},
	}
	return slices.Concat(s, chunks(), own, machine())
}

// joined holds what the kinds share that blend from compressed chunks.
func joined(tokens string) bench.Schema {
	t := tokensParam()
	t.Default = tokens
	return bench.Schema{
		modelParam(),
		{Name: "demo", Type: bench.Bool, Default: "false", Group: groupInput, Help: "generate archives of notes and a question about each"},
		seedParam(), peopleParam(), t,
		{Name: "chunk-tokens", Type: bench.Int, Default: "256", Unit: "tokens", Min: 1, Max: 65535, Group: groupInput, Help: "notes are joined to chunks of about so many tokens"},
		{Name: "levels", Type: bench.Ints, Default: "1,2,3", Min: 1, Max: kv.MaxBins, Group: groupCodec, Help: "1, 2, 3 of the ladder, 3 the finest, or so many bins for every layer"},
		{Name: "gbps", Type: bench.Float, Default: "1", Unit: "Gbit/s", Min: 1e-3, Max: 1e4, Group: groupLink, Help: "rate of the throttled link"},
	}
}

func paretoSchema() bench.Schema {
	own := bench.Schema{
		{Name: "prompts", Type: bench.Int, Default: "3", Unit: "prompts", Min: 1, Max: mostCount, Group: groupInput, Help: "prompts to take the mean of"},
		ratiosParam("0,0.15,0.3"),
	}
	return slices.Concat(joined("1024"), own, chunks(), machine())
}

func loadSchema() bench.Schema {
	own := bench.Schema{
		{Name: "tiers", Type: bench.Enums, Default: "all", Choices: kv.Tiers(), Group: groupLink, Help: "where the chunks lie: memory, files on disk, or behind the throttled link"},
		{Name: "capacity-mib", Type: bench.Float, Default: "0", Unit: "MiB", Min: 0, Max: 1 << 20, Group: groupLink, Help: "bytes that each tier holds at most, the chunk used longest ago goes first; 0 is as many as there are"},
		{Name: "ratio", Type: bench.Float, Default: "0.15", Unit: "share", Min: 0, Max: 1, Group: groupBlend, Help: "share of the context tokens to recompute"},
	}
	return slices.Concat(joined("2048"), own, chunks(), machine())
}

func compressSchema() bench.Schema {
	s := bench.Schema{
		modelParam(),
		{Name: "demo", Type: bench.Bool, Default: "false", Group: groupInput, Help: "generate archives of notes and questions about them"},
		{Name: "prompt", Type: bench.Path, Group: groupInput, Help: `prompt file: {"prefix":P,"chunks":[P,...],"question":P}, P a text or a list of token ids`},
		{Name: "prompt-json", Type: bench.String, Group: groupInput, Help: "the prompt itself; filled in from the file when the run is recorded"},
		seedParam(), peopleParam(), tokensParam(),
		{Name: "contexts", Type: bench.Int, Default: "4", Unit: "contexts", Min: 1, Max: mostCount, Group: groupInput, Help: "generated contexts to compress"},
	}
	own := bench.Schema{
		{Name: "by-layer", Type: bench.Bool, Default: "true", Group: groupCodec, Help: "measure the loss with each layer coded alone, on the first context"},
		{Name: "max-new", Type: bench.Int, Default: "24", Unit: "tokens", Min: 1, Max: mostNew, Group: groupCodec, Help: "length of the answer that is compared, for prompts from a file"},
	}
	return slices.Concat(s, chunks(), coding("all", "1,2,3"), own, machine())
}

func ratiosParam(preset string) bench.Param {
	return bench.Param{Name: "ratios", Type: bench.Floats, Default: preset, Unit: "share", Min: 0, Max: 1, Group: groupBlend, Help: "shares of the context tokens to recompute"}
}

func thresholdParam() bench.Param {
	return bench.Param{Name: "threshold", Type: bench.Float, Default: "0", Unit: "relative", Min: 0, Max: 1000, Group: groupBlend,
		Help: "blend recomputes the tokens whose relative deviation is larger, instead of a ratio; 0 goes by the ratio"}
}

func rulesParam() bench.Param {
	return bench.Param{Name: "rules", Type: bench.Enums, Default: string(kv.RuleV), Choices: kv.Rules(), Group: groupBlend, Help: "deviations that rank the tokens"}
}

// base returns what all specs of a run share.
func base(p bench.Params) kv.Spec {
	s := kv.Spec{Mask: kv.Mask(p.String("mask")), Filter: kv.Filter(p.String("filter")), Variant: kv.Variant(p.String("variant")),
		Seed: uint64(p.Int("seed")), Rule: kv.RuleV}
	if _, ok := p["lego_k"]; ok {
		s.LegoK = p.Int("lego_k")
	}
	if _, ok := p["threshold"]; ok {
		s.Threshold = p.Float("threshold")
	}
	return s
}
