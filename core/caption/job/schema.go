package job

import (
	"slices"
	"time"

	"assay/core/bench"
	"assay/core/caption"
	"assay/core/caption/captioner"
	"assay/core/caption/compose"
)

// Kinds returns the kinds of runs of the caption bench, in the order of menus.
func Kinds() []bench.Kind {
	return []bench.Kind{
		{
			Name: "caption.run", Title: "Test a captioner by insertion",
			Summary:  "Inserts objects into scenes, asks a captioner about both pictures, and reports the captions that cannot both be right.",
			Schema:   runSchema(),
			Stall:    15 * time.Minute, // the slowest captioner, with its retries
			Resolve:  resolveRun,
			New:      newCampaign,
			Document: document,
			Found:    found,
		},
		{
			Name: "caption.replay", Title: "Judge captions that are there already",
			Summary:  "Judges the pairs of a file, or those of another run with other synonyms or another variant, without asking for captions.",
			Schema:   replaySchema(),
			Resolve:  resolveReplay,
			New:      newReplay,
			Document: document,
			Found:    found,
		},
	}
}

// The groups of the forms.
const (
	groupScenes    = "Scenes"
	groupCaptioner = "Captioner"
	groupOracle    = "Oracle"
	groupLimits    = "Limits"
)

// The protocols of a command captioner.
const (
	protocolArgument = "argument"
	protocolJSONL    = "jsonl"
)

// Where answers are cached.
const (
	cacheAuto   = "auto"
	cacheRun    = "run"
	cacheShared = "shared"
)

func scenes() bench.Schema {
	return bench.Schema{
		{Name: "corpus", Type: bench.Path, Group: groupScenes, Help: "folder of cut-outs CLASS-K.png with alpha; empty is the built-in set of 90 classes"},
		{Name: "photos", Type: bench.Path, Group: groupScenes, Help: "folder of photos in place of composed scenes; what they show is not known, so people judge the issues"},
		{Name: "instances", Type: bench.Path, Group: groupScenes, Help: "COCO instances file with the boxes of the photos; without it only level 0 can be placed"},
		{Name: "backgrounds", Type: bench.Int, Default: "50", Unit: "scenes", Min: 1, Max: 100_000, Group: groupScenes, Help: "background scenes to compose"},
		{Name: "seed", Type: bench.Int, Default: "1", Min: 0, Max: 1 << 53, Group: groupScenes, Help: "seed of every random choice"},
		{Name: "levels", Type: bench.Ints, Default: "0,1,2,3", Min: 0, Max: 3, Group: groupScenes, Help: "overlap of the inserted object with the largest one: 0 none, then up to 15, 30 and 45 %"},
		{Name: "relations", Type: bench.Enums, Default: caption.Insert, Choices: caption.Relations(), Group: groupScenes, Help: "pairs to make: an object inserted, removed, or both in turn"},
		{Name: "method", Type: bench.Enum, Default: compose.Blend, Choices: compose.Methods(), Group: groupScenes, Help: "how an object enters a picture: with a soft edge and lightness of its surroundings, or plainly"},
		{Name: "same-class", Type: bench.Float, Default: "0.25", Unit: "share", Min: 0, Max: 1, Group: groupScenes, Help: "share of insertions whose class the scene has already"},
	}
}

func oracleSchema() bench.Schema {
	return bench.Schema{
		{Name: "variant", Type: bench.Enum, Default: caption.VariantExact, Choices: caption.Variants(), Group: groupOracle, Help: "what the words mean, or what the released code decides"},
		{Name: "synonyms", Type: bench.String, Group: groupOracle, Help: "words added to the lexicon: pup=dog,moggy=cat; a ? behind the class marks a loose one"},
	}
}

func runSchema() bench.Schema {
	return slices.Concat(scenes(), bench.Schema{
		{Name: "captioner", Type: bench.String, Default: "builtin", Group: groupCaptioner, Help: "builtin, cmd:COMMAND, openai:URL, azure:URL, azure4:URL or replay:FILE"},
		{Name: "protocol", Type: bench.Enum, Default: protocolArgument, Choices: []string{protocolArgument, protocolJSONL}, Group: groupCaptioner, Help: "how a command is asked: a run for each picture, or lines of JSON to one that stays"},
		{Name: "model", Type: bench.String, Group: groupCaptioner, Help: "model of an endpoint; empty is its first one"},
		{Name: "prompt", Type: bench.String, Default: captioner.PromptNeutral, Group: groupCaptioner, Help: "what a chat model is asked; inventory asks for every object and its number"},
		{Name: "detail", Type: bench.Enum, Default: "low", Choices: []string{"low", "high", "auto"}, Group: groupCaptioner, Help: "resolution that a chat endpoint is asked to look at"},
		{Name: "beam", Type: bench.Int, Default: "1", Unit: "captions", Min: 1, Max: 16, Group: groupCaptioner, Help: "captions that the built-in captioner keeps alive; 1 is greedy"},
		{Name: "repeats", Type: bench.Int, Default: "1", Unit: "times", Min: 1, Max: 99, Group: groupCaptioner, Help: "times that each picture is captioned; an issue must hold in half of them"},
		{Name: "null-control", Type: bench.Bool, Default: "false", Group: groupCaptioner, Help: "caption each background with invisible noise too, and mark pairs whose captioner minds it"},
		{Name: "solo", Type: bench.Bool, Default: "false", Group: groupCaptioner, Help: "caption each inserted object alone on grey first, and mark those that are not named even there"},
	}, oracleSchema(), bench.Schema{
		{Name: "caption-timeout", Type: bench.String, Default: "60s", Group: groupLimits, Help: "longest wait for a caption, such as 2s or 1m"},
		{Name: "retries", Type: bench.Int, Default: "2", Unit: "times", Min: 0, Max: 20, Group: groupLimits, Help: "times to ask again after trouble that may pass"},
		{Name: "parallel", Type: bench.Int, Default: "1", Unit: "requests", Min: 1, Max: 64, Group: groupLimits, Help: "questions under way at a time"},
		{Name: "rate", Type: bench.Float, Default: "0", Unit: "requests/s", Min: 0, Max: 1e6, Group: groupLimits, Help: "most requests a second; 0 sets no limit"},
		{Name: "max-requests", Type: bench.Int, Default: "0", Unit: "requests", Min: 0, Max: 1 << 40, Group: groupLimits, Help: "requests after which the run stops; 0 sets no limit"},
		{Name: "budget-usd", Type: bench.Float, Default: "0", Unit: "USD", Min: 0, Max: 1e9, Group: groupLimits, Help: "cost at which the run stops; 0 sets no limit"},
		{Name: "price-image", Type: bench.Float, Default: "0", Unit: "USD", Min: 0, Max: 1e6, Group: groupLimits, Help: "price of a request"},
		{Name: "price-1k-tokens", Type: bench.Float, Default: "0", Unit: "USD", Min: 0, Max: 1e6, Group: groupLimits, Help: "price of a thousand tokens"},
		{Name: "breaker", Type: bench.Int, Default: "50", Unit: "pictures", Min: 0, Max: 1 << 30, Group: groupLimits, Help: "pictures in a row that may fail for a passing reason before the run stops; 0 never stops it"},
		{Name: "cache", Type: bench.Enum, Default: cacheAuto, Choices: []string{cacheAuto, cacheRun, cacheShared}, Group: groupLimits, Help: "share captions with other runs; auto does so for remote endpoints only"},
		{Name: "threads", Type: bench.Int, Default: "0", Unit: "threads", Min: 0, Max: 64, Group: groupLimits, Help: "threads of the built-in captioner; 0 is as many as this process may use"},
	})
}

func replaySchema() bench.Schema {
	return slices.Concat(bench.Schema{
		{Name: "pairs", Type: bench.Path, Group: groupCaptioner, Help: "TSV with object, source_caption, followup_caption, or lines of JSON {object,c0,c1}"},
		{Name: "of", Type: bench.String, Group: groupCaptioner, Help: "run whose captions are judged again, instead of a file"},
		{Name: "classes", Type: bench.String, Default: "coco80", Group: groupOracle, Help: "coco60, coco80, tinycap, or a file with a class a line; a run brings its own"},
	}, oracleSchema())
}
