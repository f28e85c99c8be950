package job

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/kv/store"
	"assay/core/model"
	"assay/core/run"
	"assay/gpu"
)

// engine is what a job holds while it is prepared: the device, the model on it
// and the blending engine, its gate passed.
type engine struct {
	*blend.Engine
	device *gpu.Device
	doc    kv.ModelDoc
}

// open loads everything and tells the recorder how it goes. With a store, chunk
// caches stay on disk between runs.
func open(ctx context.Context, p bench.Params, env bench.Env, stored bool) (*engine, error) {
	cache := ""
	if stored && env.CacheDir != "" {
		cache = filepath.Join(env.CacheDir, "kv")
	}
	e, err := load(ctx, p.String("model"), p.String("device"), p.Int("threads"), cache, env.Recorder)
	if err != nil {
		return nil, err
	}
	if e.doc.Gate, err = e.Gate(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	env.Recorder.Event(run.Info, "gate", "the correctness gate passed: ratio 1 is bit-equal to full prefill", e.doc.Gate)
	env.Recorder.Record(kv.RecordModel, "", e.doc)
	return e, nil
}

// load opens device, store and model. Rec may be nil, cache empty for no store.
func load(ctx context.Context, dir, device string, threads int, cache string, rec run.Recorder) (*engine, error) {
	fsys, name, err := model.OpenDir(dir)
	if err != nil {
		return nil, &run.Error{Code: run.ENoModel, Text: err.Error(), Hint: "give a folder with --model, or leave it out for the built-in model"}
	}
	dev, err := gpu.Open(device, gpu.Options{Threads: threads})
	if err != nil {
		return nil, deviceError(err)
	}
	began := time.Now()
	m, err := model.Load(ctx, fsys, name, dev, tell(rec, name))
	if err != nil {
		if ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), dev.Close())
		}
		return nil, errors.Join(&run.Error{Code: run.EModel, Text: err.Error()}, dev.Close())
	}
	took := float64(time.Since(began)) / float64(time.Millisecond)
	o := blend.Options{}
	if rec != nil {
		o.Note = func(text string) { rec.Event(run.Warn, "cache", text, nil) }
	}
	if cache != "" {
		if o.Store, err = store.Open(cache, store.Options{}); err != nil && o.Note != nil {
			o.Note(err.Error() + "; chunk caches stay in memory for this run")
		}
	}
	b, err := blend.New(m, o)
	if err != nil {
		return nil, errors.Join(err, dev.Close())
	}
	c, info := m.Config, dev.Info()
	e := &engine{Engine: b, device: dev, doc: kv.ModelDoc{Name: m.Name, Fingerprint: m.Fingerprint, DType: c.DType, Layers: c.Layers, Heads: c.Heads,
		KVHeads: c.KVHeads, HeadDim: c.HeadDim, Device: info.Kind, ISA: info.ISA, Threads: info.Threads, LoadMs: took}}
	if rec != nil {
		rec.Event(run.Info, "model", fmt.Sprintf("model %s loaded on %s in %.0f ms", name, info, took), nil)
	}
	return e, nil
}

// tell returns a progress function that writes an event at each quarter.
func tell(rec run.Recorder, name string) func(done, total int64) {
	if rec == nil {
		return nil
	}
	said := int64(0)
	return func(done, total int64) {
		if total <= 0 {
			return
		}
		if quarter := 4 * done / total; quarter > said {
			said = quarter
			rec.Event(run.Debug, "model", fmt.Sprintf("loading %s: %d %% of %d MiB", name, 25*quarter, total>>20), nil)
		}
	}
}

func deviceError(err error) error {
	if errors.Is(err, gpu.ErrUnsupported) || errors.Is(err, gpu.ErrRange) {
		return &run.Error{Code: run.EUsage, Text: err.Error()}
	}
	return &run.Error{Code: run.ENoDevice, Text: err.Error()}
}

// Close stops the device. A nil engine has nothing to stop.
func (e *engine) Close() error {
	if e == nil {
		return nil
	}
	return e.device.Close()
}

// Check runs the correctness gate on a model folder ("" is the built-in model)
// and a device ("auto"). A gate that fails is a document that says so, not an
// error; errors say that it could not run.
func Check(ctx context.Context, dir, device string) (kv.CheckDoc, error) {
	e, err := load(ctx, dir, device, 0, "", nil)
	if err != nil {
		return kv.CheckDoc{}, err
	}
	defer e.Close()
	d, err := e.Gate(ctx)
	if run.CodeOf(err) == run.EGate {
		return d, nil
	}
	return d, err
}
