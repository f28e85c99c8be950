package fuzzexport

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"assay/core/export"
	"assay/core/fuzz"
	"assay/core/plot"
	"assay/core/run"
)

// tell writes the report of a campaign.
func (c campaign) tell(reproduce func(fuzz.FindingDoc) (fuzz.Reproducer, error)) export.Story {
	s := export.Story{Summary: c.summary(), Subject: subject(c.Target)}
	if program := c.Target.Program; program != "" && c.Target.Name != "gorgonia" {
		s.Given = map[string]any{"python": path.Base(program)}
	}
	if len(c.findings) > 0 {
		s.Sections = append(s.Sections, c.table())
	}
	if len(c.Families) > 0 {
		s.Sections = append(s.Sections, c.coverage())
	}
	if len(c.Verdicts) > 0 {
		s.Sections = append(s.Sections, c.verdicts())
	}
	for _, f := range c.findings {
		s.Sections = append(s.Sections, c.finding(f, reproduce))
	}
	return s
}

func (c campaign) summary() []string {
	if c.Tests == 0 {
		return nil
	}
	text := fmt.Sprintf("%d tests of %s %s made %d comparisons of derivatives in %.0f s (%.0f a second) and met %d of %d APIs.",
		c.Tests, c.Target.Name, c.Target.Version, c.Checks, c.Seconds, c.ChecksPerS, c.Covered, c.APIs)
	if len(c.findings) == 0 {
		return []string{text + " No difference was left unexplained."}
	}
	confirmed, verified, known := 0, 0, 0
	by := map[run.Severity]int{}
	for _, f := range c.findings {
		by[f.Severity]++
		confirmed += one(f.Confirmed)
		verified += one(f.Verified == "yes")
		known += one(f.Known != "")
	}
	var parts []string
	for _, v := range run.Severities() {
		if by[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", by[v], v))
		}
	}
	found := fmt.Sprintf("Behind the differences that no filter explains are %d causes: %s. %d were seen again in fresh processes, and of %d the reproducer was run and has shown it.",
		len(c.findings), strings.Join(parts, ", "), confirmed, verified)
	if known > 0 {
		found += fmt.Sprintf(" Public issues speak of %d.", known)
	}
	return []string{text, found}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// table lists the findings.
func (c campaign) table() export.Section {
	t := export.Table{Columns: []export.Column{{Name: "id"}, {Name: "API"}, {Name: "category"}, {Name: "wrong"}, {Name: "pattern"}, {Name: "severity"}, {Name: "relative error", Right: true},
		{Name: "elements", Right: true}, {Name: "seen", Right: true}, {Name: "first, s", Right: true}, {Name: "again"}, {Name: "reproduced"}, {Name: "label"}}}
	for _, f := range c.findings {
		verified := f.Verified
		if verified != "yes" && verified != "no" {
			verified = "not run"
		}
		t.Rows = append(t.Rows, []export.Value{{Text: f.ID, Code: true}, {Text: f.API, Code: true}, {Text: f.Category}, {Text: string(f.Wrong)}, {Text: f.Pattern}, {Text: string(f.Severity)},
			{Text: relative(f)}, {Text: strconv.Itoa(f.Elements)}, {Text: strconv.Itoa(f.Count)}, {Text: strconv.FormatFloat(f.FirstSeenS, 'f', 1, 64)},
			{Text: f.Repeats}, {Text: verified}, {Text: c.labels[f.ID].Word}})
	}
	return export.Section{Title: "Findings", Blocks: []export.Block{t,
		export.Text("Each row is one root cause. Seen counts the tests that showed it, again how often fresh processes did.")}}
}

// coverage shows how much of each family of APIs was met.
func (c campaign) coverage() export.Section {
	ch := plot.BarChart{Title: "APIs tested, by family", Note: "Behind the bars: APIs tested of those listed, and findings.", Axis: plot.Axis{Name: "share of the family, %", Lo: 0, Hi: 100}}
	for _, f := range c.Families {
		share := 0.0
		if f.APIs > 0 {
			share = 100 * float64(f.Covered) / float64(f.APIs)
		}
		text := fmt.Sprintf("%d of %d", f.Covered, f.APIs)
		if f.Findings > 0 {
			text += fmt.Sprintf(" · %d found", f.Findings)
		}
		ch.Bars = append(ch.Bars, plot.Bar{Label: f.Name, Value: share, Text: text, Hue: one(f.Findings > 0)})
	}
	blocks := []export.Block{export.Picture{File: "coverage", Scene: ch}}
	if len(c.Speed) > 2 {
		found := plot.Line{Name: "findings"}
		for _, p := range c.Speed {
			found.X, found.Y = append(found.X, p.S), append(found.Y, float64(p.Findings))
		}
		blocks = append(blocks, export.Picture{File: "findings", Scene: plot.LineChart{Title: "Findings over time", Note: "Causes known after so many seconds of fuzzing.",
			X: plot.Axis{Name: "fuzzing, s", FromZero: true}, Y: plot.Axis{Name: "findings", FromZero: true, Whole: true}, Lines: []plot.Line{found}}})
	}
	if len(c.Empty) > 0 {
		t := export.Table{Columns: []export.Column{{Name: "API"}, {Name: "why"}}}
		for _, e := range c.Empty {
			t.Rows = append(t.Rows, []export.Value{{Text: e.API, Code: true}, {Text: export.WithoutPaths(e.Why)}})
		}
		blocks = append(blocks, export.Text("Not tested, since no case of theirs runs:"), t)
	}
	return export.Section{Title: "Coverage", Blocks: blocks}
}

// verdicts says what became of the tests.
func (c campaign) verdicts() export.Section {
	t := export.Table{Columns: []export.Column{{Name: "verdict"}, {Name: "tests", Right: true}, {Name: "share", Right: true}}}
	for _, v := range slices.Sorted(maps.Keys(c.Verdicts)) {
		n := c.Verdicts[v]
		t.Rows = append(t.Rows, []export.Value{{Text: v, Code: true}, {Text: strconv.FormatInt(n, 10)}, {Text: fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(c.Tests, 1)))}})
	}
	return export.Section{Title: "What became of the tests", Blocks: []export.Block{t,
		export.Text(fmt.Sprintf("%d target processes ended in the middle of a test, %d of them since they hung. The digest of the cases is %s.", c.Crashes, c.Hangs, c.CaseDigest))}}
}

// finding tells one finding: what it is, its numbers, and the program that shows it.
func (c campaign) finding(f fuzz.FindingDoc, reproduce func(fuzz.FindingDoc) (fuzz.Reproducer, error)) export.Section {
	facts := export.Table{Columns: []export.Column{{Name: ""}, {Name: ""}}}
	row := func(name, value string, code bool) {
		if value != "" {
			facts.Rows = append(facts.Rows, []export.Value{{Text: name}, {Text: value, Code: code}})
		}
	}
	row("finding", f.ID, true)
	row("signature", f.Signature, true)
	row("root cause", f.RootCause, true)
	row("pattern", f.Pattern, false)
	if f.Measured() {
		row("error", fmt.Sprintf("%s relative, %s absolute, at output %d, input %d", size(f.Evidence.RelErr), size(f.Evidence.AbsErr), f.Evidence.Row, f.Evidence.Col), false)
	}
	text, _, _ := strings.Cut(f.Text, "\n")
	row("text", export.WithoutPaths(text), true)
	row("signal", f.Signal, false)
	row("known", f.Known, false)
	l := c.labels[f.ID]
	row("label", strings.TrimSpace(l.Word+"  "+l.Note), false)
	s := export.Section{Title: f.API + ": " + f.Category, Blocks: []export.Block{facts}}
	if t := matrices(&f.Evidence); len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, t)
	}
	if reproduce == nil || f.Case == nil {
		return s
	}
	r, err := reproduce(f)
	if err != nil {
		s.Blocks = append(s.Blocks, export.Text("No program shows it: "+err.Error()+"."))
		return s
	}
	words := "This program shows it"
	if r.Folder {
		words = "This program shows it, with the other files of its folder"
	}
	s.Blocks = append(s.Blocks, export.Text(words+"; assay fuzz repro "+f.ID+" runs it."), export.Code{Language: language(r.Entry), Text: string(r.Files[r.Entry])})
	return s
}

func language(file string) string {
	return map[string]string{".py": "python", ".go": "go"}[path.Ext(file)]
}

// mostEntries bounds the entries of the Jacobians that a report shows.
const mostEntries = 36

// matrices sets the Jacobians of the modes side by side, an entry a row.
func matrices(e *fuzz.EvidenceDoc) export.Table {
	t := export.Table{Columns: []export.Column{{Name: "output", Right: true}, {Name: "input", Right: true}, {Name: "reverse", Right: true}, {Name: "forward", Right: true}, {Name: "numerical", Right: true}}}
	if len(e.Reverse)+len(e.Forward)+len(e.Numeric) == 0 || e.Cols < 1 {
		return t
	}
	at := func(m []fuzz.Float, i int) string {
		if i >= len(m) {
			return "-"
		}
		return strconv.FormatFloat(float64(m[i]), 'g', 9, 64)
	}
	for i := range min(e.Rows*e.Cols, mostEntries) {
		t.Rows = append(t.Rows, []export.Value{{Text: strconv.Itoa(i / e.Cols)}, {Text: strconv.Itoa(i % e.Cols)}, {Text: at(e.Reverse, i)}, {Text: at(e.Forward, i)}, {Text: at(e.Numeric, i)}})
	}
	return t
}

// tellLook writes the report of a look at one case.
func tellLook(d *export.Document) (export.Story, error) {
	docs, _, err := export.Decode[fuzz.LookDoc](d, fuzz.RecordLook)
	if err != nil || len(docs) == 0 {
		return export.Story{}, err
	}
	l := docs[len(docs)-1]
	s := export.Story{Subject: subject(l.Target)}
	if l.Case != nil {
		text := fmt.Sprintf("One case of %s: %s", l.Case.API, l.Verdict)
		if l.Category != "" {
			text += fmt.Sprintf(", %s, wrong: %s, %s", l.Category, l.Wrong, l.Pattern)
		}
		s.Summary = []string{text + fmt.Sprintf(", by %d checks.", l.Checks)}
	}
	if l.Text != "" {
		s.Summary = append(s.Summary, export.WithoutPaths(l.Text))
	}
	if t := matrices(&l.Evidence); len(t.Rows) > 0 {
		s.Sections = []export.Section{{Title: "Jacobian in every mode", Blocks: []export.Block{t}}}
	}
	return s, nil
}

// relative writes the relative error of a finding that has numbers.
func relative(f fuzz.FindingDoc) string {
	if !f.Measured() || f.Evidence.RelErr == 0 {
		return "-"
	}
	return size(f.Evidence.RelErr)
}

// size writes the size of an error.
func size(x fuzz.Float) string { return strconv.FormatFloat(float64(x), 'g', 3, 64) }
