package codec

import "math"

// The paper's other quantiser of deltas (kv.md 2.3): one step for all deltas of a
// tensor, its standard deviation times a factor that grows with depth, since early
// layers matter more. Symbols are -30 to 30 steps; what is beyond is an escape and
// 16 bits of steps apart. The deviation is that of the chunk's own deltas and
// travels with them: four bytes a tensor, where the paper calibrates it before.
const (
	stepReach  = 30
	stepEscape = 2*stepReach + 1
	stepLevels = stepEscape + 1
	stepBins   = 64 // what the header says of such a tensor
)

// stepFactor is the step of a layer in standard deviations: 0.5, 1 and 1.5 for the
// first, middle and last third.
func stepFactor(layer, layers int) float64 { return .5 * float64(1+3*layer/layers) }

// stepped quantises deltas; scale holds the step alone.
func stepped(x []float32, rows, channels int, factor float64) plane {
	p := plane{rows: rows, channels: channels, bins: stepBins, step: true, sym: make([]byte, len(x)), scale: []float32{stepOf(x, factor)}}
	step := float64(p.scale[0])
	for i, v := range x {
		k := 0.0
		if step > 0 {
			k = math.RoundToEven(float64(v) / step)
		}
		if math.Abs(k) <= stepReach {
			p.sym[i] = byte(int(k) + stepReach)
			continue
		}
		p.sym[i] = stepEscape
		p.raw = append(p.raw, int16(min(max(k, math.MinInt16), math.MaxInt16)))
	}
	return p
}

// stepOf is the step of deltas; where all of them are equal it goes by their size.
func stepOf(x []float32, factor float64) float32 {
	var sum, square float64
	for _, v := range x {
		sum += float64(v)
		square += float64(v) * float64(v)
	}
	n := float64(max(len(x), 1))
	deviation := math.Sqrt(max(square/n-sum/n*(sum/n), 0))
	if deviation == 0 {
		deviation = float64(largest(x))
	}
	return float32(min(factor*deviation, math.MaxFloat32))
}

// unstep is the inverse; false where escapes and raw values do not match.
func unstep(x []float32, sym []byte, step float32, raw []int16) bool {
	for i, y := range sym {
		k := int(y) - stepReach
		if y == stepEscape {
			if len(raw) == 0 {
				return false
			}
			k, raw = int(raw[0]), raw[1:]
		}
		x[i] = float32(k) * step
	}
	return len(raw) == 0
}

// Escapes counts the escapes of a chunk of kv.CodecPaperStep: what its alphabet does
// not reach. It is 0 for other profiles.
func (k *Chunk) Escapes() (escapes int64) {
	for _, t := range k.tensors {
		for _, p := range t.planes {
			escapes += int64(p.raws)
		}
	}
	return escapes
}
