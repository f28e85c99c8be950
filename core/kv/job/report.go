package job

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/model"
	"assay/core/run"
)

// params reads the parameters of a recorded run.
func params(ctx context.Context, r run.Reader, id run.ID, s bench.Schema) (bench.Params, error) {
	row, err := r.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.FromJSON(row.Params)
}

// modes returns the modes that a run has stored, by key.
func modes(ctx context.Context, env bench.Env) (map[string]kv.ModeDoc, error) {
	docs, keys, err := run.Decode[kv.ModeDoc](ctx, env.Reader, env.ID, kv.RecordMode)
	if err != nil {
		return nil, err
	}
	out := map[string]kv.ModeDoc{}
	for i, k := range keys {
		out[k] = docs[i]
	}
	return out, nil
}

func blendDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	d := kv.BlendDoc{Prompt: kv.PromptDoc{Segments: []kv.SegmentDoc{}, Text: []string{}}, Modes: []kv.ModeDoc{}}
	prompt, _, err := run.Decode[kv.PromptDoc](ctx, r, id, kv.RecordPrompt)
	if err != nil {
		return nil, err
	}
	if len(prompt) > 0 {
		d.Prompt = prompt[0]
	}
	list, _, err := run.Decode[kv.ModeDoc](ctx, r, id, kv.RecordMode)
	if err != nil {
		return nil, err
	}
	d.Modes = append(d.Modes, list...)
	return d, nil
}

// describe spells an assembled prompt out for the record.
func describe(m *model.Model, a kv.Assembly) kv.PromptDoc {
	d := kv.PromptDoc{Tokens: len(a.IDs), Context: a.Context, Text: make([]string, len(a.IDs)), Notes: a.Notes}
	for _, s := range a.Segments {
		if m.Tokenizer != nil && s.Text == "" {
			s.Text = m.Tokenizer.Decode(a.Of(s))
		}
		d.Segments = append(d.Segments, s)
	}
	if m.Tokenizer != nil {
		for i, id := range a.IDs {
			d.Text[i] = m.Tokenizer.Token(id)
		}
	}
	return d
}

// blendHeadline says how far the blend is from full prefill, and how much
// faster: "KL .094 2.9x". Where there is no blend it speaks of another mode.
func blendHeadline(docs map[string]kv.ModeDoc) string {
	var shown kv.ModeDoc
	for _, m := range append([]string{string(kv.Blend), string(kv.Reuse)}, kv.Modes()...) {
		if d, ok := docs[m]; ok && m != string(kv.Full) {
			shown = d
			break
		}
	}
	full, timed := docs[string(kv.Full)]
	if shown.Mode == "" {
		if !timed {
			return ""
		}
		return fmt.Sprintf("full %.0f ms", full.TTFTMs)
	}
	text := "KL " + short(shown.KL)
	if shown.Mode != string(kv.Blend) {
		text = shown.Mode + " " + text
	}
	if timed && shown.TTFTMs > 0 {
		text += fmt.Sprintf(" %.1fx", full.TTFTMs/shown.TTFTMs)
	}
	return text
}

// short writes a number in two significant digits without a leading zero.
func short(x float64) string {
	if x == 0 {
		return "0"
	}
	if math.Abs(x) < 1e-4 {
		return fmt.Sprintf("%.0e", x)
	}
	digits := 2
	if a := math.Abs(x); a >= 0.001 && a < 1 {
		digits = 3
	}
	if math.Abs(x) < 0.001 {
		digits = 5
	}
	text := strconv.FormatFloat(x, 'f', digits, 64)
	if strings.HasPrefix(text, "0.") {
		text = text[1:]
	}
	return text
}
