package captionexport

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"assay/core/caption"
	"assay/core/export"
	"assay/core/plot"
)

// mostIssues bounds the issues that a report tells with their captions; the tables of
// CSV have all of them.
const mostIssues = 40

// tell writes the report of a campaign.
func (c campaign) tell() export.Story {
	s := export.Story{Summary: c.summary(), Subject: c.subject()}
	if len(c.Categories) > 0 {
		s.Sections = append(s.Sections, c.categories())
	}
	if len(c.ByLevel) > 0 {
		s.Sections = append(s.Sections, c.levels())
	}
	if len(c.Matrix) > 0 && c.IssuesRaw > 0 {
		s.Sections = append(s.Sections, c.classes())
	}
	if c.Known > 0 {
		s.Sections = append(s.Sections, c.truth())
	}
	if len(c.issues) > 0 {
		s.Sections = append(s.Sections, c.list())
	}
	return s
}

func (c campaign) summary() []string {
	if c.PairsTotal == 0 {
		return nil
	}
	text := fmt.Sprintf("%d of %d pairs of pictures were judged: %d issues, %d distinct", c.PairsJudged, c.PairsTotal, c.IssuesRaw, c.Distinct)
	if c.PairsUnsure > 0 {
		text += fmt.Sprintf(", %d unsure", c.PairsUnsure)
	}
	out := []string{text + "."}
	if c.Known > 0 && c.IssuesRaw > 0 {
		out = append(out, fmt.Sprintf("The truth of %d pairs is known. By it %d of the %d issues are real: precision %s. Of %d pairs with a wrong caption recall is %s.",
			c.Known, c.Confirmed, c.IssuesRaw, interval(c.Precision, c.PrecisionCI), c.Wrong, interval(c.Recall, c.RecallCI)))
	}
	if n := c.labelled(); n != "" {
		out = append(out, n)
	}
	return out
}

// interval writes a share with its 95 % interval.
func interval(v float64, ci [2]float64) string {
	return fmt.Sprintf("%.1f %% [%.1f, %.1f]", 100*v, 100*ci[0], 100*ci[1])
}

// labelled counts what people have said of the issues.
func (c campaign) labelled() string {
	by := map[string]int{}
	for _, l := range c.labels {
		by[l.Word]++
	}
	var parts []string
	for _, w := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%d %s", by[w], w))
	}
	if len(parts) == 0 {
		return ""
	}
	return "Labels that people gave: " + strings.Join(parts, ", ") + "."
}

func (c campaign) subject() []export.Fact {
	p := c.plan
	if p.Captioner == "" {
		return nil
	}
	return []export.Fact{{Name: "captioner", Value: export.WithoutPaths(p.Captioner)}, {Name: "fingerprint", Value: p.Fingerprint, Code: true}, {Name: "variant of the oracle", Value: p.Variant},
		{Name: "composition", Value: p.Method}, {Name: "corpus", Value: fmt.Sprintf("%d objects, %d backgrounds", p.Objects, p.Backgrounds)},
		{Name: "captions", Value: fmt.Sprintf("%d asked, %d from the cache", c.Asked, c.Cached)}}
}

// categories counts issues by what is wrong with them.
func (c campaign) categories() export.Section {
	ch := plot.BarChart{Title: "Issues by category", Note: "Each issue under its first category.", Axis: plot.Axis{Name: "issues", Whole: true}}
	names := slices.SortedFunc(maps.Keys(c.Categories), func(a, b string) int {
		if d := c.Categories[b] - c.Categories[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, n := range names {
		ch.Bars = append(ch.Bars, plot.Bar{Label: n, Value: float64(c.Categories[n]), Text: strconv.Itoa(c.Categories[n])})
	}
	return export.Section{Title: "Categories", Blocks: []export.Block{export.Picture{File: "categories", Scene: ch}}}
}

// levels shows what overlap does.
func (c campaign) levels() export.Section {
	issues, named := plot.Line{Name: "issues"}, plot.Line{Name: "object named", Hue: 1}
	t := export.Table{Columns: []export.Column{{Name: "level", Right: true}, {Name: "pairs", Right: true}, {Name: "issues", Right: true}, {Name: "object named", Right: true}}}
	for _, l := range c.ByLevel {
		share := func(n int) float64 {
			if l.Pairs == 0 {
				return math.NaN()
			}
			return 100 * float64(n) / float64(l.Pairs)
		}
		issues.X, issues.Y = append(issues.X, float64(l.Level)), append(issues.Y, share(l.Issues))
		named.X, named.Y = append(named.X, float64(l.Level)), append(named.Y, share(l.Named))
		t.Rows = append(t.Rows, []export.Value{{Text: "L" + strconv.Itoa(l.Level)}, {Text: strconv.Itoa(l.Pairs)}, {Text: strconv.Itoa(l.Issues)}, {Text: strconv.Itoa(l.Named)}})
	}
	return export.Section{Title: "Overlap", Blocks: []export.Block{
		export.Picture{File: "levels", Scene: plot.LineChart{Title: "Pairs by overlap", Note: "Share of the judged insertions at each level of overlap that are an issue, and whose inserted object is named.",
			X: plot.Axis{Name: "level", Whole: true}, Y: plot.Axis{Name: "share of the pairs, %", Lo: 0, Hi: 100}, Lines: []plot.Line{issues, named}}}, t}}
}

// classes is the matrix of inserted classes and categories.
func (c campaign) classes() export.Section {
	const most = 20
	columns := slices.Sorted(maps.Keys(c.Categories))
	ch := plot.CellChart{Title: "Issues by class", Note: "Inserted or removed classes with most issues first.", Cols: columns}
	for _, k := range c.Matrix {
		if k.Issues == 0 || len(ch.Rows) == most {
			continue
		}
		ch.Rows = append(ch.Rows, k.Class)
		for _, n := range columns {
			v := float64(k.Categories[n])
			if v == 0 {
				v = math.NaN()
			}
			ch.Values = append(ch.Values, v)
			ch.Texts = append(ch.Texts, strconv.Itoa(k.Categories[n]))
			ch.Hi = max(ch.Hi, float64(k.Categories[n]))
		}
	}
	return export.Section{Title: "Classes", Blocks: []export.Block{export.Picture{File: "classes", Scene: ch}}}
}

// truth is what the known scenes say of the captioner.
func (c campaign) truth() export.Section {
	t := export.Table{Columns: []export.Column{{Name: "CHAIR"}, {Name: "", Right: true}}, Rows: [][]export.Value{
		{{Text: "mentions that are not in the picture (CHAIR-i)"}, {Text: fmt.Sprintf("%.1f %%", 100*c.Chair.I)}},
		{{Text: "captions with such a mention (CHAIR-s)"}, {Text: fmt.Sprintf("%.1f %%", 100*c.Chair.S)}},
		{{Text: "classes in the picture that are named"}, {Text: fmt.Sprintf("%.1f %%", 100*c.Chair.Recall)}},
		{{Text: "captions"}, {Text: strconv.Itoa(c.Chair.Captions)}},
	}}
	for _, who := range slices.Sorted(maps.Keys(c.Blamed)) {
		t.Rows = append(t.Rows, []export.Value{{Text: "issues that are due to: " + who}, {Text: strconv.Itoa(c.Blamed[who])}})
	}
	return export.Section{Title: "Against the truth", Blocks: []export.Block{t}}
}

// list tells the issues with their captions.
func (c campaign) list() export.Section {
	t := export.Table{Columns: []export.Column{{Name: "id"}, {Name: "category"}, {Name: "severity"}, {Name: "object"}, {Name: "level", Right: true}, {Name: "before"}, {Name: "after"}, {Name: "why"}, {Name: "label"}}}
	for _, f := range c.issues[:min(len(c.issues), mostIssues)] {
		t.Rows = append(t.Rows, []export.Value{{Text: f.ID, Code: true}, {Text: f.Category}, {Text: string(f.Severity)}, {Text: f.Relation + " " + f.Object}, {Text: "L" + strconv.Itoa(f.Level)},
			{Text: f.Captions[0]}, {Text: f.Captions[1]}, {Text: why(f)}, {Text: c.label(f)}})
	}
	blocks := []export.Block{t}
	if n := len(c.issues) - mostIssues; n > 0 {
		blocks = append(blocks, export.Text(fmt.Sprintf("%d issues more are in the table issues of --format csv.", n)))
	}
	return export.Section{Title: "Issues, the best ranked first", Blocks: blocks}
}

// why is what the captions violate, or the rule where nothing says it.
func why(f caption.IssueDoc) string {
	text := strings.Join(f.Violations, "; ")
	if text == "" {
		text = f.Rule
	}
	if f.Flaky {
		text += " (flaky)"
	}
	return text
}

func (c campaign) label(f caption.IssueDoc) string {
	l := c.labels[f.ID]
	return strings.TrimSpace(l.Word + "  " + l.Note)
}
