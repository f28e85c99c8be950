package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"assay/core/kv"
	"assay/core/kv/kvscene"
)

// table starts an aligned table for people.
func table(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

func printBlend(w io.Writer, d kv.BlendDoc) {
	fmt.Fprintf(w, "prompt of %d tokens, %d of them context, in %d segments\n\n", d.Prompt.Tokens, d.Prompt.Context, len(d.Prompt.Segments))
	full := 0.0
	for _, m := range d.Modes {
		if m.Mode == string(kv.Full) {
			full = m.TTFTMs
		}
	}
	t := table(w)
	fmt.Fprintln(t, "mode\trecomputed\tTTFT ms\tvs full\tKL nats\ttop-1\tdK rms\tdV rms\tF1\tanswer")
	for _, m := range d.Modes {
		var dk, dv float64
		for _, l := range m.Layers {
			dk += l.DKRMS / float64(len(m.Layers))
			dv += l.DVRMS / float64(len(m.Layers))
		}
		speed := "-"
		if full > 0 && m.TTFTMs > 0 {
			speed = fmt.Sprintf("%.2fx", full/m.TTFTMs)
		}
		fmt.Fprintf(t, "%s\t%d of %d\t%.1f\t%s\t%.4f\t%s\t%.3f\t%.3f\t%.2f\t%s\n", m.Key, d.Prompt.Context-m.Reused, d.Prompt.Context,
			m.TTFTMs, speed, m.KL, yesNo(m.Top1), dk, dv, m.F1Full, clip(m.Text, 40))
	}
	t.Flush()
	if len(d.Modes) > 0 && d.Modes[0].Gold != "" {
		fmt.Fprintf(w, "expected answer: %s\n", d.Modes[0].Gold)
	}
	for _, m := range d.Modes {
		if m.Note != "" {
			fmt.Fprintf(w, "%s: %s\n", m.Key, m.Note)
		}
	}
}

func printSweep(w io.Writer, d kv.SweepDoc) {
	t := table(w)
	fmt.Fprintln(t, "mode\tratio\trule\tprompts\tmean KL nats\ttop-1\tmean TTFT ms")
	for _, m := range kvscene.Plain(d.Cells) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%.4f\t%.2f\t%.1f\n", m.Mode, ratio(m.Mode, m.Ratio), m.Rule, m.N, m.KL, m.Top1, m.TTFTMs)
	}
	t.Flush()
}

func printEval(w io.Writer, d kv.EvalDoc) {
	kinds := kvscene.Kinds(d.Modes)
	t := table(w)
	fmt.Fprintf(t, "scheme\tquestions\taccuracy\t95 %%\t%s\tKL nats\n", strings.Join(kinds, "\t"))
	for _, m := range d.Modes {
		fmt.Fprintf(t, "%s\t%d\t%.3f\t%.3f-%.3f", m.Key, m.N, m.Accuracy, m.AccuracyCI[0], m.AccuracyCI[1])
		for _, k := range kinds {
			fmt.Fprintf(t, "\t%.3f", m.ByKind[k].Accuracy)
		}
		fmt.Fprintf(t, "\t%.4f\n", m.KLMean)
	}
	t.Flush()
}

func printCompress(w io.Writer, d kv.CompressDoc) {
	t := table(w)
	fmt.Fprintln(t, "profile\tlevel\ttables of\tbits/value\tpayload\ttables\tscales\tlengths\tentropy\tloss\tKL nats\t95 %\ttop-1\taccuracy\tdecode MB/s")
	for _, p := range d.Profiles {
		part := func(n int64) float64 { return 8 * float64(n) / float64(p.Values) }
		level, accuracy, entropy, loss := cmp.Or(p.Level, "-"), "-", "-", "-"
		if p.Entropy.LayerChannel > 0 {
			entropy, loss = fmt.Sprintf("%.3f", p.Entropy.LayerChannel), fmt.Sprintf("%+.3f", p.Loss)
		}
		if p.Accuracy != nil {
			accuracy = fmt.Sprintf("%.3f", *p.Accuracy)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%s\t%s\t%.5f\t%.5f-%.5f\t%.3f\t%s\t%.0f\n", p.Profile, level, cmp.Or(p.Tables, "-"), p.Bits, part(p.Payload), part(p.Table), part(p.Scale),
			part(p.Length), entropy, loss, p.KL, p.KLCI[0], p.KLCI[1], p.Top1, accuracy, p.DecodeMB)
	}
	t.Flush()
	e := d.Entropy
	fmt.Fprintf(w, "entropy, bits a value: one table %.3f, a layer %.3f, a channel %.3f, a layer and channel %.3f\n", e.Global, e.Layer, e.Channel, e.LayerChannel)
}

func printStream(w io.Writer, d kv.StreamDoc) {
	t := table(w)
	fmt.Fprintln(t, "chunk\tchoice\tbytes\tGbit/s\tfrom s\tto s")
	for i, c := range d.Chunks {
		fmt.Fprintf(t, "%d\t%s\t%d\t%.3g\t%.4f\t%.4f\n", i, c.Choice, c.Bytes, c.Bandwidth, c.Start, c.End)
	}
	t.Flush()
	fmt.Fprintln(w)
	fmt.Fprintf(t, "rule\ttotal s\tdeadline %.3g s\tchoices\n", d.SLO)
	for _, r := range kvscene.RulesOf(d) {
		word := "missed"
		if r.Met {
			word = "met"
		}
		fmt.Fprintf(t, "%s\t%.4f\t%s\t%s\n", r.Rule, r.Total, word, clip(strings.Join(r.Choices, " "), 60))
	}
	t.Flush()
	if d.Live != nil {
		fmt.Fprintf(w, "over a loopback link: %.1f ms, choices %s\n", d.Live.TotalMs, clip(strings.Join(d.Live.Choices, " "), 60))
	}
	if d.Note != "" {
		fmt.Fprintln(w, d.Note)
	}
}

func printPareto(w io.Writer, d kv.ParetoDoc) {
	t := table(w)
	fmt.Fprintln(t, "level\tratio\tbytes\tTTFT ms\tKL nats\ttop-1\tdominated")
	for _, p := range d.Points {
		word := ""
		if p.Dominated {
			word = "yes"
		}
		fmt.Fprintf(t, "%s\t%.2f\t%d\t%.1f\t%.4f\t%.2f\t%s\n", p.Level, p.Ratio, p.Bytes, p.TTFTMs, p.KL, p.Top1, word)
	}
	t.Flush()
}

func printLoad(w io.Writer, d kv.LoadDoc) {
	t := table(w)
	fmt.Fprintln(t, "tier\tlevel\tbytes\tload ms\trecompute ms\tbalanced ratio\tTTFT predicted\tmeasured\tone by one\tKL nats\tcost a month")
	for _, p := range d.Tiers {
		fmt.Fprintf(t, "%s\t%s\t%d\t%.1f\t%.1f\t%.2f\t%.1f\t%.1f\t%.1f\t%.4f\t%.2g\n", p.Tier, p.Level, p.Bytes, p.LoadMs, p.RecomputeMs, p.Ratio, p.PredictedMs, p.MeasuredMs, p.Sequential, p.KL, p.Cost)
	}
	t.Flush()
	for _, p := range d.Tiers {
		if p.Misses > 0 {
			fmt.Fprintf(w, "%s at level %s: %d chunks were fetched or made again, the tier was full\n", p.Tier, p.Level, p.Misses)
		}
		if p.Note != "" {
			fmt.Fprintf(w, "%s at level %s: %s\n", p.Tier, p.Level, p.Note)
		}
	}
	if d.Pick.Tier != "" {
		fmt.Fprintf(w, "at ratio %.2f: %s at level %s, %s\n", d.Pick.Ratio, d.Pick.Tier, d.Pick.Level, d.Pick.Reason)
	}
}

func ratio(mode string, r float64) string {
	if !kv.Mode(mode).Selects() {
		return "-"
	}
	return fmt.Sprintf("%.2f", r)
}

func yesNo(b bool) string {
	if b {
		return "same"
	}
	return "other"
}

// clip shows a text on one line, cut with ~ where it is longer than n characters.
func clip(text string, n int) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) > n {
		return string(r[:n-1]) + "~"
	}
	return string(r)
}
