package blend

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"assay/core/kv"
	"assay/core/kv/store"
	"assay/core/model"
	"assay/core/run"
	"assay/gpu"
)

// checkLayer is where tokens are selected: the second layer, the first in which
// K and V depend on other tokens (kv.md 1.5; the prototype's and LMCache's default).
const checkLayer = 1

// Options of an engine. The zero value keeps chunk caches in memory alone.
type Options struct {
	// Store keeps chunk caches between runs; nil for none.
	Store *store.Store
	// Note receives a line worth logging: a chunk that could not be stored, a
	// damaged entry. Nil drops them. It is called on the caller's goroutine.
	Note func(text string)
}

// Engine serves prompts on one model. It owns the device memory that its
// sessions use, so it has one session at a time, and is not safe for concurrent
// use.
type Engine struct {
	m     *model.Model
	s     *gpu.Stream
	ws    *model.Workspace
	store *store.Store
	note  func(text string)
	now   func() time.Time
	mem   memory

	tokenizer   string // fingerprint, "" without one
	generation  uint64 // counts sessions: an old one must not read a new one's memory
	storeFailed bool   // the store refused an entry; said once
}

// New makes an engine. It fails for a model of fewer than two layers, which has
// no layer to select tokens at.
func New(m *model.Model, o Options) (*Engine, error) {
	if m.Config.Layers <= checkLayer {
		return nil, &run.Error{Code: run.EModel,
			Text: fmt.Sprintf("model %s has %d layer: blending needs at least %d, tokens are selected at the second", m.Name, m.Config.Layers, checkLayer+1)}
	}
	e := &Engine{m: m, s: m.Device.NewStream(), ws: model.NewWorkspace(m), store: o.Store, note: o.Note, now: time.Now}
	if e.note == nil {
		e.note = func(string) {}
	}
	if m.Tokenizer != nil {
		e.tokenizer = tokenizerSum(m.Tokenizer)
	}
	return e, nil
}

// Model returns the engine's model.
func (e *Engine) Model() *model.Model { return e.m }

// Vocabulary returns what assembling prompts for the model needs.
func Vocabulary(m *model.Model) kv.Vocabulary {
	v := kv.Vocabulary{Size: m.Config.Vocab, BOS: m.Config.BOS, Positions: m.Config.MaxPositions}
	if m.Tokenizer != nil {
		v.Encode = m.Tokenizer.Encode
	}
	return v
}

// tokenizerSum is a fingerprint over the text of every id.
func tokenizerSum(t *model.Tokenizer) string {
	h := sha256.New()
	var n [4]byte
	for id := range t.Vocab() {
		text := t.Token(int32(id))
		binary.LittleEndian.PutUint32(n[:], uint32(len(text)))
		h.Write(n[:])
		h.Write([]byte(text))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// guard ties the stream to ctx for the time of f and turns a cancelled
// operation into ctx's error.
func (e *Engine) guard(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		e.s.Cancel()
		close(cancelled)
	})
	err := f()
	if !stop() { // ctx ended: the stream is made usable again once it was cancelled
		<-cancelled
		e.s.Reset()
	}
	if cerr := ctx.Err(); cerr != nil && (err == nil || errors.Is(err, gpu.ErrCanceled)) {
		return cerr
	}
	return err
}
