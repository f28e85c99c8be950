package model

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"assay/core/model/demo"
	"assay/core/model/tokenizer"
	"assay/gpu"
)

// tokenizerFile is the tokenizer of a model folder.
const tokenizerFile = "tokenizer.json"

// OpenDir returns a model folder and its name: a directory, or for "" the model that ships inside the binary.
func OpenDir(dir string) (fs.FS, string, error) {
	if dir == "" {
		return demo.FS(), demo.Name, nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, "", fmt.Errorf("model folder %s: %w", dir, bare(err))
	}
	if !info.IsDir() {
		return nil, "", fmt.Errorf("model folder %s: not a directory, expected one with %s and safetensors weights", dir, configFile)
	}
	name := filepath.Base(dir)
	if abs, err := filepath.Abs(dir); err == nil { // "." has no name of its own
		name = filepath.Base(abs)
	}
	return os.DirFS(dir), name, nil
}

// LoadDir loads a model folder, or for "" the model that ships inside the binary. See Load.
func LoadDir(ctx context.Context, dir string, dev *gpu.Device, progress func(done, total int64)) (*Model, error) {
	fsys, name, err := OpenDir(dir)
	if err != nil {
		return nil, err
	}
	return Load(ctx, fsys, name, dev, progress)
}

// Load reads a model folder onto a device. The progress function, where not nil, is called on this goroutine with the
// bytes of weights read so far and in all. Cancelling ctx stops the load within about a megabyte of reading. Errors are
// one line that names the file and the field, tensor or index at fault; a missing file wraps fs.ErrNotExist.
func Load(ctx context.Context, fsys fs.FS, name string, dev *gpu.Device, progress func(done, total int64)) (*Model, error) {
	f, err := openFolder(fsys)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", name, err)
	}
	m := &Model{Config: f.config, Tokenizer: f.tokenizer, Name: name, Device: dev}
	if err := m.load(ctx, f, progress); err != nil {
		return nil, errors.Join(fmt.Errorf("model %s: %w", name, err), f.src.Close())
	}
	if err := f.src.Close(); err != nil {
		return nil, fmt.Errorf("model %s: %w", name, err)
	}
	return m, nil
}

// folder is a model folder whose descriptions have been read and found to fit together; the weights are still unread.
type folder struct {
	config    Config
	tokenizer *Tokenizer
	src       source
	specs     []tensorSpec
	tensors   []TensorInfo // what the files hold for each spec
	ignored   []string
}

// openFolder reads everything but the weights' data. The caller closes src.
func openFolder(fsys fs.FS) (*folder, error) {
	f := &folder{}
	var err error
	if f.config, err = readConfig(fsys); err != nil {
		return nil, err
	}
	if f.tokenizer, err = readTokenizer(fsys, f.config.Vocab); err != nil {
		return nil, err
	}
	fam, err := familyFor(f.config)
	if err != nil {
		return nil, err
	}
	f.specs = fam.tensors(f.config)
	if f.src, err = openSource(fsys); err != nil {
		return nil, err
	}
	if f.tensors, f.ignored, err = match(f.config, f.specs, f.src.Tensors()); err != nil {
		return nil, errors.Join(err, f.src.Close())
	}
	return f, nil
}

// readTokenizer returns nil when the folder has no tokenizer.json.
func readTokenizer(fsys fs.FS, vocab int) (*Tokenizer, error) {
	text, err := readBounded(fsys, tokenizerFile, tokenizer.MaxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t, err := tokenizer.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tokenizerFile, err)
	}
	if t.Vocab() > vocab {
		return nil, fmt.Errorf("%s: it has ids up to %d, but the vocabulary of %s is %d", tokenizerFile, t.Vocab()-1, configFile, vocab)
	}
	return t, nil
}

// load streams every tensor to its place on the device.
func (m *Model) load(ctx context.Context, f *folder, progress func(done, total int64)) error {
	c := m.Config
	var err error
	if m.rope, err = m.Device.NewRoPETable(c.RoPE.InvFreq(), c.MaxPositions, 1); err != nil {
		return err
	}
	m.layers = make([]layer, c.Layers)
	r := newReader(ctx, f.src, f.tensors, progress)
	s := m.Device.NewStream()
	for i, spec := range f.specs {
		t, err := readTensor(r, s, m.Device, f.tensors[i])
		if err != nil {
			return err
		}
		if err := m.place(s, spec, t); err != nil {
			return fmt.Errorf("tensor %q: %w", spec.name, err)
		}
	}
	if c.TieEmbeddings {
		if m.head, err = m.Device.Pack(m.embed); err != nil {
			return err
		}
	}
	m.Fingerprint = fingerprint(c, r.sums)
	return nil
}

// readTensor copies one tensor to the device in its storage type.
func readTensor(r *reader, s *gpu.Stream, dev *gpu.Device, info TensorInfo) (gpu.Tensor, error) {
	dt, err := storageType(info)
	if err != nil {
		return gpu.Tensor{}, err
	}
	t, err := dev.New(dt, info.Shape...)
	if err != nil {
		return gpu.Tensor{}, fmt.Errorf("tensor %q: %w", info.Name, err)
	}
	rowBytes := int(info.Bytes / int64(info.Shape[0]))
	return t, r.read(info, func(row int, data []byte) error {
		part, err := t.Slice(0, row, row+len(data)/rowBytes)
		if err != nil {
			return err
		}
		return s.UploadBytes(part, data)
	})
}

// place puts a tensor where the forward pass looks for it: matrices packed for products, vectors as f32.
func (m *Model) place(s *gpu.Stream, spec tensorSpec, t gpu.Tensor) error {
	var l *layer
	if spec.layer >= 0 {
		l = &m.layers[spec.layer]
	}
	switch spec.role {
	case roleEmbed:
		m.embed = t
		return nil
	case roleHead:
		return m.pack(&m.head, t)
	case roleInputNorm:
		return m.vector(s, &l.inputNorm, t)
	case rolePostNorm:
		return m.vector(s, &l.postNorm, t)
	case roleFinalNorm:
		return m.vector(s, &m.finalNorm, t)
	default:
		p := l.projection(spec.role)
		if spec.bias {
			return m.vector(s, &p.bias, t)
		}
		return m.pack(&p.w, t)
	}
}

func (l *layer) projection(r role) *linear {
	switch r {
	case roleQ:
		return &l.q
	case roleK:
		return &l.k
	case roleV:
		return &l.v
	case roleO:
		return &l.o
	case roleGate:
		return &l.gate
	case roleUp:
		return &l.up
	default:
		return &l.down
	}
}

func (m *Model) pack(dst **gpu.Weight, t gpu.Tensor) error {
	w, err := m.Device.Pack(t)
	*dst = w
	return err
}

func (m *Model) vector(s *gpu.Stream, dst *gpu.Tensor, t gpu.Tensor) error {
	f32, err := m.Device.New(gpu.F32, t.Dim(0))
	if err != nil {
		return err
	}
	*dst = f32
	return s.Copy(f32, t)
}
