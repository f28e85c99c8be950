package tinycap

import (
	"fmt"
	"image"
	"math"
	"slices"
	"strings"
)

// Answer is a caption with what the decoder knew of it.
type Answer struct {
	Text string
	IDs  []int     // BOS first, EOS last where it came
	LogP float64   // of all tokens, nats
	Head []float32 // logits of the first step
}

// Caption describes a picture. beam 1 takes the most likely token at each step;
// more keep that many captions alive and score a finished one of n tokens by its
// log probability over ((5+n)/6)^0.6.
func (m *Model) Caption(img *image.NRGBA, beam int) (Answer, error) {
	mem, err := m.encode(img)
	if err != nil {
		return Answer{}, fmt.Errorf("captioner: %w", err)
	}
	var a Answer
	live := []prefix{{ids: []int{m.Config.BOS}}}
	var done []prefix
	for len(live) > 0 && len(live[0].ids) < m.Config.Tokens && len(done) < beam {
		var grown []prefix
		for _, p := range live {
			logits, err := m.step(mem, &p)
			if err != nil {
				return Answer{}, fmt.Errorf("captioner: %w", err)
			}
			if a.Head == nil {
				a.Head = logits
			}
			lp := logSoftmax(logits)
			for _, id := range top(lp, beam) {
				grown = append(grown, p.grown(id, p.score+lp[id]))
			}
		}
		slices.SortStableFunc(grown, func(x, y prefix) int { return -compare(x.score, y.score) })
		live = live[:0]
		for _, g := range grown[:min(beam, len(grown))] {
			if g.ids[len(g.ids)-1] == m.Config.EOS {
				done = append(done, g)
			} else {
				live = append(live, g)
			}
		}
	}
	best, found := pick(done, m.Config.Decode.Penalty)
	if !found {
		best = live[0]
	}
	a.Text, a.IDs, a.LogP = m.text(best.ids), best.ids, best.score
	return a, nil
}

func pick(done []prefix, alpha float64) (best prefix, found bool) {
	most := math.Inf(-1)
	for _, p := range done {
		if s := p.score / math.Pow(float64(5+len(p.ids)-1)/6, alpha); s > most {
			best, most, found = p, s, true
		}
	}
	return best, found
}

// text writes tokens as a caption.
func (m *Model) text(ids []int) string {
	var words []string
	for _, id := range ids {
		if id == m.Config.EOS {
			break
		}
		if w := m.Words[id]; !strings.HasPrefix(w, "<") {
			words = append(words, w)
		}
	}
	return strings.ReplaceAll(strings.Join(words, " "), " ,", ",")
}

func logSoftmax(x []float32) []float64 {
	most := slices.Max(x)
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(float64(v - most))
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v-most) - math.Log(sum)
	}
	return out
}

// top returns the indices of the n largest values, the largest first, the lower
// index first of equal ones.
func top(x []float64, n int) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return -compare(x[i], x[j]) })
	return order[:min(n, len(order))]
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
