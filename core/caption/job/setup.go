package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"assay/core/bench"
	"assay/core/caption"
	"assay/core/caption/captioner"
	"assay/core/caption/compose"
	"assay/core/caption/corpus"
	"assay/core/caption/oracle"
	"assay/core/run"
)

func usage(format string, a ...any) error {
	return &run.Error{Code: run.EUsage, Text: fmt.Sprintf(format, a...)}
}

// source parts the captioner parameter: "cmd" and "./caption.py --fast".
func source(p bench.Params) (kind, rest string, err error) {
	text := p.String("captioner")
	kind, rest, _ = strings.Cut(text, ":")
	switch {
	case text == "builtin":
	case slices.Contains([]string{"cmd", "openai", "azure", "azure4", "replay"}, kind) && strings.TrimSpace(rest) != "":
	default:
		return "", "", usage("--captioner %q: expected builtin, cmd:COMMAND, openai:URL, azure:URL, azure4:URL or replay:FILE", text)
	}
	return kind, rest, nil
}

// resolveRun makes paths absolute and looks whether a program is there.
func resolveRun(p bench.Params) (bench.Params, error) {
	kind, rest, err := source(p)
	if err != nil {
		return nil, err
	}
	out := bench.Params{}
	maps.Copy(out, p)
	for _, key := range []string{"corpus", "photos", "instances"} {
		if path := p.String(key); path != "" {
			out[key] = absolute(path)
		}
	}
	switch kind {
	case "cmd":
		words, err := captioner.Words(rest)
		if err != nil {
			return nil, err
		}
		if words, err = captioner.Locate(words); err != nil {
			return nil, err
		}
		for i, w := range words {
			if w == "" || strings.ContainsAny(w, " \t\n'\"") {
				mark := `"`
				if strings.Contains(w, `"`) {
					mark = "'"
				}
				words[i] = mark + w + mark
			}
		}
		out["captioner"] = "cmd:" + strings.Join(words, " ")
	case "replay":
		if _, err := os.Stat(rest); err != nil {
			return nil, &run.Error{Code: run.EInput, Text: "captions file " + rest + " cannot be read", Err: pathCause(err)}
		}
		out["captioner"] = "replay:" + absolute(rest)
	}
	return out, nil
}

func pathCause(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// Synonyms reads a list of added words: "pup=dog,moggy=cat".
func Synonyms(text string) (out []oracle.Synonym, err error) {
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		s, err := oracle.ParseSynonym(part)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Stage is what a campaign composes pictures with, and its plan.
type Stage struct {
	World *compose.World
	Plan  *compose.Plan
}

// NewStage loads the corpus and plans the pairs of some parameters, complete or
// not: those about scenes are needed.
func NewStage(p bench.Params) (*Stage, error) {
	var set *corpus.Set
	var err error
	if dir := p.String("corpus"); dir != "" {
		set, err = corpus.Folder(dir, corpus.DefaultLimits())
	} else {
		set, err = corpus.Builtin()
	}
	if err != nil {
		return nil, err
	}
	w, err := compose.NewWorld(set, p.String("method"))
	if err != nil {
		return nil, err
	}
	var rejected map[string]int
	if dir := p.String("photos"); dir != "" {
		if rejected, err = w.UsePhotos(dir, p.String("instances")); err != nil {
			return nil, err
		}
	}
	s := &Stage{World: w, Plan: w.NewPlan(compose.Options{
		Seed: uint64(p.Int("seed")), Backgrounds: p.Int("backgrounds"), Levels: levels(p), Relations: p.Strings("relations"), SameClass: p.Float("same_class"),
	})}
	for reason, n := range rejected {
		s.Plan.Rejected["photo-"+reason] += n
	}
	return s, nil
}

// levels returns the levels asked for, ascending, each once.
func levels(p bench.Params) []int {
	var out []int
	for _, l := range p.Ints("levels") {
		out = append(out, int(l))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func checkScenes(p bench.Params) error {
	if len(levels(p)) == 0 {
		return usage("--levels is empty: expected some of 0,1,2,3")
	}
	if len(p.Strings("relations")) == 0 {
		return usage("--relations is empty: expected some of insert, remove, roundtrip")
	}
	if p.String("instances") != "" && p.String("photos") == "" {
		return usage("--instances needs --photos, the folder of its pictures")
	}
	if p.String("photos") != "" && p.String("instances") == "" && !slices.Equal(levels(p), []int{0}) {
		return usage("--photos without --instances: nothing is known that an object could overlap; expected --levels 0")
	}
	if p.String("photos") != "" && slices.Contains(p.Strings("relations"), caption.Remove) {
		return usage("--relations remove: nothing can be removed from photos; expected insert or roundtrip")
	}
	return nil
}

// open makes the captioner that the parameters name. dir is for the pictures
// that a command sees.
func open(ctx context.Context, p bench.Params, o *oracle.Oracle, dir string) (captioner.Captioner, error) {
	kind, rest, err := source(p)
	if err != nil {
		return nil, err
	}
	timeout, err := captionTimeout(p)
	if err != nil {
		return nil, err
	}
	prompt := p.String("prompt")
	switch prompt {
	case "neutral":
		prompt = captioner.PromptNeutral
	case "inventory":
		prompt = captioner.PromptInventory
	}
	endpoint := captioner.Endpoint{URL: rest, Model: p.String("model"), Prompt: prompt, Detail: p.String("detail"), Timeout: timeout, Parallel: p.Int("parallel")}
	switch kind {
	case "cmd":
		words, err := captioner.Words(rest)
		if err != nil {
			return nil, err
		}
		if words, err = captioner.Locate(words); err != nil {
			return nil, err
		}
		if p.String("protocol") == protocolJSONL {
			return captioner.NewLines(o, words, dir, timeout), nil
		}
		return captioner.NewCommand(o, words, dir, timeout, p.Int("parallel")), nil
	case "openai":
		endpoint.Key = os.Getenv("OPENAI_API_KEY")
		return captioner.NewChat(ctx, o, endpoint)
	case "azure", "azure4":
		endpoint.Key = os.Getenv("AZURE_VISION_KEY")
		return captioner.NewDescribe(o, endpoint, kind == "azure4")
	case "replay":
		return captioner.NewReplay(o, rest)
	}
	return captioner.NewBuiltin(o, p.Int("beam"), p.Int("threads"))
}

func captionTimeout(p bench.Params) (time.Duration, error) {
	d, err := time.ParseDuration(p.String("caption_timeout"))
	if err != nil || d <= 0 || d > 10*time.Minute {
		return 0, usage("--caption-timeout %q: expected a time of at most 10m, such as 2s", p.String("caption_timeout"))
	}
	return d, nil
}

// cacheDir returns where answers are shared between runs, "" for nowhere. An
// endpoint on this machine may serve another model under the same name
// tomorrow, and asking it costs nothing.
func cacheDir(p bench.Params, root string) string {
	kind, rest, err := source(p)
	if err != nil || root == "" {
		return ""
	}
	shared := p.String("cache") == cacheShared
	if p.String("cache") == cacheAuto && (kind == "openai" || kind == "azure" || kind == "azure4") {
		if u, err := url.Parse(rest); err == nil {
			host := u.Hostname()
			shared = host != "localhost" && !strings.HasPrefix(host, "127.") && host != "::1"
		}
	}
	if !shared {
		return ""
	}
	return filepath.Join(root, "captions")
}

// planDoc describes a stage.
func (s *Stage) planDoc(p bench.Params, c captioner.Captioner, variant string) caption.PlanDoc {
	pictures, sources := map[string]bool{}, map[string]bool{}
	doc := caption.PlanDoc{Captioner: p.String("captioner"), Variant: variant, Classes: s.World.Corpus.Classes(), Also: s.World.Corpus.Also(),
		Backgrounds: p.Int("backgrounds"), Pairs: len(s.Plan.Cases), Objects: len(s.World.Corpus.Objects), Rejected: s.Plan.Rejected, Method: s.World.Method}
	trips := 0
	for _, k := range s.Plan.Cases {
		pictures[k.Source.ID], sources[k.Source.ID] = true, true
		if k.Relation == caption.RoundTrip {
			trips++
		} else {
			pictures[k.Followup.ID] = true
		}
	}
	doc.Pictures = len(pictures)
	doc.Requests = (len(pictures) + trips) * p.Int("repeats")
	if p.Bool("null_control") {
		doc.Requests += len(sources)
	}
	if c != nil {
		doc.Fingerprint = c.Fingerprint()
	}
	if n := len(s.World.Corpus.ByRule()); n > 0 {
		doc.Note = fmt.Sprintf("%d pictures of the corpus were rejected", len(s.World.Corpus.Rejects))
	}
	return doc
}
