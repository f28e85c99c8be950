package job

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/blend"
	"assay/core/kv/codec"
	"assay/core/run"
)

// The contexts on which tables of a model are calibrated: of a seed far from that
// of the contexts that are coded, which must be new to them.
const (
	calibrationContexts = 2
	calibrationTokens   = 1024
	calibrationSeed     = 7_919_000_003
)

// calibrate finds or makes the tables of every row that wants those of the model.
func (j *compressJob) calibrate(ctx context.Context, env bench.Env) error {
	var missing []row
	for _, r := range j.rows {
		if r.spec.Tables != kv.TablesModel || !kv.HasTables(r.spec.Profile) {
			continue
		}
		if t := j.readTables(env, r); t != nil {
			j.shared = append(j.shared, t)
		} else {
			missing = append(missing, r)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	c := codec.New(j.eng.device)
	counts := make([]*codec.Calibration, len(missing))
	for i, r := range missing {
		counts[i] = c.Calibrate(r.spec, dims(j.eng))
	}
	p := with(j.p, map[string]any{"seed": int64(calibrationSeed), "tokens": int64(min(calibrationTokens, j.eng.Model().Config.MaxPositions/2))})
	list, err := archives(p, j.eng.Model(), calibrationContexts)
	if err != nil {
		return err
	}
	for _, a := range list {
		prompt, _ := generated(a)
		prompt.Question = kv.Part{}
		assembly, err := chunking(j.p).AssembleContext(prompt, blend.Vocabulary(j.eng.Model()))
		if err != nil {
			return err
		}
		if err := j.count(ctx, assembly, missing, counts); err != nil {
			return fmt.Errorf("calibrate tables: %w", err)
		}
	}
	for i, r := range missing {
		t, err := counts[i].Shared()
		if err != nil {
			return err
		}
		j.shared = append(j.shared, t)
		if err := j.writeTables(env, r, t); err != nil {
			env.Recorder.Event(run.Warn, "codec", err.Error()+"; they are calibrated again next time", nil)
		}
	}
	env.Recorder.Event(run.Info, "codec", fmt.Sprintf("tables of %d rows calibrated on %d generated contexts", len(missing), len(list)), nil)
	return nil
}

// count adds one context to the counts of rows.
func (j *compressJob) count(ctx context.Context, a kv.Assembly, rows []row, counts []*codec.Calibration) error {
	session, err := j.eng.Start(ctx, a, blend.SessionOptions{})
	if err != nil {
		return err
	}
	pre, err := session.Capture(ctx)
	if err != nil {
		return err
	}
	post := pre.Clone()
	if err := session.Rotate(ctx, post, false); err != nil {
		return err
	}
	for i, r := range rows {
		t := pre
		if r.rope == kv.RoPEPost {
			t = post
		}
		for from := 0; from < t.Tokens; from += chunkTokens {
			if err := counts[i].Add(t.Slice(from, min(from+chunkTokens, t.Tokens))); err != nil {
				return err
			}
		}
	}
	return nil
}

// tablesFile is where the tables of a row are kept between runs, by the model's
// fingerprint; "" for nowhere.
func (j *compressJob) tablesFile(env bench.Env, r row) string {
	if env.CacheDir == "" {
		return ""
	}
	return filepath.Join(env.CacheDir, "kv", "tables", fmt.Sprintf("%016x-%s-%s.kvt", hash64(j.eng.Model().Fingerprint), kv.CodecKey(r.spec.Profile, r.spec.Level, ""), r.rope))
}

// readTables returns nil where there are none that can be used: what is damaged is
// made again.
func (j *compressJob) readTables(env bench.Env, r row) *codec.Shared {
	path := j.tablesFile(env, r)
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	t, err := codec.ReadShared(b)
	if err != nil || !t.For(r.spec, dims(j.eng).Model) {
		env.Recorder.Event(run.Warn, "codec", fmt.Sprintf("%s cannot be used (%v): calibrated again", path, errors.Join(err, os.Remove(path))), nil)
		return nil
	}
	return t
}

func (j *compressJob) writeTables(env bench.Env, r row, t *codec.Shared) error {
	path := j.tablesFile(env, r)
	if path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("calibrated tables: %w", err)
	}
	// Whole or not at all: another run may read it meanwhile.
	temporary := fmt.Sprintf("%s.%d.tmp", path, os.Getpid())
	if err := os.WriteFile(temporary, t.Encode(), 0o644); err != nil {
		return errors.Join(fmt.Errorf("calibrated tables: %w", err), os.Remove(temporary))
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("calibrated tables: %w", err)
	}
	return nil
}

// sharedSize is the size of the tables of a row that are shipped apart.
func (j *compressJob) sharedSize(r row) int64 {
	for _, t := range j.shared {
		if r.spec.Tables == kv.TablesModel && t.For(r.spec, 0) {
			return int64(t.Size())
		}
	}
	return 0
}
