package kvexport

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"assay/core/export"
	"assay/core/kv"
	"assay/core/kv/kvscene"
)

func scores(d *export.Document) ([]kv.ScoreDoc, error) {
	list, _, err := export.Decode[kv.ScoreDoc](d, kv.RecordScore)
	slices.SortStableFunc(list, func(a, b kv.ScoreDoc) int {
		return kvscene.Compare(a.Mode, a.Ratio, a.Rule, b.Mode, b.Ratio, b.Rule)
	})
	return list, err
}

type numbered struct {
	index int
	doc   kv.ArchiveDoc
}

// archives returns the answered archives by their number.
func archives(d *export.Document) ([]numbered, error) {
	docs, keys, err := export.Decode[kv.ArchiveDoc](d, kv.RecordArchive)
	if err != nil {
		return nil, err
	}
	var out []numbered
	for i, k := range keys {
		n, err := strconv.Atoi(k)
		if err != nil {
			return nil, fmt.Errorf("record %s %q: the key should be a number", kv.RecordArchive, k)
		}
		out = append(out, numbered{n, docs[i]})
	}
	slices.SortFunc(out, func(a, b numbered) int { return a.index - b.index })
	return out, nil
}

func tellEval(d *export.Document) (export.Story, error) {
	var s export.Story
	list, err := scores(d)
	if err != nil {
		return s, err
	}
	done, err := archives(d)
	if err != nil {
		return s, err
	}
	wrong, _, err := export.Decode[kv.WrongDoc](d, kv.RecordWrong)
	if err != nil {
		return s, err
	}
	if text := textOf(d.Run.Params, "archives_json"); text != "" {
		s.Inputs = []export.File{{Name: "archives.jsonl", Data: []byte(strings.TrimRight(text, "\n") + "\n")}}
		s.Given = map[string]any{"archives_file": "archives.jsonl", "archives_json": ""}
	}
	if len(list) == 0 {
		return s, nil
	}
	s.Summary = evalSummary(list, len(done))
	kinds := kvscene.ByKind(list)
	s.Sections = []export.Section{
		{Title: "Accuracy", Blocks: []export.Block{export.Picture{File: "accuracy", Scene: kvscene.Accuracy(list)}, totals(list)}},
		{Title: "By kind of question", Blocks: []export.Block{export.Picture{File: "kinds", Scene: kinds}}},
	}
	if section, ok := lost(wrong); ok {
		s.Sections = append(s.Sections, section)
	}
	return s, nil
}

func evalSummary(list []kv.ScoreDoc, archives int) []string {
	by := map[kv.Mode]kv.ScoreDoc{}
	for _, s := range slices.Backward(list) { // the first of a mode stays
		by[kv.Mode(s.Mode)] = s
	}
	var parts []string
	for _, m := range []kv.Mode{kv.Full, kv.Reuse, kv.Blend} {
		s, ok := by[m]
		if !ok {
			continue
		}
		name := map[kv.Mode]string{kv.Full: "full prefill", kv.Reuse: "plain reuse", kv.Blend: fmt.Sprintf("blending (%s recomputed)", percent(s.Ratio))}[m]
		parts = append(parts, fmt.Sprintf("%s %s (95 %% interval %s to %s)", name, percent(s.Accuracy), points(s.AccuracyCI[0]), points(s.AccuracyCI[1])))
	}
	if len(parts) == 0 {
		return nil
	}
	out := []string{fmt.Sprintf("Of %s about %s, answered right: %s.", plural(list[0].N, "question"), plural(archives, "archive"), enumerate(parts))}
	full, reuse, blend := by[kv.Full], by[kv.Reuse], by[kv.Blend]
	if lost := full.Accuracy - reuse.Accuracy; full.N > 0 && reuse.N > 0 && lost > 0 {
		text := fmt.Sprintf("Plain reuse loses %s points of full prefill's accuracy", points(lost))
		if blend.N > 0 {
			text += fmt.Sprintf("; blending wins %s of them back (%s)", points(blend.Accuracy-reuse.Accuracy), percent((blend.Accuracy-reuse.Accuracy)/lost))
		}
		out = append(out, text+".")
		if kind, most := hardest(full, reuse); most > 0 {
			text = fmt.Sprintf("The loss is largest on questions of the kind %s: %s under full prefill, %s under reuse", kind,
				percent(full.ByKind[kind].Accuracy), percent(reuse.ByKind[kind].Accuracy))
			if b, ok := blend.ByKind[kind]; ok {
				text += fmt.Sprintf(", %s under blending", percent(b.Accuracy))
			}
			out = append(out, text+".")
		}
	}
	return out
}

// hardest returns the kind of question on which reuse loses most.
func hardest(full, reuse kv.ScoreDoc) (kind string, most float64) {
	for _, k := range kvscene.Kinds([]kv.ScoreDoc{full, reuse}) {
		if d := full.ByKind[k].Accuracy - reuse.ByKind[k].Accuracy; d > most {
			kind, most = k, d
		}
	}
	return kind, most
}

func totals(list []kv.ScoreDoc) export.Table {
	t := export.Table{Columns: []export.Column{left("scheme"), right("questions"), right("right"), right("95 %"), right("KL mean, nats")}}
	for _, s := range list {
		t.Rows = append(t.Rows, plain(kvscene.Name(s.Mode, s.Ratio, s.Rule), whole(s.N), kvscene.Percent(s.Accuracy)+" %",
			kvscene.Percent(s.AccuracyCI[0])+" to "+kvscene.Percent(s.AccuracyCI[1]), nats(s.KLMean)))
	}
	return t
}

// mostLost bounds the table of wrong answers.
const mostLost = 20

// lost lists wrong answers to questions that full prefill gets right: what the
// schemes cost.
func lost(wrong []kv.WrongDoc) (export.Section, bool) {
	wrong = slices.DeleteFunc(slices.Clone(wrong), func(w kv.WrongDoc) bool { return w.FullToo || w.Mode == string(kv.Full) })
	slices.SortStableFunc(wrong, func(a, b kv.WrongDoc) int {
		return cmp.Or(a.Archive-b.Archive, cmp.Compare(a.Question, b.Question), kvscene.Compare(a.Mode, a.Ratio, a.Rule, b.Mode, b.Ratio, b.Rule))
	})
	if len(wrong) == 0 {
		return export.Section{}, false
	}
	t := export.Table{Columns: []export.Column{right("archive"), left("kind"), left("question"), left("expected"), left("scheme"), left("answered")}}
	for _, w := range wrong[:min(len(wrong), mostLost)] {
		t.Rows = append(t.Rows, []export.Value{{Text: whole(w.Archive)}, {Text: w.Kind}, {Text: clip(question(w.Question), 160)}, code(w.Answer),
			{Text: kvscene.Name(w.Mode, w.Ratio, w.Rule)}, code(strings.TrimSpace(clip(w.Got, 60)))})
	}
	s := export.Section{Title: "What was lost", Blocks: []export.Block{
		export.Text(fmt.Sprintf("%s to questions that full prefill gets right; an answer shows the most likely token at each place.", plural(len(wrong), "wrong answer"))), t}}
	if n := len(wrong) - len(t.Rows); n > 0 {
		s.Blocks = append(s.Blocks, export.Text(fmt.Sprintf("And %d more.", n)))
	}
	return s, true
}

// textOf reads a text among the parameters; "" where there is none.
func textOf(params json.RawMessage, key string) string {
	var p map[string]json.RawMessage
	var s string
	if json.Unmarshal(params, &p) != nil || json.Unmarshal(p[key], &s) != nil {
		return ""
	}
	return s
}
