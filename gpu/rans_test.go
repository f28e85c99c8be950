package gpu_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"assay/gpu"
)

// ransTable draws frequencies: flat, peaked, or with one symbol that takes nearly all.
func ransTable(rng *rand.Rand, levels, shape int) gpu.RANSTable {
	t := gpu.RANSTable{Levels: levels, Cum: make([]uint16, (levels+1)*gpu.RANSLanes)}
	for lane := range gpu.RANSLanes {
		freq := make([]int, levels)
		left := gpu.RANSTotal - levels
		for i := range freq {
			freq[i] = 1
		}
		switch shape {
		case 0:
			for i := range freq {
				freq[i] += left / levels
			}
			freq[0] += left % levels
		case 1:
			for left > 0 {
				n := min(left, 1+rng.IntN(200))
				freq[rng.IntN(levels)] += n
				left -= n
			}
		default:
			freq[rng.IntN(levels)] += left
		}
		sum := 0
		for i, f := range freq {
			t.Cum[i*gpu.RANSLanes+lane] = uint16(sum)
			sum += f
		}
		t.Cum[levels*gpu.RANSLanes+lane] = uint16(sum)
	}
	return t
}

func draw(rng *rand.Rand, t gpu.RANSTable, rows, stride int) []byte {
	sym := make([]byte, rows*stride)
	for i := range rows {
		for lane := range gpu.RANSLanes {
			at := uint16(rng.IntN(gpu.RANSTotal))
			s := 0
			for t.Cum[(s+1)*gpu.RANSLanes+lane] <= at {
				s++
			}
			if rng.IntN(9) == 0 { // symbols that the table finds unlikely
				s = rng.IntN(t.Levels)
			}
			sym[i*stride+lane] = byte(s)
		}
	}
	return sym
}

// slowRANS decodes by the definition, one lane after the other in each step.
func slowRANS(t gpu.RANSTable, states [gpu.RANSLanes]uint32, stream []byte, rows, stride int) []byte {
	out := make([]byte, rows*stride)
	for i := range rows {
		for lane := range gpu.RANSLanes {
			x := uint64(states[lane])
			slot := uint16(x % gpu.RANSTotal)
			s := 0
			for t.Cum[(s+1)*gpu.RANSLanes+lane] <= slot {
				s++
			}
			lo, hi := uint64(t.Cum[s*gpu.RANSLanes+lane]), uint64(t.Cum[(s+1)*gpu.RANSLanes+lane])
			x = (hi-lo)*(x/gpu.RANSTotal) + uint64(slot) - lo
			if x < gpu.RANSLow {
				x <<= 16
				if len(stream) >= 2 {
					x |= uint64(binary.LittleEndian.Uint16(stream))
					stream = stream[2:]
				}
			}
			states[lane] = uint32(x)
			out[i*stride+lane] = byte(s)
		}
	}
	return out
}

func TestRANSIsLosslessAndTheSameOnEveryISA(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	devices := everyISA(t)
	for _, levels := range []int{2, 3, 11, 15, 31, 32, 255, 256} {
		for _, rows := range []int{0, 1, 2, 33, 256} {
			for shape := range 3 {
				table, stride := ransTable(rng, levels, shape), gpu.RANSLanes+shape*5
				sym := draw(rng, table, rows, stride)
				var stream []byte
				var final [gpu.RANSLanes]uint32
				for i, d := range devices {
					states := begin()
					got, err := d.EncodeRANS(nil, sym, stride, rows, table, &states)
					if err != nil {
						t.Fatal(err)
					}
					if i == 0 {
						stream, final = got, states
					}
					if !bytes.Equal(got, stream) || states != final {
						t.Fatalf("%s, %d levels, %d rows: another stream", d.Info().ISA, levels, rows)
					}
				}
				if want := slowRANS(table, final, stream, rows, stride); !bytes.Equal(want, sym) {
					t.Fatalf("%d levels, %d rows, shape %d: the definition decodes other symbols", levels, rows, shape)
				}
				for _, d := range devices {
					states, dst := final, make([]byte, len(sym))
					n, err := d.DecodeRANS(dst, stride, rows, table, &states, stream)
					if err != nil || n != len(stream) || !bytes.Equal(dst, sym) || states != begin() {
						t.Fatalf("%s, %d levels, %d rows, shape %d: %d of %d bytes, %v", d.Info().ISA, levels, rows, shape, n, len(stream), err)
					}
				}
			}
		}
	}
}

func begin() (s [gpu.RANSLanes]uint32) {
	for i := range s {
		s[i] = gpu.RANSLow + uint32(i)
	}
	return s
}

func TestRANSStaysInsideWhateverTheStreamHolds(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 2))
	devices := everyISA(t)
	for range 300 {
		levels := 2 + rng.IntN(40)
		table, rows := ransTable(rng, levels, rng.IntN(3)), rng.IntN(50)
		stream := make([]byte, rng.IntN(200))
		var states [gpu.RANSLanes]uint32
		for i := range stream {
			stream[i] = byte(rng.Uint32())
		}
		for i := range states {
			states[i] = rng.Uint32() >> rng.IntN(32)
		}
		want := slowRANS(table, states, stream, rows, gpu.RANSLanes)
		for _, d := range devices {
			s, dst := states, make([]byte, rows*gpu.RANSLanes)
			if _, err := d.DecodeRANS(dst, gpu.RANSLanes, rows, table, &s, stream); err != nil || !bytes.Equal(dst, want) {
				t.Fatalf("%s: %v", d.Info().ISA, err)
			}
		}
	}
}

func TestRANSRefusesWhatItCannotCode(t *testing.T) {
	d := open(t, gpu.Options{})
	good := ransTable(rand.New(rand.NewPCG(1, 1)), 4, 0)
	unused := gpu.RANSTable{Levels: 4, Cum: append([]uint16{}, good.Cum...)}
	copy(unused.Cum[gpu.RANSLanes:2*gpu.RANSLanes], good.Cum[:gpu.RANSLanes])
	states := begin()
	for name, f := range map[string]func() error{
		"a symbol without frequency": func() error { _, err := d.DecodeRANS(make([]byte, 32), 32, 1, unused, &states, nil); return err },
		"a short table": func() error {
			_, err := d.DecodeRANS(make([]byte, 32), 32, 1, gpu.RANSTable{Levels: 4, Cum: good.Cum[32:]}, &states, nil)
			return err
		},
		"rows beyond dst": func() error { _, err := d.DecodeRANS(make([]byte, 32), 32, 2, good, &states, nil); return err },
		"a narrow stride": func() error { _, err := d.DecodeRANS(make([]byte, 99), 31, 1, good, &states, nil); return err },
		"symbols too high": func() error {
			_, err := d.EncodeRANS(nil, bytes.Repeat([]byte{4}, 32), 32, 1, good, &states)
			return err
		},
	} {
		var e *gpu.Error
		if err := f(); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// BenchmarkRANS reports rates of one core.
func BenchmarkRANS(b *testing.B) {
	for _, d := range everyISA(b) {
		for _, levels := range []int{11, 15, 31} {
			rng := rand.New(rand.NewPCG(5, 5))
			const rows = 256
			table := ransTable(rng, levels, 1)
			sym := draw(rng, table, rows, gpu.RANSLanes)
			states := begin()
			stream, err := d.EncodeRANS(nil, sym, gpu.RANSLanes, rows, table, &states)
			if err != nil {
				b.Fatal(err)
			}
			rate := func(b *testing.B) {
				b.ReportMetric(float64(b.N)*rows*gpu.RANSLanes/b.Elapsed().Seconds()/1e6, "Msym/s")
			}
			b.Run(fmt.Sprintf("encode/%s/%d", d.Info().ISA, levels), func(b *testing.B) {
				out := make([]byte, 0, 2*len(stream)+64)
				for b.Loop() {
					s := begin()
					if _, err := d.EncodeRANS(out[:0], sym, gpu.RANSLanes, rows, table, &s); err != nil {
						b.Fatal(err)
					}
				}
				rate(b)
			})
			b.Run(fmt.Sprintf("decode/%s/%d", d.Info().ISA, levels), func(b *testing.B) {
				dst := make([]byte, len(sym))
				for b.Loop() {
					s := states
					if _, err := d.DecodeRANS(dst, gpu.RANSLanes, rows, table, &s, stream); err != nil {
						b.Fatal(err)
					}
				}
				rate(b)
			})
		}
	}
}
