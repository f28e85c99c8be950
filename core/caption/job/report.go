package job

import (
	"fmt"
	"io"
	"strings"

	"assay/core/caption"
)

// Report writes a campaign as Markdown. most bounds the issues listed.
func Report(w io.Writer, name string, d caption.RunDoc, most int) error {
	var b strings.Builder
	ci := func(v [2]float64) string { return fmt.Sprintf("%.3f to %.3f", v[0], v[1]) }
	fmt.Fprintf(&b, "# Campaign %s\n\nCaptioner `%s`, oracle `%s`.\n\n", name, d.Captioner, d.Variant)
	fmt.Fprintf(&b, "| figure | value |\n|---|---|\n| pairs judged | %d of %d |\n| issues | %d, %d distinct |\n| unsure | %d |\n", d.PairsJudged, d.PairsTotal, d.IssuesRaw, d.Distinct, d.PairsUnsure)
	if d.Precision != nil {
		fmt.Fprintf(&b, "| precision of the oracle | %.3f (95 %%: %s) |\n", *d.Precision, ci(*d.PrecisionCI))
	}
	if d.Recall != nil {
		fmt.Fprintf(&b, "| recall of the oracle | %.3f (95 %%: %s) |\n", *d.Recall, ci(*d.RecallCI))
	}
	if d.Known > 0 {
		fmt.Fprintf(&b, "| CHAIRi, CHAIRs | %.3f, %.3f over %d captions |\n", d.Chair.I, d.Chair.S, d.Chair.Captions)
	}
	if l := d.Labels; l != nil {
		fmt.Fprintf(&b, "| precision by labels | %.3f (95 %%: %s), %d of %d labelled |\n", l.Precision, ci(l.PrecisionCI), l.True+l.False, l.Issues)
	}
	fmt.Fprintf(&b, "| captions | %d asked, %d cached, %.4f USD |\n", d.Asked, d.Cached, d.CostUSD)
	for _, f := range caption.Failures() {
		if n := d.Failures[f]; n > 0 {
			fmt.Fprintf(&b, "| failed: %s | %d |\n", f, n)
		}
	}
	b.WriteString("\n| category | issues |\n|---|---|\n")
	for _, c := range caption.Categories() {
		fmt.Fprintf(&b, "| %s | %d |\n", c, d.Categories[c])
	}
	if len(d.ByLevel) > 0 {
		b.WriteString("\n| overlap level | pairs | issues | object named |\n|---|---|---|---|\n")
		for _, l := range d.ByLevel {
			fmt.Fprintf(&b, "| %d | %d | %d | %.3f |\n", l.Level, l.Pairs, l.Issues, float64(l.Named)/float64(max(1, l.Pairs)))
		}
	}
	b.WriteString("\n| issue | category | object | before | after | rule |\n|---|---|---|---|---|---|\n")
	for i, s := range d.Issues {
		if i == most {
			fmt.Fprintf(&b, "\n%d more issues are left out.\n", len(d.Issues)-most)
			break
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", s.ID, s.Category, cell(s.Object), cell(s.Captions[0]), cell(s.Captions[1]), cell(s.Rule))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell keeps a text from breaking the table.
func cell(s string) string { return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;").Replace(s) }
