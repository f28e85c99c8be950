package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/run"
)

// findingsDoc is the document of `assay run findings`.
type findingsDoc struct {
	Count    int         `json:"count"` // of all that the filter selects
	Findings []run.Found `json:"findings"`
}

func newRunFindings(s streams) *cobra.Command {
	l := listing[run.Found]{name: func(f run.Found) string { return string(f.Run) + "/" + f.ID }}
	var bench string
	f := run.FindingFilter{Limit: 100}
	c := &cobra.Command{
		Use: "findings [RUN]", Short: "List what the benches have found, in all runs or in one",
		Long: "findings lists the suspicious cases that runs have recorded, those of the newest run first: wrong answers, wrong\n" +
			"gradients, crashes, wrong captions. The label is what a person has said of one: see assay run label.",
		Example: "  assay run findings\n  assay run findings @kv --filter 'severity:high label:none'\n  assay run findings --bench kv --json",
		Args:    usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.Limit < 0 || f.Skip < 0 {
				return &run.Error{Code: run.EUsage, Text: "--limit and --skip cannot be negative", Hint: "--limit 0 lists all"}
			}
			a, err := openApp(cmd.Context())
			if err != nil {
				return err
			}
			defer a.Close()
			if bench != "" {
				f.Text += " bench:" + quoted(bench)
			}
			if len(args) == 1 {
				r, err := a.store.Resolve(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				f.Text += " run:" + string(r.ID)
			}
			doc := findingsDoc{Findings: []run.Found{}}
			if doc.Count, _, err = a.store.CountFindings(cmd.Context(), f, "", 0); err != nil {
				return err
			}
			list, err := a.store.Findings(cmd.Context(), f)
			if err != nil {
				return err
			}
			doc.Findings = append(doc.Findings, list...)
			return l.write(s, doc, doc.Findings, func(io.Writer) error { return doc.print(s) })
		},
	}
	l.bind(c)
	c.Flags().StringVar(&bench, "bench", "", "only those of a bench: kv, fuzz, prune, caption")
	c.Flags().StringVar(&f.Text, "filter", "", "words, key:value (bench, kind, run, severity, category, signature, verdict, confirmed, label), - in front excludes")
	c.Flags().IntVar(&f.Limit, "limit", f.Limit, "most findings to list; 0 is all")
	c.Flags().IntVar(&f.Skip, "skip", 0, "leave out so many of the newest")
	return c
}

// quoted is a value in the filter language.
func quoted(v string) string { return `"` + strings.ReplaceAll(v, `"`, "") + `"` }

func (d findingsDoc) print(s streams) error {
	if d.Count == 0 {
		_, err := fmt.Fprintln(s.out, "no findings")
		return err
	}
	t := rowsTable(s.out)
	fmt.Fprintln(t, "severity\tcategory\tlabel\trun\tfinding\ttitle")
	for _, f := range d.Findings {
		label := f.Label.Word
		if label == "" {
			label = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Severity, f.Category, label, f.Name, f.ID, strings.Join(strings.Fields(f.Title), " "))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(d.Findings) < d.Count {
		fmt.Fprintf(s.err, "%d of %d findings; --limit 0 lists all\n", len(d.Findings), d.Count)
	}
	return nil
}

// labelledDoc is the document of `assay run label`.
type labelledDoc struct {
	ID      run.ID `json:"run_id"`
	Finding string `json:"finding"`
	Label   string `json:"label"`
	Note    string `json:"note"`
}

func newRunLabel(s streams) *cobra.Command {
	var asJSON bool
	var note string
	c := &cobra.Command{
		Use: "label RUN FINDING [WORD]", Short: "Say what you think of a finding: true, false, unsure; no word takes it back",
		Example: "  assay run label @kv 3/1/reuse true\n  assay run label @kv 3/1/reuse false --note 'a synonym'\n  assay run label @kv 3/1/reuse",
		Args:    usageArgs(cobra.RangeArgs(2, 3)),
		RunE: onRun(func(ctx context.Context, a *app, r run.Run, rest []string) error {
			doc := labelledDoc{r.ID, rest[0], "", note}
			if len(rest) == 2 {
				doc.Label = rest[1]
			}
			if err := a.store.Label(ctx, r.ID, doc.Finding, doc.Label, note); err != nil {
				return err
			}
			switch {
			case asJSON:
				return printJSON(s.out, doc)
			case doc.Label == "":
				fmt.Fprintf(s.out, "took the label from %s of %s\n", doc.Finding, r.Name)
			default:
				fmt.Fprintf(s.out, "labelled %s of %s %s\n", doc.Finding, r.Name, doc.Label)
			}
			return nil
		}),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	c.Flags().StringVar(&note, "note", "", "why, in your words")
	return c
}
