package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"assay/core/bench"
	"assay/core/caption"
	"assay/core/caption/corpus"
	captionjob "assay/core/caption/job"
	"assay/core/caption/oracle"
	"assay/core/run"
)

func newCaption(s streams) *cobra.Command {
	c := group("caption", "Test image captioners by inserting and removing objects",
		newCaptionPlan(s), newCaptionCompose(s), newCaptionJudge(s), newCaptionLabels(s), newCaptionCorpus(s), newCaptionReport(s), newCaptionRepro(s))
	for _, k := range kinds() {
		switch k.Name {
		case "caption.run":
			c.AddCommand(newKind(s, k, "run", "  assay caption run --backgrounds 50 --seed 1\n  assay caption run --captioner 'cmd:python3 caption.py' --caption-timeout 10s --json\n  assay caption run --captioner openai:http://localhost:8000/v1 --parallel 8 --prompt inventory", printerFor(k)))
		case "caption.replay":
			r := newKind(s, k, "replay", "  assay caption replay --of @caption --synonyms woofer=dog\n  assay caption replay --pairs captions.tsv --classes coco60 --variant ref --json", printerFor(k))
			r.PreRunE = resolveOf
			c.AddCommand(r)
		}
	}
	return c
}

// resolveOf puts the id in the place of what names a run: @1 would be another
// one as soon as the replay is recorded.
func resolveOf(cmd *cobra.Command, _ []string) error {
	f := cmd.Flags().Lookup("of")
	if f == nil || f.Value.String() == "" {
		return nil
	}
	a, err := openApp(cmd.Context())
	if err != nil {
		return err
	}
	defer a.Close()
	r, err := a.store.Resolve(cmd.Context(), f.Value.String())
	if err != nil {
		return err
	}
	return cmd.Flags().Set("of", string(r.ID))
}

func printCaption(w io.Writer, d caption.RunDoc) {
	fmt.Fprintf(w, "%s, oracle %s: %d of %d pairs judged, %d issues (%d distinct), %d unsure\n", d.Captioner, d.Variant, d.PairsJudged, d.PairsTotal, d.IssuesRaw, d.Distinct, d.PairsUnsure)
	for _, f := range []struct {
		name  string
		value *float64
		ci    *[2]float64
	}{{"precision", d.Precision, d.PrecisionCI}, {"recall", d.Recall, d.RecallCI}} {
		if f.value != nil {
			fmt.Fprintf(w, "%s of the oracle by the truth of the scenes: %.3f [%.3f, %.3f]\n", f.name, *f.value, f.ci[0], f.ci[1])
		}
	}
	for _, f := range caption.Failures() {
		if n := d.Failures[f]; n > 0 {
			fmt.Fprintf(w, "%d captions failed: %s\n", n, f)
		}
	}
	t := table(w)
	fmt.Fprintln(t, "\nissue\tcategory\tobject\tbefore\tafter\trule")
	for i, s := range ranked(d.Issues) {
		if i == 20 {
			break
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.Category, clip(s.Object, 14), clip(s.Captions[0], 36), clip(s.Captions[1], 36), clip(s.Rule, 60))
	}
	t.Flush()
	if len(d.Issues) > 20 {
		fmt.Fprintf(w, "and %d more; assay caption report writes them all\n", len(d.Issues)-20)
	}
}

// ranked orders issues by score, the highest first.
func ranked(issues []caption.IssueDoc) []caption.IssueDoc {
	out := slices.Clone(issues)
	slices.SortStableFunc(out, func(a, b caption.IssueDoc) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	return out
}

func captionRun() bench.Kind {
	k, err := kinds().Find("caption.run")
	if err != nil {
		panic(err) // this build has it
	}
	return k
}

func newCaptionPlan(s streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "plan", Short: "Say which pairs a run would make, and what they would cost",
		Long: "plan takes the parameters of run, composes nothing and asks nobody.",
		Args: usageArgs(cobra.NoArgs),
	}
	k := captionRun()
	p := bindParams(c, k)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		params, err := captionParams(cmd, k, p)
		if err != nil {
			return err
		}
		if p.dump {
			_, err := s.out.Write(k.WriteTOML(params))
			return err
		}
		d, err := captionjob.Plan(params)
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(s.out, d)
		}
		fmt.Fprintf(s.out, "%d pairs over %d backgrounds, %d pictures, %d requests", len(d.Pairs), d.Backgrounds, d.Pictures, d.Requests)
		if d.CostUSD > 0 {
			fmt.Fprintf(s.out, ", %.4f USD", d.CostUSD)
		}
		fmt.Fprintln(s.out)
		t := table(s.out)
		fmt.Fprintln(t, "pair\trelation\tobject\tlevel\tbackground\tcut-out")
		for _, q := range d.Pairs {
			fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\n", q.ID, q.Relation, q.Object, q.Level, q.Background, q.File)
		}
		return t.Flush()
	}
	return c
}

// captionParams completes and resolves the parameters of a command that is no run.
func captionParams(cmd *cobra.Command, k bench.Kind, p *paramFlags) (bench.Params, error) {
	given, err := p.given(cmd)
	if err != nil {
		return nil, err
	}
	params, err := k.Schema.Complete(given)
	if err != nil || k.Resolve == nil {
		return params, err
	}
	return k.Resolve(params)
}

func newCaptionCompose(s streams) *cobra.Command {
	var out string
	var asJSON bool
	c := &cobra.Command{
		Use: "compose --out DIR", Short: "Write the pictures of a run and their truth",
		Long:    "compose writes the pictures that run shows to a captioner, byte for byte, and says what each holds.",
		Example: "  assay caption compose --backgrounds 20 --seed 1 --levels 0,2 --out pictures --json",
		Args:    usageArgs(cobra.NoArgs),
	}
	k := bench.Kind{Name: "caption.compose", Schema: captionjob.ScenesSchema()}
	p := bindParams(c, k)
	c.Flags().StringVar(&out, "out", "", "folder for the pictures")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		params, err := captionParams(cmd, k, p)
		if err != nil {
			return err
		}
		if p.dump {
			_, err := s.out.Write(k.WriteTOML(params))
			return err
		}
		if out == "" {
			return &run.Error{Code: run.EUsage, Text: "--out is missing: expected a folder for the pictures"}
		}
		d, err := captionjob.Compose(cmd.Context(), params, out, steps(s, "pairs composed"))
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(s.out, d)
		}
		_, err = fmt.Fprintf(s.out, "%d pairs in %s\n", len(d.Pairs), out)
		return err
	}
	return c
}

// steps tells a person at a terminal every second how far a command is.
func steps(s streams, what string) func(done, total int) {
	last := time.Now()
	return func(done, total int) {
		if now := time.Now(); now.Sub(last) >= time.Second {
			last = now
			fmt.Fprintf(s.err, "%d of %d %s\n", done, total, what)
		}
	}
}

func newCaptionJudge(s streams) *cobra.Command {
	var pairs, variant, classes, synonyms string
	var compare, asJSON bool
	c := &cobra.Command{
		Use: "judge --pairs FILE", Short: "Judge pairs of captions of a file",
		Long:    "judge prints a verdict for each pair of a TSV (columns object, source_caption, followup_caption) or of lines of JSON\n{\"object\",\"c0\",\"c1\"}; - reads them from standard input. It records no run: replay does.",
		Example: "  assay caption judge --pairs captions.tsv --variant ref --classes coco60 --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if pairs == "" {
				return &run.Error{Code: run.EUsage, Text: "--pairs is missing: expected a file of pairs"}
			}
			added, err := captionjob.Synonyms(synonyms)
			if err != nil {
				return err
			}
			list, err := oracle.ReadClasses(classes)
			if err != nil {
				return err
			}
			o, err := oracle.New(oracle.Options{Variant: variant, Classes: list, Synonyms: added})
			if err != nil {
				return err
			}
			in, err := readPairs(s, pairs)
			if err != nil {
				return err
			}
			d := captionjob.Judge(in, o)
			if compare {
				var both [2]*oracle.Oracle
				for i, v := range caption.Variants() { // exact, ref
					if both[i], err = oracle.New(oracle.Options{Variant: v, Classes: list, Synonyms: added}); err != nil {
						return err
					}
				}
				d.Compare = captionjob.Compare(in, both[0], both[1])
			}
			if asJSON {
				err = printJSON(s.out, d)
			} else {
				err = printJudged(s.out, in, d)
			}
			if err == nil && slices.ContainsFunc(d.Pairs, func(j caption.Judgement) bool { return j.Verdict == caption.Issue }) {
				return exitError(run.ExitFound)
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&pairs, "pairs", "", "file of pairs, - for standard input")
	f.StringVar(&variant, "variant", caption.VariantExact, "oracle: "+strings.Join(caption.Variants(), " or "))
	f.StringVar(&classes, "classes", oracle.COCO80, "coco60, coco80, tinycap, or a file with a class a line")
	f.StringVar(&synonyms, "synonyms", "", "words added to the lexicon: pup=dog,moggy=cat")
	f.BoolVar(&compare, "compare", false, "list the pairs on which exact and ref disagree, with the reasons of both")
	f.BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

func readPairs(s streams, path string) ([]oracle.CaptionPair, error) {
	if path != "-" {
		return captionjob.ReadPairs(path)
	}
	data, err := io.ReadAll(io.LimitReader(s.in, oracle.MaxPairBytes))
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: "standard input", Err: err}
	}
	return oracle.ParsePairs(data)
}

func printJudged(w io.Writer, in []oracle.CaptionPair, d caption.JudgeDoc) error {
	t := table(w)
	if c := d.Compare; c != nil {
		fmt.Fprintln(t, "pair\tobject\texact\tref\trule of exact\trule of ref")
		for _, x := range c.Differences {
			fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\n", x.Pair+1, clip(x.Object, 16), x.Exact, x.Ref, clip(x.Rule, 60), clip(x.RefRule, 60))
		}
		if err := t.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(w, "%d of %d pairs differ\n", len(c.Differences), len(in))
		if c.Reported > 0 {
			fmt.Fprintf(w, "the column reported agrees with ref on %d and with exact on %d of %d pairs\n", c.RefAgrees, c.ExactAgrees, c.Reported)
		}
		return nil
	}
	fmt.Fprintln(t, "pair\tverdict\tcategory\tobject\trule")
	for i, j := range d.Pairs {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", i+1, j.Verdict, j.Category, clip(in[i].Object, 20), clip(j.Rule, 90))
	}
	return t.Flush()
}

func newCaptionLabels(s streams) *cobra.Command {
	var set, note string
	var asJSON bool
	var c *cobra.Command
	c = &cobra.Command{
		Use: "labels RUN", Short: "Show or set what people say of the issues of a run",
		Long:    "labels counts the labels of a run and gives the precision that follows from them; --set writes one. The words are\ntrue (a caption is wrong), false (both are right) and unsure; an empty word takes a label back.",
		Example: "  assay caption labels @caption\n  assay caption labels @caption --set b0001-L2=false --note synonym",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: onRun(func(ctx context.Context, a *app, r run.Run, _ []string) error {
			if c.Flags().Changed("set") {
				key, word, ok := strings.Cut(set, "=")
				if !ok || !slices.Contains([]string{captionjob.LabelTrue, captionjob.LabelFalse, captionjob.LabelUnsure, ""}, word) {
					return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--set %q: expected ISSUE=true, ISSUE=false, ISSUE=unsure or ISSUE=", set)}
				}
				if err := a.store.Label(ctx, r.ID, key, word, note); err != nil {
					return err
				}
			}
			d, _, err := captionjob.Read(ctx, a.store, r.ID)
			if err != nil {
				return err
			}
			labels, err := a.store.Labels(ctx, r.ID)
			if err != nil {
				return err
			}
			doc := labelsDoc{RunID: r.ID, LabelCount: captionjob.CountLabels(labels, len(d.Issues)), Labels: labels}
			if asJSON {
				return printJSON(s.out, doc)
			}
			fmt.Fprintf(s.out, "%d of %d issues labelled: %d true, %d false, %d unsure; precision %.3f [%.3f, %.3f]\n", doc.True+doc.False+doc.Unsure, doc.Issues, doc.True, doc.False, doc.Unsure,
				doc.Precision, doc.PrecisionCI[0], doc.PrecisionCI[1])
			t := table(s.out)
			for _, l := range labels {
				fmt.Fprintf(t, "%s\t%s\t%s\n", l.Key, l.Word, clip(l.Note, 80))
			}
			return t.Flush()
		}),
	}
	c.Flags().StringVar(&set, "set", "", "label one issue: ISSUE=WORD")
	c.Flags().StringVar(&note, "note", "", "why, beside --set")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

// labelsDoc is the document of caption labels.
type labelsDoc struct {
	RunID run.ID `json:"run_id"`
	caption.LabelCount
	Labels []run.Label `json:"list"`
}

// corpusDoc is the document of caption corpus.
type corpusDoc struct {
	Objects  int             `json:"objects"`
	Classes  map[string]int  `json:"classes"`
	Rejected map[string]int  `json:"rejected"` // by rule
	Rejects  []corpus.Reject `json:"rejects"`
	Out      string          `json:"out,omitempty"`
}

func newCaptionCorpus(s streams) *cobra.Command {
	var from, coco, photos, out string
	var asJSON bool
	c := &cobra.Command{
		Use: "corpus", Short: "Check a folder of cut-outs, or cut objects out of photos",
		Long:    "corpus runs the quality filters over a folder of CLASS-K.png, or over the objects of a COCO instances file and its\nphotos, and says what was rejected by which rule. --out writes what is left as a folder for --corpus.",
		Example: "  assay caption corpus --from cutouts\n  assay caption corpus --coco instances_val2017.json --photos val2017 --out cutouts",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var set *corpus.Set
			var err error
			switch {
			case (from == "") == (coco == ""):
				return &run.Error{Code: run.EUsage, Text: "expected either --from DIR, or --coco FILE with --photos DIR"}
			case coco != "":
				show := steps(s, "objects read")
				set, err = corpus.Import(coco, photos, corpus.DefaultLimits(), func(done, total int) error {
					show(done, total)
					return cmd.Context().Err()
				})
			default:
				set, err = corpus.Folder(from, corpus.DefaultLimits())
			}
			if err != nil {
				return err
			}
			if out != "" {
				if err := set.Write(out); err != nil {
					return &run.Error{Code: run.EInput, Text: "corpus folder " + out + " cannot be written", Err: err}
				}
			}
			d := corpusDoc{Objects: len(set.Objects), Classes: map[string]int{}, Rejected: set.ByRule(), Rejects: append([]corpus.Reject{}, set.Rejects...), Out: out}
			for _, o := range set.Objects {
				d.Classes[o.Class]++
			}
			if asJSON {
				return printJSON(s.out, d)
			}
			fmt.Fprintf(s.out, "%d objects of %d classes, %d pictures with remarks\n", d.Objects, len(d.Classes), len(d.Rejects))
			t := table(s.out)
			for _, r := range d.Rejects {
				word := "rejected"
				if r.Kept {
					word = "kept"
				}
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", clip(r.File, 40), word, r.Rule, clip(r.Detail, 80))
			}
			return t.Flush()
		},
	}
	f := c.Flags()
	f.StringVar(&from, "from", "", "folder of cut-outs")
	f.StringVar(&coco, "coco", "", "COCO instances file")
	f.StringVar(&photos, "photos", ".", "folder of the photos of the instances file")
	f.StringVar(&out, "out", "", "folder to write the objects to")
	f.BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

func newCaptionReport(s streams) *cobra.Command {
	var most int
	var asJSON bool
	c := &cobra.Command{
		Use: "report RUN", Short: "Write a campaign as Markdown",
		Example: "  assay caption report @caption > campaign.md",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: onRun(func(ctx context.Context, a *app, r run.Run, _ []string) error {
			d, _, err := captionjob.Read(ctx, a.store, r.ID)
			if err != nil {
				return err
			}
			if asJSON {
				o, err := merged(startedDoc{r.ID}, d)
				if err != nil {
					return err
				}
				return printJSON(s.out, o)
			}
			d.Issues = ranked(d.Issues)
			return captionjob.Report(s.out, r.Name, d, most)
		}),
	}
	c.Flags().IntVar(&most, "most", 200, "issues to list")
	c.Flags().BoolVar(&asJSON, "json", false, "print the document of the run instead")
	return c
}

func newCaptionRepro(s streams) *cobra.Command {
	var out string
	var ask, asJSON bool
	c := &cobra.Command{
		Use: "repro BUNDLE | RUN ISSUE --out DIR", Short: "Bundle an issue, or reproduce a bundle",
		Long: "repro RUN ISSUE writes pictures, captions, parameters and command of an issue into a folder. repro BUNDLE composes its\n" +
			"pictures again, which must be equal, judges the captions again and, with --ask, asks the captioner again. It ends with\n3 where something differs.",
		Example: "  assay caption repro @caption b0001-L2 --out bundle\n  assay caption repro bundle --ask",
		Args:    usageArgs(cobra.RangeArgs(1, 2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return writeBundle(cmd, s, args[0], args[1], out, asJSON)
			}
			d, err := captionjob.Repro(cmd.Context(), args[0], ask)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(s.out, d)
			} else {
				_, err = fmt.Fprintf(s.out, "%s: %s  pictures equal %v  verdict %s, as then %v\n  %s\n  %s\n", d.ID, d.Outcome, d.Pictures, d.Verdict, d.Same, d.Captions[0], d.Captions[1])
			}
			if err == nil && (d.Outcome != captionjob.Reproduced || !d.Pictures) {
				return exitError(run.ExitFound)
			}
			return err
		},
	}
	c.Flags().StringVar(&out, "out", "", "folder of the bundle to write")
	c.Flags().BoolVar(&ask, "ask", false, "ask the captioner again")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return c
}

func writeBundle(cmd *cobra.Command, s streams, ref, issue, out string, asJSON bool) error {
	if out == "" {
		return &run.Error{Code: run.EUsage, Text: "--out is missing: expected a folder for the bundle"}
	}
	a, err := openApp(cmd.Context())
	if err != nil {
		return err
	}
	defer a.Close()
	r, err := a.store.Resolve(cmd.Context(), ref)
	if err != nil {
		return err
	}
	b, err := captionjob.WriteBundle(cmd.Context(), &captionjob.Gallery{Reader: a.store}, r.ID, issue, out)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(s.out, b)
	}
	_, err = fmt.Fprintf(s.out, "%s in %s\n", b.Pair.ID, out)
	return err
}
