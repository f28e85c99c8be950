package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/compare"
	"assay/core/export"
	"assay/core/run"
)

func newRunDiff(s streams) *cobra.Command {
	var asJSON, all bool
	var out string
	var look pictures
	c := &cobra.Command{
		Use: "diff RUN RUN...", Short: "Compare two to eight runs: parameters, numbers with intervals, findings",
		Long: "diff sets runs against the first one: the parameters that differ, every number of their documents and metrics, and the\n" +
			"causes among their findings. Repetitions, such as the prompts of a sweep, become their mean with a 95 % interval; where both\n" +
			"sides have an interval a word says better, worse, or same where the intervals overlap. --json has everything.",
		Example: "  assay run diff @1 @2\n  assay run diff eval-s1-1 eval-s2-1 eval-s3-1 --json\n  assay run diff @1 @2 --out for-a-colleague",
		Args:    usageArgs(cobra.RangeArgs(compare.Least, compare.Most)),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := openApp(cmd.Context())
			if err != nil {
				return err
			}
			defer a.Close()
			var ids []run.ID
			for _, ref := range args {
				r, err := a.store.Resolve(cmd.Context(), ref)
				if err != nil {
					return err
				}
				ids = append(ids, r.ID)
			}
			d, err := compare.Read(cmd.Context(), a.store, a.kinds, ids)
			if err != nil {
				return err
			}
			if out != "" {
				style, err := look.style()
				if err != nil {
					return err
				}
				files, err := d.Report(style)
				if err != nil {
					return err
				}
				paths, err := export.WriteFiles(out, files)
				if err != nil {
					return err
				}
				if !asJSON {
					_, err = fmt.Fprintln(s.out, paths[len(paths)-1])
					return err
				}
			}
			if asJSON {
				return printJSON(s.out, d)
			}
			return printDiff(s.out, d, all)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	c.Flags().StringVar(&out, "out", "", "folder for a report: compare.md with pictures")
	look.bind(c)
	c.Flags().BoolVar(&all, "all", false, "also equal parameters, and numbers deep in lists, such as those of every layer")
	return c
}

func printDiff(w io.Writer, d *compare.Comparison, all bool) error {
	t := table(w)
	for _, r := range d.Runs {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", r.Letter, r.ID, r.Name, r.State, r.Headline)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	head := ""
	for _, r := range d.Runs {
		head += "\t" + r.Letter
	}
	t = table(w)
	fmt.Fprintln(t, "\nparameter"+head)
	equal, deep := 0, 0
	for _, p := range d.Params {
		if !p.Differs && !all {
			equal++
			continue
		}
		line := p.Name
		for _, v := range p.Values {
			line += "\t" + shortened(string(v))
		}
		fmt.Fprintln(t, line)
	}
	fmt.Fprintln(t, "\nnumber"+head)
	for _, n := range d.Numbers {
		if n.Depth > 1 && !all {
			deep++
			continue
		}
		line := n.Path
		for _, v := range n.Values {
			line += "\t" + v.String()
		}
		fmt.Fprintln(t, line)
	}
	if len(d.Findings) > 0 {
		fmt.Fprintln(t, "\nfinding"+head+"\tin")
	}
	for _, f := range d.Findings {
		line := f.Category + " " + f.Signature
		for _, n := range f.Counts {
			line += fmt.Sprintf("\t%d", n)
		}
		line += "\t" + string(f.Set)
		fmt.Fprintln(t, line)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if equal+deep > 0 {
		_, err := fmt.Fprintf(w, "\n%d equal parameters and %d numbers deep in lists are left out; --all shows them\n", equal, deep)
		return err
	}
	return nil
}

// shortened is a parameter as one cell of a table.
func shortened(text string) string {
	const most = 32
	if r := []rune(strings.Trim(text, `"`)); len(r) > most {
		return string(r[:most-3]) + "..."
	}
	return strings.Trim(text, `"`)
}
