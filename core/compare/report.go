package compare

import (
	"fmt"
	"strings"

	"assay/core/export"
	"assay/core/plot"
)

// mostPictures bounds the charts of a report; the tables have all numbers.
const mostPictures = 24

// Report writes the comparison as Markdown with pictures: compare.md comes last. The
// same runs give the same bytes, and nothing of this machine is in it. The error is that
// of a picture that cannot be encoded.
func (c *Comparison) Report(style plot.Style) ([]export.File, error) {
	var b strings.Builder
	var files []export.File
	names := make([]string, len(c.Runs))
	for i, r := range c.Runs {
		names[i] = r.Name
	}
	fmt.Fprintf(&b, "# %s\n\n", text(strings.Join(names, " against ")))
	line(&b, "", "run", "kind", "state", "result", "id")
	line(&b, "---", "---", "---", "---", "---", "---")
	for _, r := range c.Runs {
		line(&b, r.Letter, text(r.Name), text(r.Kind), string(r.State), text(r.Headline), "`"+string(r.ID)+"`")
	}
	b.WriteString("\nValues stand against run A. A word is said where both have a 95 % interval: same means that the intervals overlap.\n")
	c.table(&b, "Parameters that differ", "parameter", func(row func(...string)) {
		for _, q := range c.Params {
			if q.Differs {
				cells := []string{"`" + q.Name + "`"}
				for _, v := range q.Values {
					cells = append(cells, text(short(string(v))))
				}
				row(cells...)
			}
		}
	})
	for _, scene := range c.pictures() {
		data, err := style.Picture(scene)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("chart-%02d%s", len(files)+1, style.Ext())
		files = append(files, export.File{Name: name, Data: data})
		fmt.Fprintf(&b, "\n![%s](%s)\n", text(scene.Heading()), name)
	}
	c.table(&b, "Numbers", "number", func(row func(...string)) {
		for _, n := range c.Numbers {
			cells := []string{text(n.Path)}
			for _, v := range n.Values {
				cells = append(cells, v.String())
			}
			row(cells...)
		}
	})
	c.table(&b, "Findings by cause", "cause", func(row func(...string)) {
		for _, f := range c.Findings {
			cells := []string{string(f.Set) + ": " + text(f.Category+" "+f.Signature)}
			for _, n := range f.Counts {
				cells = append(cells, fmt.Sprint(n))
			}
			row(cells...)
		}
	})
	return append(files, export.File{Name: "compare.md", Data: []byte(b.String())}), nil
}

// pictures are the families, and the numbers with an interval that are in none.
func (c *Comparison) pictures() []plot.Scene {
	var out []plot.Scene
	drawn := map[string]bool{}
	for _, n := range c.Numbers {
		if n.Depth > 1 || len(out) == mostPictures || n.Family != "" && drawn[n.Family] {
			continue
		}
		drawn[n.Family] = true
		if ch, ok := c.Lines(n); ok {
			out = append(out, ch)
			continue
		}
		for _, v := range n.Values {
			if v != nil && v.CI95 != nil {
				out = append(out, c.Bars(n))
				break
			}
		}
	}
	return out
}

// table writes a table with a column a run; one without rows is left out.
func (c *Comparison) table(b *strings.Builder, title, first string, rows func(row func(...string))) {
	head, rule := []string{first}, []string{"---"}
	for _, r := range c.Runs {
		head, rule = append(head, r.Letter), append(rule, "---:")
	}
	begun := false
	rows(func(cells ...string) {
		if !begun {
			fmt.Fprintf(b, "\n## %s\n\n", title)
			line(b, head...)
			line(b, rule...)
			begun = true
		}
		line(b, cells...)
	})
}

func line(b *strings.Builder, cells ...string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// text keeps what a run has recorded from being Markdown.
func text(s string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "_", `\_`, "`", "'", "[", `\[`, "<", "&lt;", "\n", " ", "\r", " ").Replace(s)
}

// short is a parameter as one cell: paths by their base name, long ones cut.
func short(v string) string {
	v = strings.Trim(v, `"`)
	if strings.HasPrefix(v, "/") {
		v = v[strings.LastIndexByte(v, '/')+1:]
	}
	const most = 60
	if r := []rune(v); len(r) > most {
		v = string(r[:most-3]) + "..."
	}
	return v
}

// String writes a value with its interval, its difference to the first run and a
// word: "0.75 [0.7, 0.8] +0.12 better"; "-" for none.
func (v *Value) String() string {
	if v == nil {
		return "-"
	}
	s := plot.Number(v.Value)
	if v.CI95 != nil {
		s += fmt.Sprintf(" [%s, %s]", plot.Number(v.CI95[0]), plot.Number(v.CI95[1]))
	}
	if v.Delta != nil && *v.Delta != 0 {
		sign := ""
		if *v.Delta > 0 {
			sign = "+"
		}
		s += " " + sign + plot.Number(*v.Delta)
	}
	return strings.TrimSpace(s + " " + v.Word)
}
