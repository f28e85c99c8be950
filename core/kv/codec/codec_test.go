package codec_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"assay/core/kv"
	"assay/core/kv/codec"
	"assay/core/run"
	"assay/gpu"
	"assay/gpu/ref"
)

func device(t testing.TB, isa string) *gpu.Device {
	t.Helper()
	d, err := gpu.Open("cpu", gpu.Options{Threads: 1, ISA: isa})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// tensors draws KV whose channels differ in centre and width; the first layer
// repeats some rows, as a cache before RoPE does.
func tensors(seed uint64, layers, tokens, channels int) kv.Tensors {
	rng := rand.New(rand.NewPCG(seed, 77))
	t := kv.NewTensors(layers, tokens, channels)
	for l := range layers {
		for p := range 2 {
			x := t.Part(p, l)
			for c := range channels {
				mean, width := rng.NormFloat64(), math.Exp(rng.NormFloat64()/2)
				for i := range tokens {
					x[i*channels+c] = float32(mean + width*rng.NormFloat64())
				}
			}
			for i := 3; l == 0 && i < tokens; i += 2 {
				copy(x[i*channels:(i+1)*channels], x[i/3*channels:(i/3+1)*channels])
			}
		}
	}
	return t
}

func specs() []codec.Spec {
	var list []codec.Spec
	for _, p := range kv.Codecs() {
		if kv.HasTables(p) {
			s := codec.Spec{Profile: p}
			if kv.HasLevels(p) {
				s.Level = "3"
			}
			for _, mode := range []string{kv.TablesChunk, kv.TablesAdaptive} {
				s.Tables = mode
				list = append(list, s)
			}
			s.Tables, s.Coder = kv.TablesChunk, codec.AC
			list = append(list, s)
		}
		if !kv.HasLevels(p) {
			list = append(list, codec.Spec{Profile: p})
			continue
		}
		for _, l := range append(kv.Ladder(), "4", "64", "256") {
			list = append(list, codec.Spec{Profile: p, Level: l})
			if p == kv.CodecExact {
				list = append(list, codec.Spec{Profile: p, Level: l, Coder: codec.AC})
			}
		}
	}
	return list
}

var origin = codec.Origin{KVHeads: 2, HeadDim: 32, Model: 0x1234, IDs: 0x99}

// bound is the largest error of a value: half a step of the vector's scale, with
// room for the rounding of scales to f16.
func bound(s codec.Spec, row []float32) float64 {
	m := 0.0
	for _, v := range row {
		m = max(m, math.Abs(float64(v)))
	}
	switch s.Profile {
	case kv.CodecF16:
		return m/1024 + 1e-7
	case kv.CodecQ8, kv.CodecQ8Block:
		return m/127*.51 + m/1024
	case kv.CodecQ4Block:
		return m/8*1.02 + m/1024
	case kv.CodecPaperStep:
		return .75*2*m + m/100 // half a step of 1.5 standard deviations of deltas, each at most twice as large
	case kv.CodecQ4Rotated:
		return m * 32 // of the rotated vector, in any direction
	}
	k, v, err := kv.LevelBins(s.Level, 4)
	if err != nil {
		panic(err)
	}
	q := float64(min(slices.Min(k), slices.Min(v))/2 - 1)
	if s.Profile == kv.CodecPaper { // a delta is at most twice as large
		return 2*m/q*.51 + m/100
	}
	return m/q*.51 + m/512
}

func TestEveryProfileDecodesToWhatItQuantised(t *testing.T) {
	for _, isa := range gpuISAs() {
		c := codec.New(device(t, isa))
		for _, s := range specs() {
			for _, tokens := range []int{1, 11, 256, 300} {
				x := tensors(uint64(tokens), 4, tokens, 64)
				data, err := c.Encode(x, s, origin)
				if err != nil {
					t.Fatalf("%+v of %d tokens: %v", s, tokens, err)
				}
				k, err := c.Open(data, origin)
				if err != nil {
					t.Fatalf("%+v of %d tokens: %v", s, tokens, err)
				}
				if z := k.Sizes(); z.Total != int64(len(data)) || z.Payload+z.Table+z.Scale+z.Length+z.Header != z.Total || z.Payload <= 0 || z.Header < 60 {
					t.Fatalf("%+v: sizes %+v of %d bytes", s, z, len(data))
				}
				got, half := make([]float32, tokens*64), make([]uint16, tokens*64)
				for l := range 4 {
					for p := range 2 {
						if err := errors.Join(k.Read(p, l, got), k.ReadF16(p, l, half)); err != nil {
							t.Fatalf("%+v of %d tokens: %v", s, tokens, err)
						}
						want := x.Part(p, l)
						within := bound(s, want)
						for i, v := range got {
							if i%64 == 0 && s.Profile != kv.CodecPaper && s.Profile != kv.CodecPaperStep { // there anchors of other rows weigh in
								within = bound(s, want[i:i+64])
							}
							if e := math.Abs(float64(v - want[i])); !(e <= within) {
								t.Fatalf("%+v of %d tokens: part %d layer %d value %d is %g, expected %g within %g", s, tokens, p, l, i, v, want[i], within)
							}
							if h := widened(half[i]); math.Abs(h-float64(v)) > math.Abs(float64(v))/2048+1e-7 {
								t.Fatalf("%+v: %g in f16 is %g", s, v, h)
							}
						}
					}
				}
			}
		}
	}
}

func widened(h uint16) float64 { return float64(ref.FromF16(h)) }

func gpuISAs() []string {
	list, _ := gpu.List()
	return list[0].ISAs
}

// All coders and instruction sets code the same symbols; rANS gives the same bytes
// everywhere.
func TestCodersAgreeOnTheSymbols(t *testing.T) {
	x := tensors(5, 3, 200, 64)
	var whole []byte
	for _, isa := range gpuISAs() {
		c := codec.New(device(t, isa))
		var sym [][]byte
		for _, s := range []codec.Spec{{Profile: kv.CodecRef, Level: "2"}, {Profile: kv.CodecExact, Level: "2"}, {Profile: kv.CodecExact, Level: "2", Coder: codec.AC}} {
			data, err := c.Encode(x, s, origin)
			if err != nil {
				t.Fatal(err)
			}
			if s.Profile == kv.CodecExact && s.Coder == "" {
				if whole != nil && !bytes.Equal(whole, data) {
					t.Errorf("%s: another container", isa)
				}
				whole = data
			}
			k, err := c.Open(data, codec.Origin{})
			if err != nil {
				t.Fatal(err)
			}
			var all []byte
			for l := range 3 {
				for p := range 2 {
					y, _, err := k.Symbols(p, l)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, y...)
				}
			}
			sym = append(sym, all)
		}
		if !bytes.Equal(sym[0], sym[1]) || !bytes.Equal(sym[0], sym[2]) {
			t.Errorf("%s: the profiles quantise differently", isa)
		}
	}
}

// The released code's quantiser, written out once more.
func TestReferenceSymbols(t *testing.T) {
	c := codec.New(device(t, ""))
	x := tensors(9, 2, 40, 64)
	for _, level := range []string{"32", "16", "12", "255"} {
		data, err := c.Encode(x, codec.Spec{Profile: kv.CodecRef, Level: level}, origin)
		if err != nil {
			t.Fatal(err)
		}
		k, err := c.Open(data, origin)
		if err != nil {
			t.Fatal(err)
		}
		for l := range 2 {
			for p := range 2 {
				sym, levels, err := k.Symbols(p, l)
				if err != nil {
					t.Fatal(err)
				}
				q := (levels - 1) / 2
				for i, y := range sym {
					row := x.Part(p, l)[i/64*64 : i/64*64+64]
					m := float32(0)
					for _, v := range row {
						m = max(m, float32(math.Abs(float64(v))))
					}
					m = half(m)
					want := math.RoundToEven(float64(float32(row[i%64]*(float32(q)/m)) + float32(q)))
					if float64(y) != min(max(want, 0), float64(levels-1)) {
						t.Fatalf("level %s: symbol %d of %g is %d, expected %g", level, i, row[i%64], y, want)
					}
				}
			}
		}
	}
}

// half rounds to binary16 in float64 arithmetic, normal numbers only.
func half(x float32) float32 {
	_, e := math.Frexp(float64(x))
	step := math.Ldexp(1, e-11)
	return float32(math.RoundToEven(float64(x)/step) * step)
}

// A chunk may come layer by layer; a layer whose bytes are damaged is found.
func TestChunksComeLayerByLayer(t *testing.T) {
	c := codec.New(device(t, ""))
	x := tensors(6, 3, 70, 64)
	for _, s := range specs() {
		data, err := c.Encode(x, s, origin)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := c.Open(data, origin)
		if err != nil {
			t.Fatal(err)
		}
		k, err := c.OpenHead(data[:whole.HeadSize()], len(data), origin)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		a, b := make([]float32, 70*64), make([]float32, 70*64)
		for _, l := range []int{2, 0, 1} {
			for p := range 2 {
				from, n := k.Range(p, l)
				k.Fill(from, data[from:from+n])
				if err := errors.Join(k.Read(p, l, a), whole.Read(p, l, b)); err != nil || !slices.Equal(a, b) {
					t.Fatalf("%+v: part %d of layer %d: %v", s, p, l, err)
				}
			}
		}
		from, _ := k.Range(1, 1)
		k.Fill(from, []byte{data[from] ^ 1})
		if err := k.Read(1, 1, a); !errors.Is(err, codec.ErrDamaged) {
			t.Errorf("%+v: damage in a layer is not found: %v", s, err)
		}
	}
}

func TestZerosDecodeToZeros(t *testing.T) {
	c := codec.New(device(t, ""))
	x := kv.NewTensors(2, 30, 64)
	for _, s := range specs() {
		data, err := c.Encode(x, s, origin)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		k, err := c.Open(data, origin)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		got := make([]float32, 30*64)
		if err := k.Read(0, 1, got); err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		for _, v := range got {
			if v != 0 {
				t.Fatalf("%+v: %g out of zeros", s, v)
			}
		}
	}
}

func TestLargeAndTinyScalesAreKeptInF32(t *testing.T) {
	c := codec.New(device(t, ""))
	for _, factor := range []float32{1e6, 1e-8} {
		x := tensors(3, 2, 20, 64)
		for l := range 2 {
			for p := range 2 {
				for i := range x.Part(p, l) {
					x.Part(p, l)[i] *= factor
				}
			}
		}
		data, err := c.Encode(x, codec.Spec{Profile: kv.CodecExact, Level: "32"}, origin)
		if err != nil {
			t.Fatal(err)
		}
		k, err := c.Open(data, origin)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]float32, 20*64)
		if err := k.Read(1, 1, got); err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			row := x.V[1][i/64*64 : i/64*64+64]
			if math.Abs(float64(v-x.V[1][i])) > bound(codec.Spec{Profile: kv.CodecRef, Level: "32"}, row) {
				t.Fatalf("scale %g: %g, expected %g", factor, v, x.V[1][i])
			}
		}
	}
}

func TestNumbersThatCannotBeCodedAreNamed(t *testing.T) {
	c := codec.New(device(t, ""))
	for name, v := range map[string]float32{"NaN": float32(math.NaN()), "Inf": float32(math.Inf(-1))} {
		x := tensors(1, 2, 20, 64)
		x.V[1][7*64+5] = v
		_, err := c.Encode(x, codec.Spec{Profile: kv.CodecExact, Level: "3"}, origin)
		if run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), "V of layer 1 at token 7, channel 5") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, level := range []string{"0", "5x", "", "257", "3.5"} {
		if _, err := c.Encode(tensors(1, 2, 20, 64), codec.Spec{Profile: kv.CodecExact, Level: level}, origin); run.CodeOf(err) != run.EUsage {
			t.Errorf("level %q: %v", level, err)
		}
	}
	if _, err := c.Encode(tensors(1, 2, 20, 64), codec.Spec{Profile: "best"}, origin); run.CodeOf(err) != run.EUsage {
		t.Errorf("profile: %v", err)
	}
	if _, err := c.Encode(kv.NewTensors(1, 70000, 64), codec.Spec{Profile: kv.CodecRef, Level: "3"}, origin); run.CodeOf(err) != run.EInput || !strings.Contains(err.Error(), "split") {
		t.Errorf("70,000 tokens: %v", err)
	}
}

func TestForeignContainersAreRefused(t *testing.T) {
	c := codec.New(device(t, ""))
	data, err := c.Encode(tensors(1, 2, 20, 64), codec.Spec{Profile: kv.CodecExact, Level: "3"}, origin)
	if err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]codec.Origin{
		"0000000000001234": {Model: 1}, "0000000000000099": {IDs: 1}, "KV heads": {KVHeads: 4, HeadDim: 16},
	} {
		if _, err := c.Open(data, o); !errors.Is(err, codec.ErrForeign) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	newer := slices.Clone(data)
	newer[4] = 9
	if _, err := c.Open(reseal(newer), origin); !errors.Is(err, codec.ErrForeign) || !strings.Contains(err.Error(), "version 9") {
		t.Errorf("version: %v", err)
	}
	long := slices.Clone(data)
	_, after, _ := bytes.Cut(long, []byte("DATA"))
	binary.LittleEndian.PutUint64(after, 1<<62)
	if _, err := c.Open(reseal(long), origin); !errors.Is(err, codec.ErrDamaged) || !strings.Contains(err.Error(), "section DATA at byte") {
		t.Errorf("length: %v", err)
	}
}

// reseal makes the checksum of the file right again.
func reseal(b []byte) []byte {
	sum := crc32.Checksum(b[:len(b)-4], crc32.MakeTable(crc32.Castagnoli))
	binary.LittleEndian.PutUint32(b[len(b)-4:], sum)
	return b
}

// resealAll makes the checksums of all sections right again too, as far as their
// lengths make sense, so that damage reaches what lies behind the checksums.
func resealAll(b []byte) []byte {
	table := crc32.MakeTable(crc32.Castagnoli)
	for _, tag := range []string{"ROWS", "SCAL", "TABL", "LENS", "SUMS", "DATA"} {
		at := bytes.Index(b, []byte(tag))
		if at < 0 || at+12 > len(b) {
			continue
		}
		n := binary.LittleEndian.Uint64(b[at+4:])
		if n > uint64(len(b)) || at+12+int(n)+4 > len(b) {
			continue
		}
		binary.LittleEndian.PutUint32(b[at+12+int(n):], crc32.Checksum(b[at+12:at+12+int(n)], table))
	}
	return reseal(b)
}

// readAll opens and decodes everything; it reports whether the container was
// taken for whole, and fails where a value is not finite.
func readAll(t *testing.T, c *codec.Codec, data []byte) bool {
	k, err := c.Open(data, origin)
	if err != nil {
		if !errors.Is(err, codec.ErrDamaged) && !errors.Is(err, codec.ErrForeign) {
			t.Fatalf("an error of another kind: %v", err)
		}
		return false
	}
	if k.Layers()*k.Tokens()*k.Channels() > 1<<20 {
		t.Fatalf("%d layers of %d tokens and %d channels out of %d bytes", k.Layers(), k.Tokens(), k.Channels(), len(data))
	}
	x := make([]float32, k.Tokens()*k.Channels())
	for l := range k.Layers() {
		for p := range 2 {
			if err := k.Read(p, l, x); err != nil {
				if !errors.Is(err, codec.ErrDamaged) {
					t.Fatalf("an error of another kind: %v", err)
				}
				return false
			}
			if sym, levels, err := k.Symbols(p, l); err == nil && sym != nil && int(slices.Max(sym)) >= levels {
				t.Fatalf("symbol %d of %d levels", slices.Max(sym), levels)
			}
		}
	}
	return true
}

func samples(t testing.TB, c *codec.Codec) [][]byte {
	var all [][]byte
	x := tensors(2, 1, 12, 64)
	for _, s := range []codec.Spec{{Profile: kv.CodecRef, Level: "16"}, {Profile: kv.CodecExact, Level: "16"}, {Profile: kv.CodecExact, Level: "32", Coder: codec.AC},
		{Profile: kv.CodecPaper, Level: "12"}, {Profile: kv.CodecQ8}, {Profile: kv.CodecQ4Rotated}, {Profile: kv.CodecPaperStep},
		{Profile: kv.CodecExact, Level: "16", Tables: kv.TablesChunk}, {Profile: kv.CodecPaperStep, Tables: kv.TablesAdaptive}} {
		data, err := c.Encode(x, s, origin)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

func TestTruncationAtEveryByteIsFound(t *testing.T) {
	c := codec.New(device(t, ""))
	for i, data := range samples(t, c) {
		if !readAll(t, c, data) {
			t.Fatal("the whole container is refused")
		}
		for n := range data {
			if readAll(t, c, data[:n]) {
				t.Fatalf("sample %d cut at byte %d of %d is taken for whole", i, n, len(data))
			}
			if n > 60 && readAll(t, c, reseal(slices.Clone(data[:n]))) {
				t.Fatalf("sample %d cut at byte %d of %d, its checksum right, is taken for whole", i, n, len(data))
			}
		}
	}
}

// A hundred thousand mutations: half of them with the checksums made right again,
// so that every length, table and stream is met damaged. A mutation must be found
// or leave what is decoded in range.
func TestMutationsAreFoundOrHarmless(t *testing.T) {
	c := codec.New(device(t, ""))
	rng := rand.New(rand.NewPCG(4, 4))
	all := samples(t, c)
	n := 100_000
	if testing.Short() {
		n = 5_000
	}
	for i := range n {
		data := slices.Clone(all[rng.IntN(len(all))])
		was := slices.Clone(data)
		for range 1 + rng.IntN(3) {
			at := rng.IntN(len(data))
			switch rng.IntN(3) {
			case 0:
				data[at] ^= 1 << rng.IntN(8)
			case 1:
				data[at] = byte(rng.Uint32())
			case 2:
				data[at] = []byte{0, 1, 0x7f, 0x80, 0xff}[rng.IntN(5)]
			}
		}
		if i%2 == 0 {
			if readAll(t, c, data) && !bytes.Equal(data, was) {
				t.Fatalf("mutation %d is taken for whole", i)
			}
			continue
		}
		readAll(t, c, resealAll(data))
	}
}

func FuzzOpen(f *testing.F) {
	c := codec.New(device(f, ""))
	for _, data := range samples(f, c) {
		f.Add(data)
	}
	f.Add([]byte("KVG1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := c.Open(data, codec.Origin{})
		if err != nil || k.Tokens()*k.Channels() > 1<<20 {
			return
		}
		x := make([]float32, k.Tokens()*k.Channels())
		for l := range min(k.Layers(), 4) {
			for p := range 2 {
				if err := k.Read(p, l, x); err != nil && !errors.Is(err, codec.ErrDamaged) {
					t.Fatal(err)
				}
			}
		}
	})
}
