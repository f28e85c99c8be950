package kvexport

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/core/export"
	"assay/core/kv"
	"assay/core/kv/kvscene"
	"assay/core/plot"
)

func tellBlend(d *export.Document) (export.Story, error) {
	var s export.Story
	list, err := modes(d)
	if err != nil {
		return s, err
	}
	prompts, _, err := export.Decode[kv.PromptDoc](d, kv.RecordPrompt)
	if err != nil {
		return s, err
	}
	chunks, _, err := export.Decode[kv.ChunkDoc](d, kv.RecordChunk)
	if err != nil {
		return s, err
	}
	var prompt kv.PromptDoc
	if len(prompts) > 0 {
		prompt = prompts[0]
	}
	givePrompt(d, &s)
	if len(list) > 0 {
		s.Summary = blendSummary(list, prompt)
		s.Sections = append(s.Sections, byMode(list, prompt))
		maps, err := deviations(d, list, prompt)
		if err != nil {
			return s, err
		}
		s.Sections = append(s.Sections, maps...)
		s.Sections = append(s.Sections, answers(list, prompt))
	}
	if prompt.Tokens > 0 {
		s.Sections = append(s.Sections, segments(prompt, chunks))
	}
	return s, nil
}

// find returns the first result of a mode.
func find(list []kv.ModeDoc, mode kv.Mode) (kv.ModeDoc, bool) {
	i := slices.IndexFunc(list, func(m kv.ModeDoc) bool { return m.Mode == string(mode) })
	if i < 0 {
		return kv.ModeDoc{}, false
	}
	return list[i], true
}

func blendSummary(list []kv.ModeDoc, prompt kv.PromptDoc) []string {
	full, hasFull := find(list, kv.Full)
	reuse, hasReuse := find(list, kv.Reuse)
	blend, hasBlend := find(list, kv.Blend)
	var out []string
	switch {
	case hasBlend:
		text := fmt.Sprintf("Blending recomputed %d of %d context tokens", len(blend.Picked), prompt.Context)
		if prompt.Context > 0 {
			text += fmt.Sprintf(" (%s)", percent(float64(len(blend.Picked))/float64(prompt.Context)))
		}
		text += fmt.Sprintf(" and gave the first token after %s ms", ms(blend.TTFTMs))
		if hasFull && blend.TTFTMs > 0 {
			text += ", " + speed(blend.TTFTMs, full.TTFTMs)
		}
		out = append(out, text+".")
		if hasFull {
			text = fmt.Sprintf("At the end of the prompt, its distribution of the next token is %s nats (KL) away from full prefill's", nats(blend.KL))
			if hasReuse {
				text += fmt.Sprintf("; plain reuse of the caches, without recomputing anything, is %s nats away", nats(reuse.KL))
				if reuse.KL > 0 && blend.KL < reuse.KL {
					text += ", so blending removes " + most(1-blend.KL/reuse.KL) + " of the divergence"
				}
			}
			out = append(out, text+".")
		}
	case hasFull:
		out = append(out, fmt.Sprintf("Full prefill gave the first token after %s ms. Blending was not among the modes.", ms(full.TTFTMs)))
	}
	if hasFull && len(list) > 1 {
		out = append(out, alike(list, full))
	}
	return out
}

// alike says which modes answer as full prefill does.
func alike(list []kv.ModeDoc, full kv.ModeDoc) string {
	var same, other []string
	for _, m := range list {
		switch {
		case m.Mode == string(kv.Full):
		case m.Text == full.Text && (m.Text != "" || m.FirstDivergence < 0):
			same = append(same, m.Key)
		default:
			other = append(other, m.Key)
		}
	}
	answer := clip(strings.TrimSpace(full.Text), 60)
	switch {
	case len(other) == 0:
		return fmt.Sprintf("Every mode answers “%s”, as full prefill does.", answer)
	case len(same) == 0:
		return fmt.Sprintf("Full prefill answers “%s”, and no other mode does.", answer)
	}
	return fmt.Sprintf("Full prefill answers “%s”, and so %s %s; %s %s differently.", answer,
		verb(same, "does", "do"), enumerate(same), enumerate(other), verb(other, "answers", "answer"))
}

// verb returns the form of a verb for so many names.
func verb(names []string, one, many string) string {
	if len(names) == 1 {
		return one
	}
	return many
}

func byMode(list []kv.ModeDoc, prompt kv.PromptDoc) export.Section {
	full, timed := kvscene.Baseline(list)
	t := export.Table{Columns: []export.Column{left("mode"), right("recomputed"), right("TTFT, ms"), right("vs full"), right("KL, nats"), right("KL mean, nats"),
		left("same top token"), right("dK rms"), right("dV rms")}}
	for _, m := range list {
		var dk, dv float64
		for _, l := range m.Layers {
			dk += l.DKRMS / float64(len(m.Layers))
			dv += l.DVRMS / float64(len(m.Layers))
		}
		vs := "-"
		if timed && m.TTFTMs > 0 {
			vs = kvscene.Times(full.TTFTMs / m.TTFTMs)
		}
		t.Rows = append(t.Rows, plain(m.Key, recomputed(m, prompt), ms(m.TTFTMs), vs, nats(m.KL), nats(m.KLMean), yesNo(m.Top1), number(dk), number(dv)))
	}
	return export.Section{Title: "Result by mode", Blocks: []export.Block{
		export.Picture{File: "ttft", Scene: kvscene.TTFT(list)},
		t,
		export.Text("TTFT is the time to the first token. KL compares the distribution of the next token with full prefill's: at the last token of the prompt, and as a mean over full prefill's answer. dK and dV are the root mean square, over tokens and layers, of the L2 distance of the K and V caches from full prefill's."),
	}}
}

// recomputed is the share of context rows that a mode computed, over all layers.
func recomputed(m kv.ModeDoc, prompt kv.PromptDoc) string {
	if m.Mode == string(kv.Full) {
		return "all"
	}
	if len(m.Picked) == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", len(m.Picked), prompt.Context)
}

// mostMaps bounds the maps below each other in a picture.
const mostMaps = 3

// deviations shows the maps of reuse and blend, or of what the run has instead,
// and all modes by layer.
func deviations(d *export.Document, list []kv.ModeDoc, prompt kv.PromptDoc) ([]export.Section, error) {
	var order []kv.ModeDoc
	for _, wanted := range []kv.Mode{kv.Reuse, kv.Blend} {
		for _, m := range list {
			if m.Mode == string(wanted) {
				order = append(order, m)
			}
		}
	}
	for _, m := range list {
		if len(order) >= 2 {
			break
		}
		if m.Mode != string(kv.Full) && m.Mode != string(kv.Reuse) && m.Mode != string(kv.Blend) {
			order = append(order, m)
		}
	}
	norms, err := matrix(d, kv.ArrayVNorm)
	if err != nil {
		return nil, err
	}
	var maps []kvscene.Map
	for _, m := range order[:min(len(order), mostMaps)] {
		x, err := matrix(d, m.Key+kv.ArrayDV)
		if err != nil {
			return nil, err
		}
		if norms.Valid() {
			x = over(x, norms)
		}
		if x.Valid() {
			maps = append(maps, kvscene.Map{Doc: m, Values: x})
		}
	}
	lines := kvscene.ByLayer(list)
	if len(maps) == 0 && len(lines.Lines) == 0 {
		return nil, nil
	}
	s := export.Section{Title: "Where the caches deviate"}
	if len(maps) > 0 {
		s.Blocks = append(s.Blocks, export.Picture{File: "deviation", Scene: kvscene.Deviation(prompt, "V", norms.Valid(), maps)})
		if text := heaviest(maps[0], prompt); text != "" {
			s.Blocks = append(s.Blocks, export.Text(text))
		}
	}
	if len(lines.Lines) > 0 {
		s.Blocks = append(s.Blocks, export.Picture{File: "layers", Scene: lines})
	}
	return []export.Section{s}, nil
}

func matrix(d *export.Document, name string) (plot.Matrix, error) {
	a, ok := d.Array(name)
	if !ok || len(a.Shape) != 2 {
		return plot.Matrix{}, nil
	}
	v, err := a.F32()
	return plot.Matrix{Rows: a.Shape[0], Cols: a.Shape[1], Values: v}, err
}

// over divides by element; nothing over anything is nothing.
func over(a, b plot.Matrix) plot.Matrix {
	if a.Rows != b.Rows || a.Cols != b.Cols || len(a.Values) != len(b.Values) {
		return plot.Matrix{}
	}
	out := plot.Matrix{Rows: a.Rows, Cols: a.Cols, Values: make([]float32, len(a.Values))}
	for i, v := range a.Values {
		switch {
		case v == 0:
		case b.Values[i] == 0:
			out.Values[i] = float32(math.NaN())
		default:
			out.Values[i] = v / b.Values[i]
		}
	}
	return out
}

// heaviest says how uneven the deviation is at the last layer, which is why
// recomputing a few tokens helps, and names the tokens that deviate most.
func heaviest(m kvscene.Map, prompt kv.PromptDoc) string {
	row := m.Values.Row(m.Values.Rows - 1)
	order := make([]int, 0, len(row))
	sum := 0.
	for i, v := range row {
		if v == v {
			order = append(order, i)
			sum += float64(v) * float64(v)
		}
	}
	if sum == 0 || len(order) < 10 {
		return ""
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case row[a] > row[b]:
			return -1
		case row[a] < row[b]:
			return 1
		}
		return 0
	})
	top := len(order) / 10
	part := 0.
	for _, i := range order[:top] {
		part += float64(row[i]) * float64(row[i])
	}
	text := fmt.Sprintf("At the last layer of %s, the tenth of the tokens that deviate most holds %s of the squared deviation", m.Doc.Key, percent(part/sum))
	var words []string
	for _, i := range order[:5] {
		if i < len(prompt.Text) && strings.TrimSpace(prompt.Text[i]) != "" {
			words = append(words, fmt.Sprintf("“%s” (%d)", strings.TrimSpace(prompt.Text[i]), i))
		}
	}
	if len(words) > 0 {
		text += "; it is largest at " + enumerate(words)
	}
	return text + "."
}

func answers(list []kv.ModeDoc, prompt kv.PromptDoc) export.Section {
	s := export.Section{Title: "Answers"}
	for _, g := range prompt.Segments {
		if g.Kind == kv.SegmentQuestion && g.Text != "" {
			s.Blocks = append(s.Blocks, export.Text("The question: "+clip(question(g.Text), 400)))
		}
	}
	full, _ := kvscene.Baseline(list)
	t := export.Table{Columns: []export.Column{left("mode"), left("greedy answer"), left("as full prefill"), left("most likely next token"), right("log p")}}
	for _, m := range list {
		same := "yes"
		switch {
		case m.Mode == string(kv.Full):
			same = "-"
		case m.FirstDivergence >= 0 && m.Text == full.Text:
			same = fmt.Sprintf("yes; what it goes on with differs from token %d on", m.FirstDivergence)
		case m.FirstDivergence >= 0:
			same = fmt.Sprintf("no, from token %d on", m.FirstDivergence)
		}
		row := []export.Value{{Text: m.Key}, code(clip(m.Text, 120)), {Text: same}, {}, {}}
		if len(m.Top) > 0 {
			row[3], row[4] = code(m.Top[0].Text), export.Value{Text: number(m.Top[0].LogP)}
		}
		t.Rows = append(t.Rows, row)
	}
	s.Blocks = append(s.Blocks, t)
	for _, m := range list {
		if m.Note != "" {
			s.Blocks = append(s.Blocks, export.Text(m.Key+": "+m.Note))
		}
	}
	return s
}

// mostSegments bounds the table of segments; a long prompt has hundreds.
const mostSegments = 40

func segments(prompt kv.PromptDoc, chunks []kv.ChunkDoc) export.Section {
	t := export.Table{Columns: []export.Column{left("segment"), right("tokens"), left("cache when the run began"), left("text")}}
	for _, g := range prompt.Segments {
		if len(t.Rows) == mostSegments {
			break
		}
		name, cache := g.Kind, "-"
		if g.Kind == kv.SegmentChunk {
			name = fmt.Sprintf("chunk %d", g.Index)
			for _, c := range chunks {
				if c.Index != g.Index {
					continue
				}
				cache = "stored before"
				if !c.Hit {
					cache = "computed (" + c.Reason + ")"
				}
			}
		}
		t.Rows = append(t.Rows, []export.Value{{Text: name}, {Text: whole(g.End - g.Start)}, {Text: cache}, {Text: clip(strings.TrimSpace(g.Text), 160)}})
	}
	s := export.Section{Title: "The prompt", Blocks: []export.Block{
		export.Text(fmt.Sprintf("%d tokens, %d of them context, in %s.", prompt.Tokens, prompt.Context, plural(len(prompt.Segments), "segment"))), t}}
	if n := len(prompt.Segments) - len(t.Rows); n > 0 {
		s.Blocks = append(s.Blocks, export.Text(fmt.Sprintf("And %d more.", n)))
	}
	for _, n := range prompt.Notes {
		s.Blocks = append(s.Blocks, export.Text(n))
	}
	return s
}
