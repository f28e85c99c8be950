package codec

import "math"

// Grouping is the empirical entropy of symbols in bits a value, when all that one
// table serves are pooled. Part, K or V, always counts as part of the layer.
type Grouping struct {
	Global, Layer, Channel, LayerChannel float64
	Position                             float64 // one table a token position of the chunk and tensor
}

// Entropy sums up chunk by chunk: tables are a chunk's own, as the released code
// makes them, so every chunk has its own entropies and the result is their mean
// weighted by values. The zero value is ready to use.
type Entropy struct {
	sum    Grouping
	values float64

	bits   [][]float64 // by tensor (K of each layer, then V) and channel, summed
	tokens [][]float64 // by part: bits of each token under the tables of layer and channel, mean over layers and channels
	counts [][]int     // by tensor: the histogram
}

// Add takes the symbols of an opened chunk in; a chunk of a profile without
// symbols adds nothing.
func (e *Entropy) Add(k *Chunk) error {
	layers, tokens, channels := k.Layers(), k.Tokens(), k.Channels()
	var all [MaxBins]int
	byChannel := make([][MaxBins]int, 2*channels)
	perToken := [2][]float64{make([]float64, tokens), make([]float64, tokens)}
	n := float64(tokens * channels)
	for p := range 2 {
		for l := range layers {
			sym, levels, err := k.Symbols(p, l)
			if err != nil || sym == nil {
				return err
			}
			i := p*layers + l
			e.grow(i, channels, levels)
			// Zero lies in the middle: layers of different bins are pooled around it.
			shift := MaxBins/2 - (levels-1)/2
			var tensor [MaxBins]int
			own := make([]int, levels)
			for c := range channels {
				count(own, sym, c, channels)
				h := entropy(own)
				e.bits[i][c] += h * float64(tokens)
				e.sum.LayerChannel += h * float64(tokens)
				for y, m := range own {
					byChannel[p*channels+c][shift+y] += m
					tensor[y] += m
				}
				for t := range tokens {
					perToken[p][t] -= math.Log2(float64(own[sym[t*channels+c]]) / float64(tokens))
				}
			}
			for y, m := range tensor[:levels] {
				all[shift+y] += m
				e.counts[i][y] += m
			}
			e.sum.Layer += entropy(tensor[:]) * n
			for t := range tokens {
				var at [MaxBins]int
				for _, y := range sym[t*channels : (t+1)*channels] {
					at[y]++
				}
				e.sum.Position += entropy(at[:]) * float64(channels)
			}
		}
	}
	for _, c := range byChannel {
		e.sum.Channel += entropy(c[:]) * float64(layers*tokens)
	}
	e.sum.Global += entropy(all[:]) * n * float64(2*layers)
	e.values += n * float64(2*layers)
	for p := range perToken {
		if len(e.tokens) <= p {
			e.tokens = append(e.tokens, nil)
		}
		for _, b := range perToken[p] {
			e.tokens[p] = append(e.tokens[p], b/float64(layers*channels))
		}
	}
	return nil
}

func (e *Entropy) grow(tensor, channels, levels int) {
	for len(e.bits) <= tensor {
		e.bits = append(e.bits, make([]float64, channels))
		e.counts = append(e.counts, nil)
	}
	if len(e.counts[tensor]) < levels {
		e.counts[tensor] = append(e.counts[tensor], make([]int, levels-len(e.counts[tensor]))...)
	}
}

// Mean returns the entropies in bits a value, zeros before the first chunk.
func (e *Entropy) Mean() Grouping {
	if e.values == 0 {
		return Grouping{}
	}
	s, n := e.sum, e.values
	return Grouping{s.Global / n, s.Layer / n, s.Channel / n, s.LayerChannel / n, s.Position / n}
}

// Bits returns the entropy by tensor and channel, [2*layers][channels], bits a value.
func (e *Entropy) Bits() [][]float64 {
	out := make([][]float64, len(e.bits))
	for i, row := range e.bits {
		out[i] = make([]float64, len(row))
		for c, b := range row {
			out[i][c] = b / (e.values / float64(len(e.bits)*len(row)))
		}
	}
	return out
}

// Tokens returns the bits a value of each token, of K and of V, in the order of
// the chunks that were added.
func (e *Entropy) Tokens() [][]float64 { return e.tokens }

// Counts returns the histogram of symbols by tensor.
func (e *Entropy) Counts() [][]int { return e.counts }

// SymbolEntropy returns the empirical entropy of counts in bits a symbol.
func SymbolEntropy(counts []int) float64 { return entropy(counts) }

func entropy(counts []int) float64 {
	n, h := 0, 0.0
	for _, c := range counts {
		if c > 0 {
			n += c
			h += float64(c) * math.Log2(float64(c))
		}
	}
	if n == 0 {
		return 0
	}
	return max(0, math.Log2(float64(n))-h/float64(n))
}
