package codec_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/kv/codec"
	"assay/core/run"
)

// modes codes chunks under every way of coming by tables. Tables of the model are
// calibrated on chunks of the same kind that are not among those coded.
func modes(t *testing.T, s codec.Spec, c *codec.Codec) (*codec.Codec, []codec.Spec) {
	t.Helper()
	cal := c.Calibrate(s, origin)
	for seed := range uint64(3) {
		if err := cal.Add(columns(100+seed, 3, 256, 64)); err != nil {
			t.Fatal(err)
		}
	}
	shared, err := cal.Shared()
	if err != nil {
		t.Fatal(err)
	}
	var list []codec.Spec
	for _, mode := range kv.TableModes() {
		s.Tables = mode
		list = append(list, s)
	}
	return codec.New(device(t, ""), shared), list
}

// columns draws KV whose channels keep centre and width from chunk to chunk, as
// those of a model do.
func columns(seed uint64, layers, tokens, channels int) kv.Tensors {
	shape, rng := rand.New(rand.NewPCG(7, 7)), rand.New(rand.NewPCG(seed, 5))
	t := kv.NewTensors(layers, tokens, channels)
	for l := range layers {
		for p := range 2 {
			for c := range channels {
				mean, width := shape.NormFloat64(), math.Exp(shape.NormFloat64()/2)
				for i := range tokens {
					t.Part(p, l)[i*channels+c] = float32(mean + width*rng.NormFloat64())
				}
			}
		}
	}
	return t
}

func TestTablesOfEveryKindGiveTheSameSymbolsAndKnowTheirCost(t *testing.T) {
	for _, profile := range []codec.Spec{{Profile: kv.CodecExact, Level: "32"}, {Profile: kv.CodecExact, Level: "12", Coder: codec.AC}, {Profile: kv.CodecPaper, Level: "16"}, {Profile: kv.CodecPaperStep}} {
		c, list := modes(t, profile, codec.New(device(t, "")))
		x := columns(1, 3, 256, 64)
		var first []float32
		bits := map[string]float64{}
		entropy := 0.0
		for _, s := range list {
			data, err := c.Encode(x, s, origin)
			if err != nil {
				t.Fatalf("%+v: %v", s, err)
			}
			k, err := c.Open(data, origin)
			if err != nil {
				t.Fatalf("%+v: %v", s, err)
			}
			var all []float32
			got := make([]float32, 256*64)
			for l := range 3 {
				for p := range 2 {
					if err := k.Read(p, l, got); err != nil {
						t.Fatalf("%+v: %v", s, err)
					}
					all = append(all, got...)
				}
			}
			if first == nil {
				first = all
			}
			if !slices.Equal(first, all) {
				t.Errorf("%+v: other numbers", s)
			}
			z := k.Sizes()
			bits[s.Tables] = 8 * float64(z.Payload) / float64(x.Values())
			if tables := 8 * float64(z.Table) / float64(x.Values()); s.Tables == kv.TablesAdaptive && tables != 0 || s.Tables == kv.TablesModel && z.Table != 8 || s.Tables == kv.TablesParam && tables > .17 {
				t.Errorf("%+v: %d bytes of tables", s, z.Table)
			}
			var h codec.Entropy
			if err := h.Add(k); err != nil {
				t.Fatal(err)
			}
			entropy = h.Mean().LayerChannel
		}
		t.Logf("%+v: %.3f, %v", profile, entropy, bits)
		// Tables of the chunk itself in full cost next to nothing above its entropy; those
		// of other chunks, of two bytes or learnt on the way cost what they do not know.
		if profile.Profile != kv.CodecExact {
			continue
		}
		for mode, room := range map[string]float64{kv.TablesChunk: .08, kv.TablesParam: .2, kv.TablesModel: .3, kv.TablesAdaptive: .5} {
			if loss := bits[mode] - entropy; loss < 0 || loss > room {
				t.Errorf("%+v, %s: %.3f bits a value, entropy %.3f", profile, mode, bits[mode], entropy)
			}
		}
	}
}

func TestCalibratedTablesAreAFile(t *testing.T) {
	c := codec.New(device(t, ""))
	s := codec.Spec{Profile: kv.CodecPaperStep, Tables: kv.TablesModel}
	x := columns(1, 2, 40, 64)
	if _, err := c.Encode(x, s, origin); run.CodeOf(err) != run.EUsage || !strings.Contains(err.Error(), "no calibrated tables") {
		t.Errorf("without tables: %v", err)
	}
	cal := c.Calibrate(s, origin)
	if _, err := cal.Shared(); run.CodeOf(err) != run.EInput {
		t.Errorf("nothing counted: %v", err)
	}
	if err := cal.Add(columns(2, 2, 40, 64)); err != nil {
		t.Fatal(err)
	}
	shared, err := cal.Shared()
	if err != nil {
		t.Fatal(err)
	}
	file := shared.Encode()
	again, err := codec.ReadShared(file)
	if err != nil || again.ID() != shared.ID() || again.Size() != len(file) || !bytes.Equal(again.Encode(), file) {
		t.Fatalf("read back: %v", err)
	}
	// Symbols that the calibration never saw are still coded, on another model's tables too.
	other := origin
	other.Model = 99
	data, err := codec.New(device(t, ""), again).Encode(tensors(3, 2, 300, 64), s, other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := codec.New(device(t, ""), shared).Open(data, other); err != nil {
		t.Error(err)
	}
	if _, err := c.Open(data, other); !errors.Is(err, codec.ErrForeign) || !strings.Contains(err.Error(), "calibrated") {
		t.Errorf("a reader without them: %v", err)
	}
	for i := 0; i < len(file); i += 1 + i/40*37 { // every byte of the head, then some
		bad := slices.Clone(file)
		bad[i] ^= 0x41
		if _, err := codec.ReadShared(bad); err == nil {
			t.Fatalf("byte %d damaged is not found", i)
		}
		if _, err := codec.ReadShared(file[:i]); err == nil {
			t.Fatalf("cut at byte %d is not found", i)
		}
		if _, err := codec.ReadShared(reseal(bad)); err != nil && !errors.Is(err, codec.ErrDamaged) && !errors.Is(err, codec.ErrForeign) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
}

func TestTablesThatDoNotFitAProfileAreRefused(t *testing.T) {
	c := codec.New(device(t, ""))
	for _, s := range []codec.Spec{{Profile: kv.CodecRef, Level: "3", Tables: kv.TablesAdaptive}, {Profile: kv.CodecQ8, Tables: kv.TablesChunk}, {Profile: kv.CodecExact, Level: "3", Tables: "best"}} {
		if _, err := c.Encode(columns(1, 1, 9, 64), s, origin); run.CodeOf(err) != run.EUsage || !strings.Contains(err.Error(), s.Tables) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

// Deltas in steps: within half a step wherever the alphabet reaches and beyond,
// where an escape carries the step's number.
func TestStepsReachBeyondTheirAlphabet(t *testing.T) {
	c := codec.New(device(t, ""))
	for _, layers := range []int{1, 3, 7} {
		x := columns(4, layers, 101, 64)
		for l := range layers {
			x.V[l][57*64+3] = 900 // far beyond 30 steps
		}
		data, err := c.Encode(x, codec.Spec{Profile: kv.CodecPaperStep}, origin)
		if err != nil {
			t.Fatal(err)
		}
		k, err := c.Open(data, origin)
		if err != nil {
			t.Fatal(err)
		}
		if k.Escapes() < int64(layers) {
			t.Errorf("%d layers: %d escapes", layers, k.Escapes())
		}
		got := make([]float32, 101*64)
		for l := range layers {
			for p := range 2 {
				if err := k.Read(p, l, got); err != nil {
					t.Fatal(err)
				}
				in := x.Part(p, l)
				var n, sum, square, most float64
				for i, v := range in {
					if row := i / 64; row%10 != 0 {
						// Against the decoded anchor, as the coder has it.
						d := float64(v - got[row/10*10*64+i%64])
						n, sum, square = n+1, sum+d, square+d*d
						most = max(most, math.Abs(float64(got[i]-v)))
					}
				}
				step := .5 * float64(1+3*l/layers) * math.Sqrt(square/n-sum/n*(sum/n))
				if most > .5001*step+1e-6 {
					t.Errorf("layer %d of %d: off by %g, half a step is %g", l, layers, most, step/2)
				}
			}
		}
	}
}
