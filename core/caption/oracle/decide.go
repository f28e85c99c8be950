package oracle

import (
	"slices"
	"strings"

	"assay/core/caption"
)

// soft are the violations that make a pair unsure, not an issue.
func soft(kind string) bool {
	switch kind {
	case caption.SoftWeak, caption.SoftHypernym, caption.SoftModifier, caption.SoftMass:
		return true
	}
	return false
}

// decide turns violations into a verdict, its categories and its rule in words.
//
// Each extra class is paired with one that is missing or lost, of the same kind
// of thing before others: together they are a misclassification. What remains
// is a hallucination or an omission.
func decide(j *caption.Judgement) {
	var gone, extra []caption.Violation
	var rules []string
	categories := map[string]bool{}
	strong := false
	for _, v := range j.Details {
		if soft(v.Kind) {
			continue
		}
		strong = true
		switch v.Kind {
		case caption.Missing, caption.Lost:
			gone = append(gone, v)
		case caption.Extra:
			extra = append(extra, v)
		case caption.Stays:
			categories[caption.Hallucination] = true
		case caption.Count:
			categories[caption.Quantity] = true
		}
	}
	slices.SortStableFunc(gone, func(a, b caption.Violation) int { return -strings.Compare(a.Kind, b.Kind) }) // missing first
	for pass := range 2 {
		for _, e := range extra {
			if slices.ContainsFunc(j.Swaps, func(s caption.Swap) bool { return s.To == e.Class }) {
				continue
			}
			at := slices.IndexFunc(gone, func(g caption.Violation) bool {
				return pass == 1 || kindOf(g.Class) != "" && kindOf(g.Class) == kindOf(e.Class)
			})
			if at >= 0 {
				j.Swaps = append(j.Swaps, caption.Swap{From: gone[at].Class, To: e.Class})
				gone = slices.Delete(gone, at, at+1)
				categories[caption.Misclassification] = true
			}
		}
	}
	if len(extra) > len(j.Swaps) {
		categories[caption.Hallucination] = true
	}
	if len(gone) > 0 {
		categories[caption.Omission] = true
	}
	for _, v := range j.Details {
		rules = append(rules, inWords(v))
	}
	j.Rule = strings.Join(rules, "; ")
	switch {
	case strong:
		j.Verdict = caption.Issue
	case len(j.Details) > 0:
		j.Verdict = caption.Unsure
	default:
		j.Verdict, j.Rule = caption.Pass, "MR1 and MR2 hold"
	}
	for _, c := range caption.Categories() {
		if categories[c] {
			j.Categories = append(j.Categories, c)
		}
	}
	if len(j.Categories) > 0 {
		j.Category = j.Categories[0]
	}
}

func inWords(v caption.Violation) string {
	switch v.Kind {
	case caption.Count:
		text := "MR2 count of " + v.Class
		if v.Expected != nil && v.Found != nil {
			text += ": expected " + v.Expected.String() + ", found " + v.Found.String()
		}
		return text
	case caption.Stays:
		return "MR2 removed " + v.Class + " is still named"
	case caption.SoftWeak:
		return "unsure: only a loose word for " + v.Class
	case caption.SoftHypernym:
		return "unsure: only a general word for " + v.Class
	case caption.SoftModifier:
		return "unsure: " + v.Class + " only within a compound"
	case caption.SoftMass:
		return "unsure: " + v.Class + " has no number"
	}
	return "MR1 " + v.Kind + " " + v.Class
}
