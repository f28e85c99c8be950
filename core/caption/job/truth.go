package job

import (
	"slices"

	"assay/core/caption"
	"assay/core/caption/compose"
	"assay/core/caption/oracle"
)

// wrong returns the classes about which a caption contradicts the truth: named
// and not there, there in plain sight and not named, or with a number that
// excludes the true one. Loose words for a class are taken as no claim.
func wrong(o *oracle.Oracle, text string, p caption.Picture, also map[string][]string) map[string]bool {
	out := map[string]bool{}
	fair := compose.Fair(p)
	said := map[string]bool{}
	for _, c := range o.Says(text) {
		said[c.Class] = true
		there, ok := fair[c.Class]
		switch {
		case c.Weak:
		case !ok:
			tolerated := slices.ContainsFunc(p.Boxes, func(b caption.Box) bool { return slices.Contains(also[b.Class], c.Class) })
			if !tolerated {
				out[c.Class] = true
			}
		case !c.Interval.Meets(caption.Interval{Lo: max(there.Lo, 1), Hi: there.Hi}):
			out[c.Class] = true
		}
	}
	for class, there := range fair {
		if there.Lo > 0 && !said[class] && o.Knows(class) {
			out[class] = true
		}
	}
	return out
}

// tell fills in what the truth says of a judged pair.
func tell(o *oracle.Oracle, p *caption.Pair, also map[string][]string) {
	p.Known, p.Wrong, p.Confirmed, p.Blame = true, false, false, ""
	before, after := wrong(o, p.Captions[0], p.Source, also), wrong(o, p.Captions[1], p.Followup, also)
	p.Wrong = len(before)+len(after) > 0
	if p.Verdict != caption.Issue {
		return
	}
	var source, followup bool
	for _, v := range p.Details {
		switch v.Kind {
		case caption.SoftWeak, caption.SoftHypernym, caption.SoftModifier, caption.SoftMass:
			continue
		}
		source, followup = source || before[v.Class], followup || after[v.Class]
	}
	p.Confirmed = source || followup
	switch {
	case source && followup:
		p.Blame = caption.BlameBoth
	case source:
		p.Blame = caption.BlameSource
	case followup:
		p.Blame = caption.BlameFollowup
	default:
		p.Blame = caption.BlameUnknown
	}
}
