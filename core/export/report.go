package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/core/bench"
	"assay/core/plot"
	"assay/core/run"
)

// ReportFile is the name of the text of a report.
const ReportFile = "report.md"

// Report writes a run for a colleague: one page of Markdown with pictures,
// which says what came out, what was run and on what, and how to repeat it. The
// text comes last among the files. It names no path of this machine, and the
// same run gives the same bytes.
func Report(d *Document, k bench.Kind, t Teller, style plot.Style) ([]File, error) {
	story, err := t.Tell(d)
	if err != nil {
		return nil, err
	}
	params, err := k.Schema.FromJSON(d.Run.Params)
	if err != nil {
		return nil, err
	}
	files := slices.Clone(story.Inputs)
	clean := cleaner(k.Schema, params)
	r := d.Run
	p := &page{}
	p.WriteString("# " + inline(k.Title) + ": " + inline(clean(r.Name)) + "\n")
	if text := unfinished(r); text != "" {
		p.paragraph(clean(text))
	}
	for _, s := range story.Summary {
		p.paragraph(s)
	}
	if len(story.Summary) == 0 && r.Headline != "" {
		p.paragraph(clean(r.Headline))
	}
	p.heading("What was run")
	p.paragraph(k.Summary)
	p.shell(command(k, params, story.Given))
	p.facts(facts(r))
	if r.Note != "" {
		p.heading("Note")
		for line := range strings.SplitSeq(clean(r.Note), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				p.paragraph(line)
			}
		}
	}
	for _, s := range story.Sections {
		p.heading(s.Title)
		for _, b := range s.Blocks {
			switch b := b.(type) {
			case Text:
				p.paragraph(string(b))
			case Table:
				p.table(b)
			case Code:
				p.code(b.Language, b.Text)
			case Picture:
				data, err := style.Picture(b.Scene)
				if err != nil {
					return nil, err
				}
				name := b.File + style.Ext()
				files = append(files, File{name, data})
				p.WriteString("\n![" + inline(b.Scene.Heading()) + "](" + name + ")\n")
			}
		}
	}
	p.heading("Model and machine")
	p.facts(slices.Concat(story.Subject, machine(r, clean)))
	p.heading("How to repeat it")
	repeat(p, k, d, params, story)
	warnings(p, d, clean)
	return append(files, File{ReportFile, []byte(p.String())}), nil
}

// unfinished says how a run ended that is not done.
func unfinished(r run.Run) string {
	if r.State == run.Done {
		return ""
	}
	text := fmt.Sprintf("This run is %s", r.State)
	if r.ErrorCode != "" {
		text += fmt.Sprintf(" (%s: %s)", r.ErrorCode, strings.TrimSuffix(r.ErrorText, "."))
	}
	if r.Total > 0 {
		text += fmt.Sprintf(", %d of %d steps done", r.Done, r.Total)
	}
	return text + ". What follows is what it had stored."
}

// command is the command line of the run, files by their base names.
func command(k bench.Kind, p bench.Params, given map[string]any) string {
	out := maps.Clone(p)
	for _, q := range k.Schema {
		if text, ok := out[q.Key()].(string); ok && text != "" && (q.Type == bench.Path || filepath.IsAbs(text)) {
			out[q.Key()] = filepath.Base(text)
		}
	}
	maps.Copy(out, given)
	return k.CommandLine(out)
}

func facts(r run.Run) []Fact {
	list := []Fact{
		{Name: "run", Value: string(r.ID), Code: true},
		{Name: "kind", Value: r.Kind, Code: true},
		{Name: "state", Value: string(r.State)},
		{Name: "started", Value: date(r.StartedMs)},
		{Name: "took", Value: span(r)},
		{Name: "seed", Value: fmt.Sprint(r.Seed)},
		{Name: "tags", Value: strings.Join(r.Tags, ", ")},
	}
	if r.Parent != "" {
		list = append(list, Fact{Name: string(r.Relation) + " of", Value: string(r.Parent), Code: true})
	}
	return list
}

func date(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05 UTC")
}

func span(r run.Run) string {
	if r.StartedMs == 0 || r.EndedMs < r.StartedMs {
		return ""
	}
	return seconds(r.EndedMs - r.StartedMs)
}

// seconds writes a duration in milliseconds for people: "0.99 s", "12m3s".
func seconds(ms int64) string {
	if ms < 60_000 {
		return strconv.FormatFloat(float64(ms)/1000, 'f', 2, 64) + " s"
	}
	return (time.Duration(ms) * time.Millisecond).Round(time.Second).String()
}

// machine lists what the record says about build and machine.
func machine(r run.Run, clean func(string) string) []Fact {
	list := []Fact{{Name: "host", Value: r.Host}}
	var env map[string]any
	if json.Unmarshal(r.Env, &env) != nil {
		return list
	}
	words := map[string]string{"version": "assay", "go": "Go", "os": "operating system", "arch": "architecture", "cpu": "processor"}
	for _, key := range slices.Sorted(maps.Keys(env)) {
		switch v := env[key].(type) {
		case string, float64, bool:
			name := words[key]
			if name == "" {
				name = strings.ReplaceAll(key, "_", " ")
			}
			list = append(list, Fact{Name: name, Value: clean(fmt.Sprint(v))})
		}
	}
	return list
}

func repeat(p *page, k bench.Kind, d *Document, params bench.Params, story Story) {
	text := "The same version of assay gives the same numbers from the command above; only measured times differ."
	if len(story.Inputs) > 0 {
		names := make([]string, len(story.Inputs))
		for i, f := range story.Inputs {
			names[i] = f.Name
		}
		text += " What it reads lies beside this page: " + strings.Join(names, ", ") + "."
	}
	if q, ok := k.Schema.Find("model"); ok && params.String(q.Key()) != "" {
		text += " The model must have the fingerprint stated above."
	}
	p.paragraph(text)
	p.paragraph("Everything the run recorded fits into one file, which another installation reads, shows and repeats number by number:")
	id := string(d.Run.ID)
	p.shell("assay run export "+id+" > run.json  # where the run is", "assay run import run.json  # elsewhere, then", "assay run replay "+id)
	t := Table{Columns: []Column{{Name: "parameter"}, {Name: "value"}, {Name: "unit"}}}
	for _, q := range k.Schema {
		text := q.Format(params[q.Key()])
		if text != "" && (q.Type == bench.Path || filepath.IsAbs(text)) {
			text = filepath.Base(text)
		}
		if text == "" || q.Type == bench.String && len(text) > mostName { // a whole prompt; it lies beside the page
			continue
		}
		t.Rows = append(t.Rows, []Value{{Text: q.Name, Code: true}, {Text: text, Code: true}, {Text: q.Unit}})
	}
	p.table(t)
}

// mostWarnings bounds the log in a report; the export has all of it.
const mostWarnings = 20

func warnings(p *page, d *Document, clean func(string) string) {
	t := Table{Columns: []Column{{Name: "after"}, {Name: "level"}, {Name: "what"}}}
	left := 0
	for _, e := range d.Events {
		if e.Level < run.Warn {
			continue
		}
		if len(t.Rows) == mostWarnings {
			left++
			continue
		}
		level := "warning"
		if e.Level >= run.Err {
			level = "error"
		}
		t.Rows = append(t.Rows, []Value{{Text: seconds(max(e.TMs-d.Run.CreatedMs, 0))}, {Text: level}, {Text: clean(e.Text)}})
	}
	if len(t.Rows) == 0 {
		return
	}
	p.heading("Warnings of the log")
	p.table(t)
	if left > 0 {
		p.paragraph(fmt.Sprintf("And %d more.", left))
	}
}

// absolutePath finds what looks like an absolute path, or one below a home.
var absolutePath = regexp.MustCompile(`(^|[\s"'=(\[{<,;:])~?/(?:[^\s"'()\[\]{}<>,;:/]+/)*([^\s"'()\[\]{}<>,;:/]+)/?`)

// cleaner returns a function that leaves only the base names of paths in a text:
// of those among the parameters, and of whatever looks like one.
func cleaner(s bench.Schema, params bench.Params) func(string) string {
	var known []string
	for _, q := range s {
		if path, ok := params[q.Key()].(string); ok && filepath.IsAbs(path) {
			known = append(known, path)
		}
	}
	return func(text string) string {
		for _, path := range known {
			text = strings.ReplaceAll(text, path, filepath.Base(path))
		}
		return WithoutPaths(text)
	}
}

// WithoutPaths leaves only the base names of what looks like an absolute path in a text.
func WithoutPaths(text string) string { return absolutePath.ReplaceAllString(text, "$1$2") }
