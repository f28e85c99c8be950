package kvbench

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"assay/core/kv"
	"assay/tui/ui"
)

// drawSegments lists the parts of the prompt with their caches, the model and
// the parameters of the run.
func (p *blendPage) drawSegments(w, h int) []string {
	t := p.s.c.Theme
	var lines []string
	head := func(text string) {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, " "+t.Paint("title", text))
	}
	if pr := p.run.Prompt; pr != nil {
		head("segments")
		lines = append(lines, t.Paint("muted", "   segment    tokens     cache"))
		at, _ := p.run.Segment(p.s.look.Token)
		for _, s := range pr.Segments {
			mark := "  "
			if s.Start == at.Start && s.Kind == at.Kind {
				mark = "> "
				if p.s.look.Pane != paneSegments { // not being read: it follows the cursor
					p.scroll[paneSegments] = max(len(lines)-h/2, 0)
				}
			}
			lines = append(lines, mark+" "+ui.Fit(segmentName(s), 10)+" "+ui.Fit(strconv.Itoa(s.Start)+".."+strconv.Itoa(s.End-1), 10)+" "+p.cache(s))
			if w >= 30 && s.Text != "" {
				lines = append(lines, "     "+t.Paint("muted", ui.Cut(answer(s.Text), w-6)))
			}
		}
		for _, n := range pr.Notes {
			lines = append(lines, ui.Wrap("   note: "+oneLine(n), w)...)
		}
	}
	if m := p.run.Model; m != nil {
		head("model")
		gate := "gate failed"
		if m.Gate.Pass {
			gate = "gate passed: r = 1 bit-equal"
		}
		for _, l := range []string{
			m.Name + " " + m.DType + " " + m.Fingerprint[:min(len(m.Fingerprint), 12)],
			strconv.Itoa(m.Layers) + " layers, " + strconv.Itoa(m.Heads) + " heads, " + strconv.Itoa(m.KVHeads) + " KV heads of " + strconv.Itoa(m.HeadDim),
			m.Device + " " + m.ISA + ", " + strconv.Itoa(m.Threads) + " threads",
			gate,
		} {
			lines = append(lines, "   "+l)
		}
	}
	if len(p.params) > 0 {
		head("parameters")
		for _, l := range p.params {
			lines = append(lines, "   "+ui.Cut(l, w-3))
		}
	}
	return p.scrolled(paneSegments, lines, h)
}

// cache says where the cache of a chunk came from.
func (p *blendPage) cache(s kv.SegmentDoc) string {
	if s.Kind == kv.SegmentQuestion {
		return "never cached"
	}
	for _, c := range p.run.Chunks {
		if c.Index != s.Index {
			continue
		}
		if c.Hit {
			return "hit " + size(c.SizeBytes)
		}
		return c.Reason + " " + size(c.SizeBytes)
	}
	return "-"
}

// parameters lists the parameters of the run that are not empty.
func (p *blendPage) parameters() []string {
	given := map[string]any{}
	if json.Unmarshal(p.run.Run.Params, &given) != nil {
		return nil
	}
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(given)) {
		text := ""
		switch v := given[k].(type) {
		case nil:
		case string:
			text = v
		case []any:
			words := make([]string, len(v))
			for i, x := range v {
				words[i] = scalar(x)
			}
			text = strings.Join(words, ",")
		default:
			text = scalar(v)
		}
		if text != "" {
			lines = append(lines, ui.Fit(k, 9)+" "+answer(text))
		}
	}
	return lines
}

func scalar(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // cannot happen: the value came out of JSON
	}
	return strings.Trim(string(b), `"`)
}
