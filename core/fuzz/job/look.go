package job

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"

	"assay/core/bench"
	"assay/core/fuzz"
	"assay/core/fuzz/campaign"
	"assay/core/fuzz/harness"
	"assay/core/fuzz/oracle"
	"assay/core/fuzz/wire"
	"assay/core/run"
)

// lookJob looks at one case in full. It stays warm, so that a person who edits the
// case sees what becomes of it at once.
type lookJob struct {
	p    bench.Params
	c    fuzz.Case
	warm *warmTarget // shared with the looks that come of requests
}

// warmTarget is a target with a process that answers.
type warmTarget struct {
	pool     *harness.Pool
	process  *harness.Process
	apis     []fuzz.API
	settings oracle.Settings
	doc      fuzz.TargetDoc
}

var _ bench.Interactive = (*lookJob)(nil)

func newLook(p bench.Params) (bench.Job, error) {
	j := &lookJob{p: p}
	d := json.NewDecoder(bytes.NewReader([]byte(p.String("case"))))
	d.DisallowUnknownFields()
	if err := d.Decode(&j.c); err != nil {
		return nil, usage("--case: %v: expected a case as a finding spells it, in JSON", err)
	}
	if err := j.c.Sound(); err != nil {
		return nil, usage("--case: %v", err)
	}
	return j, nil
}

// Prepare implements bench.Job.
func (j *lookJob) Prepare(ctx context.Context, env bench.Env) error {
	t, err := target(j.p.String("target"), j.p.String("python"), env.CacheDir)
	if err != nil {
		return err
	}
	w := &warmTarget{pool: harness.NewPool(t, limits(j.p))}
	j.warm = w
	if w.process, err = w.pool.First(ctx); err != nil {
		return err
	}
	h := w.process.Hello
	w.settings = settings(j.p.String("variant"), j.p.Float("eps"), j.p.Int("order"), h.Caps)
	w.doc = fuzz.TargetDoc{Name: t.Name(), Version: h.Version, Build: h.Build}
	w.apis, err = list(ctx, t, w.process, env.CacheDir)
	return err
}

// Run implements bench.Job.
func (j *lookJob) Run(ctx context.Context, env bench.Env) error {
	d, err := j.warm.look(ctx, &j.c)
	if err != nil {
		return err
	}
	env.Recorder.Record(fuzz.RecordLook, "", d)
	line := j.c.API + "  " + string(d.Verdict)
	if d.Category != "" {
		line += "  " + d.Category + "  " + d.Pattern
	}
	env.Recorder.Headline(line)
	return env.Recorder.Commit(ctx)
}

// Close implements bench.Job.
func (j *lookJob) Close() error {
	if j.warm == nil {
		return nil
	}
	if j.warm.process != nil {
		j.warm.process.Kill()
	}
	j.warm.pool.Close()
	return nil
}

// Request implements bench.Interactive: "look" with {"case": CASE} looks at another
// case in the same process.
func (j *lookJob) Request(do string, args json.RawMessage) (bench.Job, bench.Params, error) {
	if do != "look" {
		return nil, nil, usage("unknown request %q: expected look", do)
	}
	var a struct {
		Case json.RawMessage `json:"case"`
	}
	if err := json.Unmarshal(args, &a); err != nil || len(a.Case) == 0 {
		return nil, nil, usage(`look: expected {"case": CASE}`)
	}
	params := bench.Params{}
	maps.Copy(params, j.p)
	params["case"] = string(a.Case)
	made, err := newLook(params)
	if err != nil {
		return nil, nil, err
	}
	next := made.(*lookJob)
	next.warm = j.warm
	return borrowed{next}, params, nil
}

// borrowed is a look with the process of another: closing it leaves that alone.
type borrowed struct{ *lookJob }

// Close implements bench.Job.
func (borrowed) Close() error { return nil }

// look observes a case in every way and lets the oracle judge it.
func (w *warmTarget) look(ctx context.Context, c *fuzz.Case) (d fuzz.LookDoc, err error) {
	d = fuzz.LookDoc{Target: w.doc, Case: c}
	api := &fuzz.API{Name: c.API, Reverse: true, Forward: true}
	for i := range w.apis {
		if w.apis[i].Name == c.API {
			api = &w.apis[i]
		}
	}
	if err := w.fresh(ctx); err != nil {
		return d, err
	}
	ask := wire.Ask{Want: []wire.Stage{wire.Direct, wire.Rev, wire.Fwd, wire.ND}, Repeat: 1, Eps: w.settings.Eps, Cols: lookCols, Rows: lookRows}
	o, err := w.process.Observe(ctx, c, ask)
	var death *harness.Death
	var refused *harness.Refused
	switch {
	case errors.As(err, &refused):
		d.Verdict, d.Text = fuzz.GenFail, refused.Error()
		return d, nil
	case errors.As(err, &death):
		d.Verdict, d.Category, d.Text = fuzz.Candidate, fuzz.Crash, death.Error()
		return d, nil
	case err != nil:
		return d, err
	}
	d.Evidence = evidence(o, ask)
	for _, s := range wire.Stages() {
		if f, failed := o.Fail[s]; failed {
			d.Text = fmt.Sprintf("%s fails: %s %s", s, f.Type, f.Text)
			break
		}
	}
	x, err := campaign.Examine(ctx, w.process, w.settings, api, c)
	if err != nil {
		return d, err
	}
	d.Verdict, d.Checks = x.Verdict, x.Checks
	if u := x.Suspicion; u != nil {
		d.Category, d.Wrong, d.Pattern = u.Category, u.Wrong, u.Pattern
		if u.Text != "" {
			d.Text = u.Text
		}
	}
	if o.N > 0 && o.M > 0 && len(d.Evidence.Direct) > 0 {
		d.Profile, err = w.profile(ctx, c, &d.Evidence)
	}
	return d, err
}

// fresh sees to a process that answers.
func (w *warmTarget) fresh(ctx context.Context) (err error) {
	if w.process == nil || w.process.Dead() {
		w.process, err = w.pool.Fresh(ctx)
	}
	return err
}

// The sizes of a look: more than a campaign takes, little enough for an answer at once.
const (
	lookCols = 32
	lookRows = 32
)

// evidence makes the matrices of an observation, and finds where the modes are
// furthest apart.
func evidence(o *wire.Observation, ask wire.Ask) fuzz.EvidenceDoc {
	rows, cols := len(wire.Select(o.M, ask.Rows)), len(wire.Select(o.N, ask.Cols))
	e := fuzz.EvidenceDoc{Rows: rows, Cols: cols}
	matrix := func(b wire.Block) []fuzz.Float {
		if b.Rows != rows || b.Cols != cols || !b.Whole() {
			return nil
		}
		return numbers(b.Floats())
	}
	e.Reverse, e.Forward = matrix(o.Jac[wire.Rev]), matrix(o.Jac[wire.Fwd])
	if s := o.ND; s != nil && s.Plus.Whole() && s.Minus.Whole() && s.Plus.Rows == cols && s.Plus.Cols == rows && s.Minus.Rows == cols && s.Minus.Cols == rows {
		plus, minus := s.Plus.Floats(), s.Minus.Floats()
		n := make([]float64, rows*cols)
		for r := range rows {
			for c := range cols {
				n[r*cols+c] = (plus[c*rows+r] - minus[c*rows+r]) / (2 * ask.Eps)
			}
		}
		e.Numeric = numbers(n)
	}
	if b, ok := o.Values[wire.Direct]; ok && b.Whole() {
		x := b.Floats()
		e.Direct = numbers(x[:min(len(x), 64)])
	}
	worst(&e)
	return e
}

// worst notes the entry at which the modes are furthest apart.
func worst(e *fuzz.EvidenceDoc) {
	best := -1.0
	for i := range e.Rows * e.Cols {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, m := range [][]fuzz.Float{e.Reverse, e.Forward, e.Numeric} {
			if len(m) > i {
				lo, hi = min(lo, float64(m[i])), max(hi, float64(m[i]))
			}
		}
		rel := (hi - lo) / max(math.Abs(lo), math.Abs(hi), 1)
		if math.IsNaN(rel) { // a mode that is no number stands out more than any difference
			rel = math.Inf(1)
		}
		if rel > best {
			best = rel
			e.Row, e.Col, e.AbsErr, e.RelErr = i/e.Cols, i%e.Cols, fuzz.Float(hi-lo), fuzz.Float(rel)
		}
	}
}

func numbers(x []float64) []fuzz.Float {
	out := make([]fuzz.Float, len(x))
	for i, v := range x {
		out[i] = fuzz.Float(v)
	}
	return out
}

// profilePoints is the number of points on each side of a profile.
const profilePoints = 10

// profile evaluates the output of the worst entry along its input. Points at which
// the function fails are left out of it as NaN.
func (w *warmTarget) profile(ctx context.Context, c *fuzz.Case, e *fuzz.EvidenceDoc) (*fuzz.ProfileDoc, error) {
	nan := fuzz.Float(math.NaN())
	p := &fuzz.ProfileDoc{Row: e.Row, Col: e.Col, Reverse: nan, Forward: nan, Numeric: nan}
	for _, m := range []struct {
		j  []fuzz.Float
		to *fuzz.Float
	}{{e.Reverse, &p.Reverse}, {e.Forward, &p.Forward}, {e.Numeric, &p.Numeric}} {
		if i := e.Row*e.Cols + e.Col; i < len(m.j) {
			*m.to = m.j[i]
		}
	}
	n, m := c.Reals(), -1
	col := wire.Select(n, lookCols)[e.Col]
	for k := -profilePoints; k <= profilePoints; k++ {
		moved, at := shifted(c, col, float64(k)/profilePoints)
		y := nan
		if err := w.fresh(ctx); err != nil {
			return nil, err
		}
		o, err := w.process.Observe(ctx, moved, wire.Ask{Want: []wire.Stage{wire.Direct}, Repeat: 1, Eps: w.settings.Eps, Cols: lookCols, Rows: lookRows})
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			if m < 0 {
				m = o.M
			}
			if v := o.Values[wire.Direct]; v.Whole() && o.M == m && m > 0 {
				if row := wire.Select(m, lookRows); e.Row < len(row) && row[e.Row] < len(v.Floats()) {
					y = fuzz.Float(v.Floats()[row[e.Row]])
				}
			}
		}
		p.X, p.Y = append(p.X, fuzz.Float(at)), append(p.Y, y)
	}
	return p, nil
}

// shifted returns the case with one real number of its inputs moved by a share of a
// window around it, and where it is then.
func shifted(c *fuzz.Case, col int, share float64) (*fuzz.Case, float64) {
	d := c.Clone()
	for _, t := range d.Inputs() {
		if col >= t.Reals() {
			col -= t.Reals()
			continue
		}
		x := t.Floats()
		x[col] += share * max(math.Abs(x[col])/4, 0.25)
		t.SetFloats(x)
		return d, t.Floats()[col]
	}
	return d, math.NaN()
}

// lookDocument makes the document of a look.
func lookDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	return run.DecodeLast[fuzz.LookDoc](ctx, r, id, fuzz.RecordLook)
}
