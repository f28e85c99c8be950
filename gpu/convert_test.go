package gpu_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"assay/gpu"
	"assay/gpu/ref"
)

// everyISA opens a device for each instruction set of this machine.
func everyISA(t testing.TB) []*gpu.Device {
	t.Helper()
	list, _ := gpu.List()
	var all []*gpu.Device
	for _, isa := range list[0].ISAs {
		all = append(all, open(t, gpu.Options{ISA: isa, Threads: 1}))
	}
	return all
}

var narrowTypes = map[gpu.DType]struct {
	from func(uint16) float32
	to   func(float32) uint16
}{gpu.F16: {ref.FromF16, ref.F16}, gpu.BF16: {ref.FromBF16, ref.BF16}}

func TestEveryNarrowNumberWidensAsTheReference(t *testing.T) {
	for dt, conv := range narrowTypes {
		raw := make([]byte, 2<<16)
		for i := range 1 << 16 {
			raw[2*i], raw[2*i+1] = byte(i), byte(i>>8)
		}
		for _, d := range everyISA(t) {
			x := tensor(t, d, dt, 1<<16)
			got := make([]float32, 1<<16)
			if err := errors.Join(d.Default().UploadBytes(x, raw), d.Default().Download(got, x)); err != nil {
				t.Fatal(err)
			}
			for i, g := range got {
				want := conv.from(uint16(i))
				if math.Float32bits(g) != math.Float32bits(want) && !(g != g && want != want) {
					t.Fatalf("%s %v %04x: %g, expected %g", d.Info().ISA, dt, i, g, want)
				}
			}
		}
	}
}

func TestNarrowingRoundsAsTheReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	var in []float32
	for _, conv := range narrowTypes {
		// Every number, the middle to the next, and both sides of the middle.
		for i := range 1<<15 - 1 {
			a, b := float64(conv.from(uint16(i))), float64(conv.from(uint16(i+1)))
			mid := float32((a + b) / 2)
			in = append(in, float32(a), mid, math.Nextafter32(mid, 0), -math.Nextafter32(mid, float32(math.Inf(1))))
		}
	}
	for range 200_000 {
		in = append(in, math.Float32frombits(rng.Uint32()))
	}
	for _, d := range everyISA(t) {
		for dt, conv := range narrowTypes {
			checkNarrow(t, d, dt, in, conv.to)
		}
	}
}

func checkNarrow(t *testing.T, d *gpu.Device, dt gpu.DType, in []float32, to func(float32) uint16) {
	t.Helper()
	x := tensor(t, d, dt, len(in))
	raw := make([]byte, 2*len(in))
	if err := errors.Join(d.Default().Upload(x, in), d.Default().DownloadBytes(raw, x)); err != nil {
		t.Fatal(err)
	}
	nan := to(float32(math.NaN())) & 0x7fff
	for i, v := range in {
		got, want := uint16(raw[2*i])|uint16(raw[2*i+1])<<8, to(v)
		if got == want || (v != v && got&nan == nan) {
			continue
		}
		t.Fatalf("%s %v of %g (%08x): %04x, expected %04x", d.Info().ISA, dt, v, math.Float32bits(v), got, want)
	}
}

func FuzzNarrow(f *testing.F) {
	for _, u := range []uint32{0, 0x80000000, 1, 0x7f800000, 0x7f800001, 0xffc00000, 0x477fefff, 0x477ff000, 0x33000000, 0x33000001, 0x387fffff, 0x7f7fffff} {
		f.Add(u)
	}
	devices := everyISA(f)
	f.Fuzz(func(t *testing.T, bits uint32) {
		v := math.Float32frombits(bits)
		in := make([]float32, 17) // a whole vector and a tail
		for i := range in {
			in[i] = v
		}
		for _, d := range devices {
			for dt, conv := range narrowTypes {
				checkNarrow(t, d, dt, in, conv.to)
			}
		}
	})
}
