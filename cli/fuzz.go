package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"assay/core/bench"
	"assay/core/config"
	"assay/core/fuzz"
	"assay/core/fuzz/job"
	"assay/core/fuzz/oracle"
	"assay/core/run"
)

func newFuzz(s streams) *cobra.Command {
	c := group("fuzz", "Find wrong derivatives in libraries", newFuzzRepro(s), newFuzzTriage(s), newFuzzSelfTest(s))
	for _, k := range kinds() {
		if k.Name == "fuzz.autodiff" {
			c.AddCommand(newKind(s, k, "autodiff", "  assay fuzz autodiff --target gorgonia --budget 120s\n  assay fuzz autodiff --target torch --python /usr/bin/python3 --apis 'linalg.*,norm' --tests 2000 --seed 1 --json", printerOf(k, printFuzz)))
		}
		if k.Name == "fuzz.minimise" {
			c.AddCommand(newFuzzMinimise(s, k))
		}
		if k.Name == "fuzz.case" {
			c.AddCommand(newKind(s, k, "case", "  assay fuzz case --target gorgonia --case \"$(assay run show @fuzz --json | jq -c .findings[0].case)\"", printerOf(k, printLook)))
		}
	}
	return c
}

func printFuzz(w io.Writer, d fuzz.ReportDoc) {
	fmt.Fprintf(w, "%s %s  %d tests, %d checks, %.0f checks/s, %d of %d APIs\n", d.Target.Name, d.Target.Version, d.Tests, d.Checks, d.ChecksPerS, d.Covered, d.APIs)
	for _, v := range []fuzz.Verdict{fuzz.Pass, fuzz.DirectFail, fuzz.Unsupported, fuzz.NDUnreliable, fuzz.NonDiff, fuzz.Subgradient, fuzz.Domain, fuzz.Precision, fuzz.Random, fuzz.NoDiff, fuzz.ByDesign, fuzz.Candidate, fuzz.Lost} {
		if n := d.Verdicts[string(v)]; n > 0 {
			fmt.Fprintf(w, "  %-15s %d\n", v, n)
		}
	}
	printFindings(w, d.Findings, nil)
}

// printLook writes one case: its verdict, and the Jacobians of the modes entry by entry.
func printLook(w io.Writer, d fuzz.LookDoc) {
	fmt.Fprintf(w, "%s %s  %s  %s  %s  %s\n", d.Target.Name, d.Target.Version, d.Case.API, d.Verdict, d.Category, d.Pattern)
	if d.Text != "" {
		fmt.Fprintln(w, d.Text)
	}
	t := table(w)
	fmt.Fprintln(t, "output\tinput\treverse\tforward\tnumeric")
	e := &d.Evidence
	at := func(m []fuzz.Float, i int) string {
		if i >= len(m) {
			return "-"
		}
		return fmt.Sprintf("%.9g", float64(m[i]))
	}
	for i := range e.Rows * e.Cols {
		fmt.Fprintf(t, "%d\t%d\t%s\t%s\t%s\n", i/e.Cols, i%e.Cols, at(e.Reverse, i), at(e.Forward, i), at(e.Numeric, i))
	}
	t.Flush()
}

// printFindings writes a table of findings; labels may be nil.
func printFindings(w io.Writer, list []fuzz.FindingDoc, labels map[string]run.Label) {
	if len(list) == 0 {
		fmt.Fprintln(w, "no findings")
		return
	}
	fmt.Fprintf(w, "%-13s  %-7s %-8s %-22s %-34s %-8s %5s %6s  %s\n", "id", "verdict", "severity", "category", "api", "wrong", "count", "first", "reproducer")
	for _, f := range list {
		known := ""
		if f.Known != "" {
			known = "  known: " + f.Known
		}
		if l, ok := labels[f.ID]; ok {
			known += "  label: " + l.Word
		}
		fmt.Fprintf(w, "%-13s  %-7s %-8s %-22s %-34s %-8s %5d %5.1fs  %s%s\n", f.ID, f.Verdict, f.Severity, f.Category, f.API, f.Wrong, f.Count, f.FirstSeenS, verifiedWord(f), known)
	}
}

func verifiedWord(f fuzz.FindingDoc) string {
	if f.Reproducer == "" {
		return "none yet"
	}
	if f.Verified == "yes" {
		return f.Reproducer
	}
	return f.Reproducer + " (" + oneLine(f.Verified) + ")"
}

// withFinding opens the history and finds a finding.
func withFinding(cmd *cobra.Command, ref string, do func(context.Context, *app, job.Stored) error) error {
	a, err := openApp(cmd.Context())
	if err != nil {
		return err
	}
	defer a.Close()
	f, err := job.Find(cmd.Context(), a.store, ref)
	if err != nil {
		return err
	}
	return do(cmd.Context(), a, f)
}

func newFuzzRepro(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "repro FINDING", Short: "Run the reproducer of a finding again",
		Long: "repro runs the reproducer of a finding outside the engine, as anybody could, and ends with 3 where the difference shows.\n" +
			"FINDING is the id of a finding, of the latest campaign that has it, or RUN/ID.",
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withFinding(cmd, args[0], func(ctx context.Context, a *app, f job.Stored) error {
				d, err := job.Repro(ctx, f, a.paths.Cache, a.paths.Files())
				if err != nil {
					return err
				}
				if asJSON {
					err = printJSON(s.out, d)
				} else if text := strings.TrimRight(d.Output, "\n"); text != "" {
					_, err = fmt.Fprintln(s.out, text)
				}
				switch {
				case err != nil:
					return err
				case d.Note != "":
					return &run.Error{Code: run.EInput, Text: "reproducer " + d.Reproducer + " could not run: " + d.Note}
				case d.Reproduced:
					return exitError(run.ExitFound)
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

// newFuzzMinimise takes the finding as an argument, as the commands beside it do.
func newFuzzMinimise(s streams, k bench.Kind) *cobra.Command {
	c := newKind(s, k, "minimise [FINDING]", "  assay fuzz minimise f3a91c0b2d4e", printerOf(k, printMinimised))
	start := c.RunE
	c.Args = usageArgs(cobra.MaximumNArgs(1))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			err := withFinding(cmd, args[0], func(_ context.Context, _ *app, f job.Stored) error {
				return cmd.Flags().Set("finding", string(f.Run)+"/"+f.Finding.ID)
			})
			if err != nil {
				return err
			}
		}
		return start(cmd, nil)
	}
	return c
}

func printMinimised(w io.Writer, d fuzz.MinimiseDoc) {
	fmt.Fprintf(w, "%d trials, %d smaller cases, %d input elements\n%s\n", d.Trials, len(d.Steps), d.Elements, verifiedWord(d.FindingDoc))
}

// triageDoc is the document of `assay fuzz triage` without a finding.
type triageDoc struct {
	ID       run.ID            `json:"run_id"`
	Findings []fuzz.FindingDoc `json:"findings"`
	Labels   []run.Label       `json:"labels"`
}

func newFuzzTriage(s streams) *cobra.Command {
	var asJSON bool
	var note, ref string
	c := &cobra.Command{
		Use: "triage [FINDING WORD]", Short: "List findings, or say of one what it is",
		Long: "triage lists the findings of a campaign with what was said of them. With FINDING and WORD (true, false, unsure, known, or a word\n" +
			"of yours) it labels one; an empty WORD takes the label away.",
		Example: "  assay fuzz triage\n  assay fuzz triage f3a91c0b2d4e true --note 'pytorch 12345'",
		Args:    usageArgs(cobra.MaximumNArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return &run.Error{Code: run.EUsage, Text: "a label needs a word", Hint: "assay fuzz triage FINDING true|false|unsure|known"}
			}
			if len(args) == 2 {
				return withFinding(cmd, args[0], func(ctx context.Context, a *app, f job.Stored) error {
					if err := a.store.Label(ctx, f.Run, f.Finding.ID, args[1], note); err != nil {
						return err
					}
					if asJSON {
						return printJSON(s.out, map[string]string{"id": f.Finding.ID, "label": args[1], "run_id": string(f.Run)})
					}
					_, err := fmt.Fprintf(s.out, "%s of run %s: %s\n", f.Finding.ID, f.Run, args[1])
					return err
				})
			}
			return triageList(cmd.Context(), s, ref, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	c.Flags().StringVar(&note, "note", "", "why, kept with the label")
	c.Flags().StringVar(&ref, "run", "", "campaign whose findings are listed; empty is the latest")
	return c
}

func triageList(ctx context.Context, s streams, ref string, asJSON bool) error {
	a, err := openApp(ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	r, err := job.Latest(ctx, a.store)
	if ref != "" {
		r, err = a.store.Resolve(ctx, ref)
	}
	if err != nil {
		return err
	}
	k, err := a.kinds.Find(r.Kind)
	if err != nil {
		return err
	}
	doc, err := k.Document(ctx, a.store, r.ID)
	if err != nil {
		return err
	}
	d, ok := doc.(fuzz.ReportDoc)
	if !ok {
		return &run.Error{Code: run.EUsage, Text: "run " + string(r.ID) + " is no campaign but a " + r.Kind}
	}
	said, err := a.store.Labels(ctx, r.ID)
	if err != nil {
		return err
	}
	labels := map[string]run.Label{}
	for _, l := range said {
		labels[l.Key] = l
	}
	if asJSON {
		return printJSON(s.out, triageDoc{r.ID, d.Findings, said})
	}
	printFindings(s.out, d.Findings, labels)
	return nil
}

func newFuzzSelfTest(s streams) *cobra.Command {
	var name, python, variant string
	var asJSON bool
	c := &cobra.Command{
		Use: "selftest", Short: "Examine planted faults and correct twins",
		Long: "selftest has functions with a known fault, and correct ones beside them, examined by the oracle and the filters of a campaign:\n" +
			"sensitivity is the share of faults found and named right, specificity the share of correct functions without an alarm.\n" +
			"It ends with 3 where one of the two is below 1.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			paths, err := config.Locate(config.Host())
			if err != nil {
				return err
			}
			if err := paths.Create(); err != nil {
				return err
			}
			known := false
			for _, v := range oracle.Variants() {
				known = known || v == variant
			}
			if !known {
				return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--variant %q: expected one of %s", variant, strings.Join(oracle.Variants(), ", "))}
			}
			d, err := job.SelfTest(cmd.Context(), name, python, variant, paths.Cache)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(s.out, d)
			} else {
				err = printSelfTest(s.out, d)
			}
			if err == nil && (d.Found < d.Planted || d.FalseAlarms > 0) {
				return exitError(run.ExitFound)
			}
			return err
		},
	}
	c.Flags().StringVar(&name, "target", "torch", "library: "+strings.Join(job.Targets(), ", "))
	c.Flags().StringVar(&python, "python", "", "Python that has torch; empty tries python3, then /usr/bin/python3")
	c.Flags().StringVar(&variant, "variant", string(oracle.Strict), "tolerances and filters: "+strings.Join(oracle.Variants(), ", "))
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

func printSelfTest(w io.Writer, d fuzz.SelfTestDoc) error {
	for _, f := range d.Functions {
		mark := "+"
		if !f.OK {
			mark = "!"
		}
		text := f.Got
		if f.Reason != "" {
			mark, text = "-", "not applicable: "+f.Reason
		}
		fmt.Fprintf(w, "%s %-28s expected %-34s %s\n", mark, f.Name, f.Expected, text)
	}
	_, err := fmt.Fprintf(w, "%d of %d faults found, %d not applicable; %d false alarms of %d correct functions\n", d.Found, d.Planted, d.NotApplicable, d.FalseAlarms, d.Twins)
	return err
}
