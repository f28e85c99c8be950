package job

import (
	"fmt"
	"slices"
	"strings"

	"assay/core/caption"
	"assay/core/caption/oracle"
	"assay/core/run"
)

// verdictOf judges the captions of a pair, said[i] the i-th repeat of both.
// A verdict of issue must hold in at least half of the repeats.
func verdictOf(o *oracle.Oracle, p *caption.Pair, left bool, said [][2]string) {
	var all []caption.Judgement
	votes := map[string]int{}
	for _, s := range said {
		var j caption.Judgement
		switch p.Relation {
		case caption.Remove:
			j = o.Removal(p.Object, left, s[0], s[1])
		case caption.RoundTrip:
			j = o.Same(s[0], s[1])
		default:
			j = o.Insertion(p.Object, s[0], s[1])
		}
		all = append(all, j)
		votes[j.Verdict]++
	}
	best := 0
	for i, j := range all {
		if votes[j.Verdict] > votes[all[best].Verdict] {
			best = i
		}
	}
	p.Captions, p.Judgement = said[best], all[best]
	n := votes[p.Verdict]
	if len(said) > 1 {
		p.Repeats = fmt.Sprintf("%d/%d", n, len(said))
		p.Flaky = n < len(said)
		if p.Verdict == caption.Issue && 2*n < len(said) {
			p.Verdict, p.Rule = caption.Unsure, "flaky: "+p.Rule
		}
	}
	p.Signature, p.Group, p.Score = "", "", 0
	if p.Verdict == caption.Issue {
		v := slices.Clone(p.Violations)
		slices.Sort(v)
		p.Signature = p.Category + " " + strings.Join(v, " ")
		base, _, _ := strings.Cut(p.ID, "-")
		p.Group = base + " " + p.Object + " " + p.Signature
		p.Score = score(p)
	}
}

// score ranks issues for triage: many strong violations of a clearly visible
// object first, plain omissions last.
func score(p *caption.Pair) float64 {
	seen := 1.0
	for _, b := range slices.Concat(p.Source.Boxes, p.Followup.Boxes) {
		if b.Inserted {
			seen = b.Visible
		}
	}
	weight := 0.0
	for _, v := range p.Details {
		switch v.Kind {
		case caption.Extra, caption.Stays:
			weight += 3
		case caption.Count:
			weight += 2
		case caption.Missing, caption.Lost:
			weight++
		}
	}
	if len(p.Categories) == 1 && p.Category == caption.Omission {
		weight /= 4
	}
	if p.Flaky || p.Unstable {
		weight /= 2
	}
	return float64(int(weight*seen*100)) / 100
}

// issueOf makes the finding of a pair.
func issueOf(p *caption.Pair) caption.IssueDoc {
	d := caption.IssueDoc{
		Finding:  run.Finding{ID: p.ID, Title: title(p), Category: p.Category, Severity: severity(p), Signature: p.Signature, Verdict: p.Verdict, Confirmed: p.Confirmed},
		Relation: p.Relation, Object: p.Object, Level: p.Level, Captions: p.Captions, Rule: p.Rule, Categories: p.Categories, Violations: p.Violations, Swaps: p.Swaps,
		Blame: p.Blame, Group: p.Group, Score: p.Score, Flaky: p.Flaky, Unstable: p.Unstable, Hard: p.Hard,
	}
	if p.Source.Truth != nil && p.Followup.Truth != nil {
		d.Truth = &caption.Truth{Source: p.Source.Truth, Followup: p.Followup.Truth}
	}
	return d
}

func title(p *caption.Pair) string {
	what := p.Category
	if len(p.Swaps) > 0 {
		what = p.Swaps[0].From + " called " + p.Swaps[0].To
	} else if len(p.Violations) > 0 {
		what = strings.ReplaceAll(p.Violations[0], ":", " ")
	}
	return fmt.Sprintf("%s %s: %s", p.Relation, p.Object, what)
}

func severity(p *caption.Pair) run.Severity {
	switch {
	case p.Flaky || p.Unstable || p.Hard:
		return run.Low
	case p.Category == caption.Misclassification || p.Category == caption.Hallucination:
		return run.High
	}
	return run.Medium
}
