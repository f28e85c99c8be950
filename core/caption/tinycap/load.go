package tinycap

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"assay/core/caption/demo"
	"assay/core/model/safetensors"
	"assay/gpu"
)

// Config is the part of config.json that inference needs.
type Config struct {
	Name    string     `json:"name"`
	Version string     `json:"version"`
	Input   int        `json:"input"` // side of the picture
	Mean    [3]float32 `json:"mean"`
	Std     [3]float32 `json:"std"`

	Channels []int   `json:"channels"`
	Strides  []int   `json:"strides"`
	Extra    []bool  `json:"extra"`
	Image    int     `json:"image_tokens"`
	Dim      int     `json:"d"`
	Heads    int     `json:"heads"`
	Layers   int     `json:"layers"`
	FFN      int     `json:"ffn"`
	Tokens   int     `json:"max_tokens"`
	Eps      float64 `json:"ln_eps"`
	BOS      int     `json:"bos"`
	EOS      int     `json:"eos"`

	Decode struct {
		Penalty float64 `json:"length_penalty"`
	} `json:"decode"`
}

type linear struct {
	w    *gpu.Weight
	bias gpu.Tensor
	out  int
}

type norm struct{ w, b []float32 }

type block struct {
	ln1, ln2, ln3              norm
	q, k, v, o, cq, ck, cv, co linear
	ffnIn, ffnOut              linear
}

// Model is a loaded captioner with its scratch memory.
type Model struct {
	Config Config
	Words  []string

	dev                      *gpu.Device
	s                        *gpu.Stream
	convs                    []linear
	extras                   []linear
	posImage, posText, embed []float32
	lnImage, lnOut           norm
	head                     linear
	blocks                   []block
	in, out                  scratch
	qt, kt, vt, at           scratch
}

// Builtin loads the model that ships with the binary onto a device, which stays
// the caller's.
func Builtin(dev *gpu.Device) (*Model, error) { return Load(demo.Captioner(), dev) }

// Load reads a folder with config.json, vocab.json and model.safetensors.
func Load(fsys fs.FS, dev *gpu.Device) (*Model, error) {
	m := &Model{dev: dev, s: dev.NewStream()}
	var vocab struct {
		Words []string `json:"words"`
	}
	for name, into := range map[string]any{"config.json": &m.Config, "vocab.json": &vocab} {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, into); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	m.Words = vocab.Words
	if err := m.check(); err != nil {
		return nil, err
	}
	set, err := safetensors.Open(fsys)
	if err != nil {
		return nil, err
	}
	defer set.Close()
	r := reader{m: m, set: set}
	c := m.Config
	in := 3
	for i, out := range c.Channels {
		m.convs = append(m.convs, r.conv(fmt.Sprintf("conv%d", i), out, in))
		var extra linear
		if c.Extra[i] {
			extra = r.conv(fmt.Sprintf("conv%d.extra", i), out, out)
		}
		m.extras = append(m.extras, extra)
		in = out
	}
	d := c.Dim
	m.posImage, m.posText = r.floats("pos_image", c.Image, d), r.floats("pos_text", c.Tokens, d)
	m.embed = r.floats("embed", len(m.Words), d)
	m.lnImage, m.lnOut = r.norm("ln_image"), r.norm("ln_out")
	m.head = r.pack(m.embed, nil, len(m.Words), d)
	for l := range c.Layers {
		p := fmt.Sprintf("dec%d.", l)
		m.blocks = append(m.blocks, block{
			ln1: r.norm(p + "ln1"), ln2: r.norm(p + "ln2"), ln3: r.norm(p + "ln3"),
			q: r.linear(p+"self_attn.q", d, d), k: r.linear(p+"self_attn.k", d, d), v: r.linear(p+"self_attn.v", d, d), o: r.linear(p+"self_attn.o", d, d),
			cq: r.linear(p+"cross_attn.q", d, d), ck: r.linear(p+"cross_attn.k", d, d), cv: r.linear(p+"cross_attn.v", d, d), co: r.linear(p+"cross_attn.o", d, d),
			ffnIn: r.linear(p+"ffn_in", c.FFN, d), ffnOut: r.linear(p+"ffn_out", d, c.FFN),
		})
	}
	return m, r.err
}

func (m *Model) check() error {
	c := m.Config
	switch {
	case c.Input < 8 || c.Input > 1024, c.Dim < 1 || c.Dim > 4096, c.Heads < 1 || c.Dim%c.Heads != 0, c.Layers < 1 || c.Layers > 64, c.FFN < 1 || c.FFN > 1<<16, c.Tokens < 2 || c.Tokens > 1024,
		len(c.Channels) == 0 || len(c.Channels) != len(c.Strides) || len(c.Channels) != len(c.Extra), c.Channels[len(c.Channels)-1] != c.Dim,
		c.BOS < 0 || c.BOS >= len(m.Words), c.EOS < 0 || c.EOS >= len(m.Words), slices.Min(c.Strides) < 1:
		return fmt.Errorf("config.json does not describe a captioner of this kind")
	}
	return nil
}

// reader reads tensors; the first trouble stays in err.
type reader struct {
	m   *Model
	set *safetensors.Set
	err error
}

func (r *reader) floats(name string, shape ...int) []float32 {
	n := 1
	for _, d := range shape {
		n *= d
	}
	if r.err != nil {
		return make([]float32, n)
	}
	out, err := r.read(name, n, shape)
	if err != nil {
		r.err = fmt.Errorf("tensor %s: %w", name, err)
		return make([]float32, n)
	}
	return out
}

func (r *reader) read(name string, n int, shape []int) ([]float32, error) {
	t, ok := r.set.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("not in the file")
	}
	if !slices.Equal(t.Shape, shape) {
		return nil, fmt.Errorf("shape %v, expected %v", t.Shape, shape)
	}
	dt, err := gpu.ParseDType(strings.ToLower(string(t.DType)))
	if err != nil {
		return nil, err
	}
	data := make([]byte, t.Bytes)
	if err := r.set.ReadAt(name, data, 0); err != nil {
		return nil, err
	}
	raw, err := r.m.dev.New(dt, n)
	if err != nil {
		return nil, err
	}
	wide, err := r.m.dev.New(gpu.F32, n)
	if err != nil {
		return nil, err
	}
	if err := r.m.s.UploadBytes(raw, data); err != nil {
		return nil, err
	}
	if err := r.m.s.Copy(wide, raw); err != nil {
		return nil, err
	}
	out := make([]float32, n)
	return out, r.m.s.Download(out, wide)
}

func (r *reader) norm(name string) norm {
	return norm{r.floats(name+".weight", r.m.Config.Dim), r.floats(name+".bias", r.m.Config.Dim)}
}

func (r *reader) linear(name string, out, in int) linear {
	return r.pack(r.floats(name+".weight", out, in), r.floats(name+".bias", out), out, in)
}

// conv reads a 3x3 convolution [out, in, 3, 3] and orders its weights as unfold
// orders its input: row, column, channel.
func (r *reader) conv(name string, out, in int) linear {
	w := r.floats(name+".weight", out, in, 3, 3)
	turned := make([]float32, len(w))
	for o := range out {
		for c := range in {
			for k := range 9 {
				turned[o*in*9+k*in+c] = w[(o*in+c)*9+k]
			}
		}
	}
	return r.pack(turned, r.floats(name+".bias", out), out, in*9)
}

func (r *reader) pack(w, bias []float32, out, in int) linear {
	l := linear{out: out}
	if r.err != nil {
		return l
	}
	t, err := r.m.dev.New(gpu.F32, out, in)
	if err == nil {
		err = r.m.s.Upload(t, w)
	}
	if err == nil {
		l.w, err = r.m.dev.Pack(t)
	}
	if err == nil && bias != nil {
		if l.bias, err = r.m.dev.New(gpu.F32, out); err == nil {
			err = r.m.s.Upload(l.bias, bias)
		}
	}
	r.err = err
	return l
}
