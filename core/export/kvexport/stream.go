package kvexport

import (
	"fmt"
	"strconv"
	"strings"

	"assay/core/export"
	"assay/core/kv"
	"assay/core/kv/kvscene"
)

// streamed returns what a stream did; false where it has not yet done anything.
func streamed(d *export.Document) (kv.StreamDoc, bool, error) {
	list, _, err := export.Decode[kv.StreamDoc](d, kv.RecordStream)
	if err != nil || len(list) == 0 {
		return kv.StreamDoc{}, false, err
	}
	return list[0], true, nil
}

func tellStream(d *export.Document) (export.Story, error) {
	var s export.Story
	if text := textOf(d.Run.Params, "plan_json"); text != "" {
		s.Inputs = []export.File{{Name: "plan.json", Data: []byte(strings.TrimRight(text, "\n") + "\n")}}
		s.Given = map[string]any{"plan": "plan.json", "plan_json": ""}
	} else if textOf(d.Run.Params, "trace") != "" {
		s.Given = map[string]any{"trace": ""} // its numbers are in bandwidth
	}
	x, ok, err := streamed(d)
	if err != nil || !ok {
		return s, err
	}
	s.Summary = streamSummary(x)
	plan := kvscene.Timeline("The plan", "Chunks one after the other: a level comes over the link, text is computed.", kvscene.Planned(x), 1e3*x.SLO)
	timeline := export.Section{Title: "Timeline", Blocks: []export.Block{export.Picture{File: "plan", Scene: plan}}}
	if x.Live != nil {
		live := kvscene.Timeline("Over the link", "The same chunks over loopback TCP at the throttled rates, decoded while the next one comes.", x.Live.Lanes, 1e3*x.SLO)
		timeline.Blocks = append(timeline.Blocks, export.Picture{File: "link", Scene: live})
	}
	rules := export.Table{Columns: []export.Column{left("rule"), right("time, ms"), left("deadline"), left("choices")}}
	for _, r := range kvscene.RulesOf(x) {
		rules.Rows = append(rules.Rows, plain(r.Rule, ms(1e3*r.Total), met(r.Met), clip(strings.Join(r.Choices, " "), 160)))
	}
	chunks := export.Table{Columns: []export.Column{right("chunk"), left("choice"), right("bytes"), right("Gbit/s"), right("from, ms"), right("to, ms")}}
	for i, c := range x.Chunks {
		chunks.Rows = append(chunks.Rows, plain(whole(i), c.Choice, strconv.FormatInt(c.Bytes, 10), number(c.Bandwidth), ms(1e3*c.Start), ms(1e3*c.End)))
	}
	s.Sections = []export.Section{timeline,
		{Title: "The rules side by side", Blocks: []export.Block{export.Picture{File: "rules", Scene: kvscene.Rules(x)}, rules}},
		{Title: "Chunks", Blocks: []export.Block{chunks}}}
	return s, nil
}

func met(b bool) string {
	if b {
		return "met"
	}
	return "missed"
}

func streamSummary(x kv.StreamDoc) []string {
	out := []string{fmt.Sprintf("Rule %s had %s there after %s ms: the deadline of %s ms was %s.", x.Rule, plural(len(x.Chunks), "chunk"), ms(1e3*x.Total), ms(1e3*x.SLO), met(x.Met))}
	if x.Live != nil {
		out = append(out, fmt.Sprintf("Sent over a loopback link at those rates it took %s ms (%s).", ms(x.Live.TotalMs), met(x.Live.Met)))
	}
	if x.Note != "" {
		out = append(out, "On this trace "+x.Note+".")
	}
	return out
}

func streamSheets(d *export.Document) ([]export.Sheet, error) {
	x, _, err := streamed(d)
	id := string(d.Run.ID)
	chunks := export.Sheet{Name: "chunks", About: "one chunk under the rule of the run", Header: []string{"run_id", "chunk", "choice", "bytes", "bandwidth_gbps", "start_s", "end_s"},
		Rows: func(yield func([]string) bool) {
			for i, c := range x.Chunks {
				if !yield([]string{id, whole(i), c.Choice, strconv.FormatInt(c.Bytes, 10), export.Cell(c.Bandwidth), export.Cell(c.Start), export.Cell(c.End)}) {
					return
				}
			}
		}}
	rules := export.Sheet{Name: "rules", About: "one rule on the same plan", Header: []string{"run_id", "rule", "total_s", "met", "choices"},
		Rows: func(yield func([]string) bool) {
			if x.Rule == "" {
				return
			}
			for _, r := range kvscene.RulesOf(x) {
				if !yield([]string{id, r.Rule, export.Cell(r.Total), strconv.FormatBool(r.Met), strings.Join(r.Choices, " ")}) {
					return
				}
			}
		}}
	spans := export.Sheet{Name: "spans", About: "one bar of the transfer over the link", Header: spanHeader("chunk"),
		Rows: func(yield func([]string) bool) {
			if x.Live != nil {
				spanRows(id, "", x.Live.Lanes, yield)
			}
		}}
	return []export.Sheet{chunks, rules, spans}, err
}

// spanHeader names the columns of the bars of a Gantt chart.
func spanHeader(item string) []string {
	return []string{"run_id", "of", "lane", item, "start_ms", "end_ms"}
}

// spanRows yields the bars of one chart; false says that nobody wants more.
func spanRows(id, of string, spans []kv.SpanDoc, yield func([]string) bool) bool {
	for _, s := range spans {
		if !yield([]string{id, of, s.Lane, whole(s.Item), export.Cell(s.Start), export.Cell(s.End)}) {
			return false
		}
	}
	return true
}
