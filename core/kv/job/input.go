package job

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/archive"
	"assay/core/model"
	"assay/core/run"
)

// maxFile bounds an input file in bytes.
const maxFile = kv.MaxPromptBytes

// resolveBlend reads the prompt file into the parameters.
func resolveBlend(p bench.Params) (bench.Params, error) {
	path := p.String("prompt")
	if path == "" {
		return p, nil
	}
	data, err := readFile("prompt file", path)
	if err != nil {
		return nil, err
	}
	prompt, err := kv.ParsePrompt(data)
	if err != nil {
		return nil, inFile(path, err)
	}
	return with(p, map[string]any{"prompt": absolute(path), "prompt_json": prompt.JSON()}), nil
}

// resolveEval reads the archives file into the parameters.
func resolveEval(p bench.Params) (bench.Params, error) {
	path := p.String("archives_file")
	if path == "" {
		return p, nil
	}
	data, err := readFile("archives file", path)
	if err != nil {
		return nil, err
	}
	if _, err := decodeArchives(string(data)); err != nil {
		return nil, inFile(path, err)
	}
	return with(p, map[string]any{"archives_file": absolute(path), "archives_json": string(data)}), nil
}

// inFile names the file in front of what is wrong in it.
func inFile(path string, err error) error {
	var e *run.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %w", path, err)
	}
	named := *e
	named.Text = path + ": " + e.Text
	return &named
}

func with(p bench.Params, values map[string]any) bench.Params {
	out := make(bench.Params, len(p))
	maps.Copy(out, p)
	maps.Copy(out, values)
	return out
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func readFile(what, path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(what, path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fileError(what, path, err)
	}
	if len(data) > maxFile {
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s %s: larger than %d MiB", what, path, maxFile>>20)}
	}
	return data, nil
}

func fileError(what, path string, err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err // the path is in the text
	}
	return &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s %s", what, path), Err: err}
}

func decodeArchives(lines string) ([]archive.Archive, error) {
	list, err := archive.Decode(strings.NewReader(lines))
	if err != nil {
		if _, ok := errors.AsType[*run.Error](err); ok {
			return nil, err
		}
		return nil, &run.Error{Code: run.EInput, Text: "archives: " + err.Error()}
	}
	if len(list) == 0 {
		return nil, &run.Error{Code: run.EInput, Text: "archives: the file holds none, expected one JSON object a line"}
	}
	return list, nil
}

// generated makes an archive of the demo world into a prompt with the question
// that shows blending best, and gives the answer to it.
func generated(a archive.Archive) (p kv.Prompt, gold string) {
	for _, n := range a.Notes {
		p.Chunks = append(p.Chunks, kv.TextPart(n))
	}
	if len(a.Questions) > 0 {
		q := a.Questions[mostTelling(a)]
		p.Question, gold = kv.TextPart(archive.Ask(q)), q.Answer
	}
	return p, gold
}

// telling orders the kinds of questions by how much they need attention between
// chunks, which is what blending is about.
var telling = [...]string{"whopro", "pronoun", "alias", "who", "bridge", "direct"}

// mostTelling returns the index of the question that shows blending best.
func mostTelling(a archive.Archive) int {
	for _, kind := range telling {
		for i, q := range a.Questions {
			if q.Kind == kind {
				return i
			}
		}
	}
	return 0
}

// archives generates the archives of a run: count of them, or joined ones of
// about so many tokens where tokens is above 0.
func archives(p bench.Params, m *model.Model, count int) ([]archive.Archive, error) {
	seed, tokens := uint64(p.Int("seed")), 0
	if _, ok := p["tokens"]; ok {
		tokens = p.Int("tokens")
	}
	if m.Tokenizer == nil {
		return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("model %s has no tokenizer: it cannot read generated archives; give a prompt of token ids", m.Name)}
	}
	var list []archive.Archive
	var err error
	if tokens == 0 {
		list, err = archive.Generate(seed, p.Int("people"), count)
	}
	for i := 0; tokens > 0 && i < count && err == nil; i++ {
		var a archive.Archive
		// Each prompt has its own seed: a prime far from small numbers keeps runs with neighbouring seeds apart.
		a, err = archive.Joined(seed+uint64(i)*1_000_003, tokens, func(text string) int { return len(m.Tokenizer.Encode(text)) })
		list = append(list, a)
	}
	if err != nil {
		return nil, &run.Error{Code: run.EUsage, Text: "generate archives: " + err.Error()}
	}
	return list, nil
}

// one reports whether exactly one of the sources is given.
func one(sources ...bool) bool {
	n := 0
	for _, s := range sources {
		if s {
			n++
		}
	}
	return n == 1
}

func usage(format string, a ...any) error {
	return &run.Error{Code: run.EUsage, Text: fmt.Sprintf(format, a...)}
}
