package codec

// The paper's profile (arXiv 2310.07240, section 5.1; kv.md 2.3): groups of ten
// consecutive tokens, the first of which is the anchor, coded vectorwise in 8
// bits. The others are coded as their difference to the decoded anchor, so that
// errors do not add up and every token decodes without its neighbours. Anchors
// and deltas have tables of their own.
const anchorEvery = 10

// anchors returns how many of so many tokens are anchors.
func anchors(tokens int) int { return (tokens + anchorEvery - 1) / anchorEvery }

// split quantises a tensor as anchors and deltas.
func (w *writer) split(x []float32, bins int) (a, d plane) {
	channels, tokens := w.h.channels(), w.h.tokens
	first := make([]float32, 0, anchors(tokens)*channels)
	for t := 0; t < tokens; t += anchorEvery {
		first = append(first, x[t*channels:(t+1)*channels]...)
	}
	a = w.quantised(first, anchors(tokens), MaxBins)
	dequantise(first, a.sym, a.scale, channels, MaxBins)
	rest := make([]float32, 0, len(x)-len(first))
	for t := range tokens {
		if t%anchorEvery == 0 {
			continue
		}
		base := first[t/anchorEvery*channels:]
		for c, v := range x[t*channels : (t+1)*channels] {
			rest = append(rest, v-base[c])
		}
	}
	if w.m.step {
		return a, stepped(rest, tokens-anchors(tokens), channels, stepFactor(w.at.layer, w.h.layers))
	}
	return a, w.quantised(rest, tokens-anchors(tokens), bins)
}

// join is the inverse, from decoded anchors and deltas.
func join(x, first, rest []float32, channels int) {
	for t := 0; t*channels < len(x); t++ {
		row, base := x[t*channels:(t+1)*channels], first[t/anchorEvery*channels:]
		if t%anchorEvery == 0 {
			copy(row, base)
			continue
		}
		delta := rest[:channels]
		rest = rest[channels:]
		for c := range row {
			row[c] = base[c] + delta[c]
		}
	}
}
