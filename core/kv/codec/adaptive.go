package codec

// Adaptive tables (kv.md 2.4): nothing is shipped, both sides count what they have
// coded. A channel's own counts are what matters in the end; until there are enough
// of them the counts of all channels of the stream stand in, since columns of one
// tensor look alike. It costs a division a level and symbol, so it is slow.
const (
	ownWeight = 32  // of one symbol of the channel
	poolTotal = 160 // of all symbols of the stream together: five of the channel's own
)

// learner holds the counts of one stream.
type learner struct {
	own    [][]uint32 // by channel
	totals []uint32
	pool   []uint32
	pooled uint32
	f      []uint32 // cumulative, 0 to Total
}

func newLearner(channels, levels int) *learner {
	a := &learner{own: make([][]uint32, channels), totals: make([]uint32, channels), pool: make([]uint32, levels), f: make([]uint32, levels+1)}
	for c := range a.own {
		a.own[c] = make([]uint32, levels)
	}
	for y := range a.pool {
		a.pool[y] = 1
	}
	a.pooled = uint32(levels)
	return a
}

// table is the cumulative table of the next symbol of a channel, each symbol with at
// least 1 of Total.
func (a *learner) table(channel int) []uint32 {
	own, levels := a.own[channel], uint32(len(a.pool))
	// Weights in 1/256: the pool's share of a symbol is a fraction.
	all := uint64(a.totals[channel])*ownWeight<<8 + poolTotal<<8
	sum := uint64(0)
	for y, n := range own {
		a.f[y] = uint32(y) + uint32(uint64(Total-levels)*sum/all)
		sum += uint64(n)*ownWeight<<8 + uint64(a.pool[y])*poolTotal<<8/uint64(a.pooled)
	}
	a.f[levels] = Total
	return a.f
}

func (a *learner) learn(channel int, y byte) {
	a.own[channel][y]++
	a.totals[channel]++
	a.pool[y]++
	a.pooled++
}

// encodeAdaptive codes rows of width symbols.
func encodeAdaptive(out []byte, rows []byte, width, levels int) []byte {
	e := acEncoder{high: 0xffffffff, out: out}
	a := newLearner(width, levels)
	for i, y := range rows {
		f := a.table(i % width)
		e.encode(f[y], f[y+1])
		a.learn(i%width, y)
	}
	return e.finish()
}

// decodeAdaptive is the inverse; bits behind the end of the stream are zeros.
// Whatever it holds, every symbol is below levels.
func decodeAdaptive(rows []byte, in []byte, width, levels int) {
	d := newACDecoder(in)
	a := newLearner(width, levels)
	for i := range rows {
		rows[i] = d.decode(a.table(i % width))
		a.learn(i%width, rows[i])
	}
}

// acDecoder decodes symbol by symbol, a bit at a time, for tables that change with
// each; DecodeAC is the fast one.
type acDecoder struct {
	low, high, value uint32
	in               []byte
	at               int // bits taken
}

func newACDecoder(in []byte) *acDecoder {
	d := &acDecoder{high: 0xffffffff, in: in}
	for range 32 {
		d.shift()
	}
	return d
}

func (d *acDecoder) shift() {
	bit := uint32(0)
	if i := d.at >> 3; i < len(d.in) {
		bit = uint32(d.in[i]>>(7-d.at&7)) & 1
	}
	d.at++
	d.value = d.value<<1 | bit
}

// decode returns the next symbol under a table from 0 to Total.
func (d *acDecoder) decode(f []uint32) byte {
	span := uint64(d.high-d.low) + 1
	limit := (uint64(d.value-d.low) + 1) << 16
	y := 0
	for y+2 < len(f) && span*uint64(f[y+1]) < limit {
		y++
	}
	d.high = d.low - 1 + uint32(span*uint64(f[y+1])>>16)
	d.low += uint32(span * uint64(f[y]) >> 16)
	for {
		switch {
		case d.high < 1<<31 || d.low >= 1<<31:
			d.low, d.high = d.low<<1, d.high<<1|1
		case d.low >= 1<<30 && d.high < 3<<30:
			d.low, d.high = d.low<<1&0x7fffffff, d.high<<1|0x80000001
			d.value -= 1 << 30
		default:
			return byte(y)
		}
		d.shift()
	}
}
