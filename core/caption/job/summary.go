package job

import (
	"cmp"
	"slices"

	"assay/core/caption"
	"assay/core/caption/oracle"
	"assay/core/stat"
)

// summarise counts a campaign. pairs are those that have an outcome; total is
// how many were planned.
func summarise(o *oracle.Oracle, total int, pairs []caption.Pair, said []caption.Said, also map[string][]string) caption.Summary {
	s := caption.Summary{PairsTotal: total, Failures: map[string]int{}, Categories: map[string]int{}, Blamed: map[string]int{}, Relation: map[string]int{}, ByLevel: []caption.LevelDoc{}, Matrix: []caption.ClassDoc{}}
	for _, a := range said {
		switch {
		case a.Failure != "":
			s.Failures[a.Failure]++
			s.Asked++
		case a.Cached:
			s.Cached++
		default:
			s.Asked++
		}
	}
	groups := map[string]bool{}
	levels, classes := map[int]*caption.LevelDoc{}, map[string]*caption.ClassDoc{}
	found := 0
	for i := range pairs {
		p := &pairs[i]
		if p.Failed[0] != "" || p.Failed[1] != "" {
			continue
		}
		if p.Verdict == caption.Invalid {
			s.Invalid++
			continue
		}
		s.PairsJudged++
		if p.Flaky {
			s.Flaky++
		}
		if p.Unstable {
			s.Unstable++
		}
		if p.Known {
			s.Known++
		}
		if p.Wrong {
			s.Wrong++
			if p.Verdict == caption.Issue {
				found++
			}
		}
		issue := p.Verdict == caption.Issue
		if p.Relation == caption.Insert {
			l := levels[p.Level]
			if l == nil {
				l = &caption.LevelDoc{Level: p.Level}
				levels[p.Level] = l
			}
			l.Pairs++
			if issue {
				l.Issues++
			}
			if slices.ContainsFunc(p.Found[1], func(c caption.ClassCount) bool { return c.Class == p.Object && !c.Weak }) {
				l.Named++
			}
		}
		if p.Object != "" {
			c := classes[p.Object]
			if c == nil {
				c = &caption.ClassDoc{Class: p.Object, Categories: map[string]int{}}
				classes[p.Object] = c
			}
			c.Pairs++
			if issue {
				c.Issues++
				c.Categories[p.Category]++
			}
		}
		switch {
		case p.Verdict == caption.Unsure:
			s.PairsUnsure++
		case issue:
			s.IssuesRaw++
			s.Categories[p.Category]++
			s.Relation[p.Relation]++
			groups[p.Group] = true
			if p.Confirmed {
				s.Confirmed++
			}
			if p.Known {
				s.Blamed[p.Blame]++
			}
		}
	}
	s.Distinct = len(groups)
	if s.Known > 0 {
		// A campaign knows the truth of all its pairs or of none.
		s.Precision, s.PrecisionCI = share(s.Confirmed, s.IssuesRaw)
		s.Recall, s.RecallCI = share(found, s.Wrong)
		s.Chair = chair(o, pairs, also)
	}
	for _, l := range levels {
		s.ByLevel = append(s.ByLevel, *l)
	}
	slices.SortFunc(s.ByLevel, func(a, b caption.LevelDoc) int { return a.Level - b.Level })
	for _, c := range classes {
		s.Matrix = append(s.Matrix, *c)
	}
	slices.SortFunc(s.Matrix, func(a, b caption.ClassDoc) int {
		return cmp.Or(b.Issues-a.Issues, b.Pairs-a.Pairs, cmp.Compare(a.Class, b.Class))
	})
	return s
}

// share returns hits over n with its interval; zeros without any n.
func share(hits, n int) (float64, [2]float64) {
	if n == 0 {
		return 0, [2]float64{}
	}
	return float64(hits) / float64(n), stat.Wilson95(hits, n)
}

// chair computes the CHAIR rates over the distinct pictures of a campaign.
func chair(o *oracle.Oracle, pairs []caption.Pair, also map[string][]string) (d caption.ChairDoc) {
	seen := map[string]bool{}
	mentions, bad, captions, badCaptions, there, named := 0, 0, 0, 0, 0, 0
	for i := range pairs {
		p := &pairs[i]
		if !p.Known {
			continue
		}
		for k, pic := range []caption.Picture{p.Source, p.Followup} {
			if seen[pic.SHA] || p.Failed[k] != "" {
				continue
			}
			seen[pic.SHA] = true
			captions++
			said, wrongly := map[string]bool{}, 0
			for _, c := range o.Says(p.Captions[k]) {
				if c.Weak {
					continue
				}
				said[c.Class] = true
				mentions++
				if pic.Truth[c.Class] == 0 && !slices.ContainsFunc(pic.Boxes, func(b caption.Box) bool { return slices.Contains(also[b.Class], c.Class) }) {
					wrongly++
				}
			}
			bad += wrongly
			if wrongly > 0 {
				badCaptions++
			}
			for class := range pic.Truth {
				there++
				if said[class] {
					named++
				}
			}
		}
	}
	part := func(a, b int) float64 { return float64(a) / float64(max(1, b)) }
	return caption.ChairDoc{I: part(bad, mentions), S: part(badCaptions, captions), Recall: part(named, there), Captions: captions}
}
