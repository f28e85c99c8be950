package captioner

import (
	"context"
	"fmt"
	"sync"

	"assay/core/caption/oracle"
	"assay/core/caption/tinycap"
	"assay/gpu"
)

// builtin is the captioner that ships with the binary.
type builtin struct {
	o    *oracle.Oracle
	beam int
	dev  *gpu.Device

	mu sync.Mutex // one picture at a time; the device uses the threads
	m  *tinycap.Model
}

// NewBuiltin loads the built-in captioner.
func NewBuiltin(o *oracle.Oracle, beam, threads int) (Captioner, error) {
	dev, err := gpu.Open("cpu", gpu.Options{Threads: threads})
	if err != nil {
		return nil, err
	}
	m, err := tinycap.Builtin(dev)
	if err != nil {
		return nil, fmt.Errorf("built-in captioner: %w", err)
	}
	return &builtin{o: o, beam: beam, dev: dev, m: m}, nil
}

func (b *builtin) Fingerprint() string {
	return fmt.Sprintf("builtin %s %s beam %d", b.m.Config.Name, b.m.Config.Version, b.beam)
}

func (b *builtin) Ask(_ context.Context, p Picture, _ int) (Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.m.Caption(p.Image, b.beam)
	if err != nil {
		return Answer{}, err
	}
	out := fit(b.o, a.Text)
	out.Tokens = len(a.IDs)
	return out, nil
}

func (b *builtin) Parallel() int { return 1 }
func (b *builtin) Close() error  { return b.dev.Close() }
