package control

import (
	"slices"

	"assay/core/kv"
)

// feared is the share of the slowest bandwidth so far to which the link is thought
// to fall.
const feared = 0.1

// rounding keeps exact off a deadline that sums in another order might miss.
const rounding = 1e-9

// Gigabit is 10^9 bits a second in bytes a second.
const Gigabit = 1e9 / 8

// Now is what a rule goes by before a chunk is sent.
type Now struct {
	Chunk   int
	Elapsed float64   // seconds since the request
	Rate    float64   // Gbit/s of the moment
	Seen    []float64 // Gbit/s at which the chunks before went, 0 where none was measured (text)
}

// Choose returns the choice of a rule.
func Choose(rule string, p kv.StreamPlan, now Now) string {
	switch rule {
	case kv.RulePaper:
		return paper(p, now)
	case kv.RuleReleased:
		return released(p, now)
	case kv.RuleClairvoyant:
		return fastest(p, now.Chunk, now.Rate)
	}
	return exact(p, now)
}

// Cost is the time of a choice for a chunk at a rate, in seconds.
func Cost(p kv.StreamPlan, chunk int, choice string, rate float64) float64 {
	if choice == kv.ChoiceText {
		return p.Text[chunk]
	}
	return float64(p.Sizes[choice][chunk]) / (rate * Gigabit)
}

// finest lists the levels from the finest on.
func finest() []string {
	l := kv.Ladder()
	slices.Reverse(l)
	return l
}

func paper(p kv.StreamPlan, now Now) string {
	left := p.SLO - now.Elapsed
	text := 0.0
	for _, t := range p.Text[now.Chunk:] {
		text += t
	}
	if text <= left {
		return kv.ChoiceText
	}
	rate := 0.0
	for _, r := range now.Seen {
		if r > 0 {
			rate = r
		}
	}
	if rate == 0 {
		return "2"
	}
	for _, level := range finest() {
		need := 0.0
		for i := now.Chunk; i < len(p.Text); i++ {
			need += Cost(p, i, level, rate)
		}
		if need <= left {
			return level
		}
	}
	return "1"
}

func released(p kv.StreamPlan, now Now) string {
	share := p.SLO / float64(len(p.Text))
	for _, level := range finest() {
		if Cost(p, now.Chunk, level, now.Rate) < share {
			return level
		}
	}
	return kv.ChoiceText
}

func exact(p kv.StreamPlan, now Now) string {
	slowest := now.Rate
	for _, r := range now.Seen {
		if r > 0 {
			slowest = min(slowest, r)
		}
	}
	rest := 0.0
	for i := now.Chunk + 1; i < len(p.Text); i++ {
		rest += Cost(p, i, fastest(p, i, slowest*feared), slowest*feared)
	}
	for _, choice := range append([]string{kv.ChoiceText}, finest()...) {
		if now.Elapsed+Cost(p, now.Chunk, choice, now.Rate)+rest <= p.SLO*(1-rounding) {
			return choice
		}
	}
	return fastest(p, now.Chunk, now.Rate)
}

// fastest is the choice that takes the least time, the better one where two take
// the same.
func fastest(p kv.StreamPlan, chunk int, rate float64) string {
	best := kv.ChoiceText
	for _, level := range finest() {
		if Cost(p, chunk, level, rate) < Cost(p, chunk, best, rate) {
			best = level
		}
	}
	return best
}

// Follow runs a rule through a plan.
func Follow(rule string, p kv.StreamPlan) (kv.RuleDoc, []kv.SentDoc) {
	d := kv.RuleDoc{Rule: rule, Choices: []string{}}
	var sent []kv.SentDoc
	now := Now{}
	for i, rate := range p.Bandwidth {
		now.Chunk, now.Rate = i, rate
		choice := Choose(rule, p, now)
		s := kv.SentDoc{Choice: choice, Bandwidth: rate, Start: now.Elapsed}
		now.Elapsed += Cost(p, i, choice, rate)
		s.End = now.Elapsed
		if choice == kv.ChoiceText {
			now.Seen = append(now.Seen, 0)
		} else {
			s.Bytes = p.Sizes[choice][i]
			now.Seen = append(now.Seen, rate)
		}
		d.Choices, sent = append(d.Choices, choice), append(sent, s)
	}
	d.Total, d.Met = now.Elapsed, now.Elapsed <= p.SLO
	return d, sent
}

// Document runs a rule and all others through a plan.
func Document(rule string, p kv.StreamPlan) kv.StreamDoc {
	own, sent := Follow(rule, p)
	d := kv.StreamDoc{Rule: rule, Choices: own.Choices, Total: own.Total, Met: own.Met, SLO: p.SLO, Chunks: sent, Others: []kv.RuleDoc{}}
	for _, other := range append(kv.StreamRules(), kv.RuleClairvoyant) {
		if other == rule {
			continue
		}
		o, _ := Follow(other, p)
		d.Others = append(d.Others, o)
		if other == kv.RuleClairvoyant {
			d.Feasible = o.Met
		}
	}
	if !d.Feasible {
		d.Note = "nothing meets the deadline on this trace: the fastest way of every chunk is too slow"
	}
	return d
}
