package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"assay/core/bench"
	"assay/core/fuzz"
	"assay/core/fuzz/campaign"
	"assay/core/fuzz/harness"
	"assay/core/run"
)

// campaignJob is one campaign.
type campaignJob struct {
	p      bench.Params
	budget time.Duration
	target fuzz.Target
	pool   *harness.Pool
	first  *harness.Process
	apis   []fuzz.API
	doc    fuzz.CampaignDoc // what is known before the first test

	supported []campaign.Facets // of each API
}

func newCampaign(p bench.Params) (bench.Job, error) {
	j := &campaignJob{p: p}
	var err error
	if j.budget, err = time.ParseDuration(p.String("budget")); err != nil || j.budget <= 0 {
		return nil, usage("--budget %q: expected a time such as 120s, 10m or 2h", p.String("budget"))
	}
	if p.String("target") != "torch" && p.String("python") != "" {
		return nil, usage("--python goes with --target torch alone")
	}
	return j, nil
}

// Prepare implements bench.Job: it starts the first target process and lists the APIs.
func (j *campaignJob) Prepare(ctx context.Context, env bench.Env) error {
	var err error
	if j.target, err = target(j.p.String("target"), j.p.String("python"), env.CacheDir); err != nil {
		return err
	}
	j.pool = harness.NewPool(j.target, limits(j.p))
	if j.first, err = j.pool.First(ctx); err != nil {
		return err
	}
	all, err := list(ctx, j.target, j.first, env.CacheDir)
	if err != nil {
		return err
	}
	j.apis = campaign.Match(all, patterns(j.p))
	if len(j.apis) == 0 {
		return &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--apis %q fits none of the %d APIs of %s", j.p.String("apis"), len(all), j.target.Name()),
			Hint: "names read " + all[0].Name + "; * stands for any letters but a dot"}
	}
	command, err := j.target.Command(ctx)
	if err != nil {
		return err
	}
	h := j.first.Hello
	j.doc = fuzz.CampaignDoc{Target: fuzz.TargetDoc{Name: j.target.Name(), Version: h.Version, Build: h.Build, Program: command.Path}, APIs: len(j.apis), Sources: map[string]int{}}
	var with []fuzz.API
	for _, a := range j.apis {
		if len(a.Seeds) == 0 {
			j.doc.Empty = append(j.doc.Empty, fuzz.EmptyDoc{API: a.Name, Why: a.Why})
			continue
		}
		if a.Source != "" {
			j.doc.Sources[a.Source]++
		}
		with = append(with, a)
	}
	for i := range with {
		j.supported = append(j.supported, campaign.Supported(&with[i], h.Caps, j.p.Int("order")))
	}
	if j.apis = with; len(with) == 0 {
		e := j.doc.Empty[0]
		return &run.Error{Code: run.EInput, Text: fmt.Sprintf("no case of the %d APIs that --apis %q fits runs; %s: %s", len(j.doc.Empty), j.p.String("apis"), e.API, e.Why)}
	}
	return nil
}

// Run implements bench.Job.
func (j *campaignJob) Run(ctx context.Context, env bench.Env) error {
	s := &sink{job: j, rec: env.Recorder, doc: j.doc}
	s.doc.Phase = fuzz.PhaseFuzzing
	from, found, err := earlier(ctx, env.Reader, env.ID)
	if err != nil {
		return err
	}
	s.findings = append(s.findings, found...)
	if s.earlier, err = run.DecodeLast[fuzz.CampaignDoc](ctx, env.Reader, env.ID, fuzz.RecordCampaign); err != nil {
		return err
	}
	s.doc.Speed = s.earlier.Speed
	state, err := campaign.Run(ctx, campaign.Options{
		Target: j.target, Pool: j.pool, First: j.first, APIs: j.apis, Seed: uint64(j.p.Int("seed")),
		Tests: int64(j.p.Int("tests")), Budget: j.budget, Workers: workers(j.p),
		Settings: settings(j.p.String("variant"), j.p.Float("eps"), j.p.Int("order"), j.first.Hello.Caps),
		Dir:      env.FilesDir, Library: j.doc.Target.Name + " " + j.doc.Target.Version, Build: j.doc.Target.Build,
		From: from, Found: found, Sink: s, Now: time.Now, Log: env.Log,
	})
	if err != nil {
		return err
	}
	s.doc.Phase, s.doc.PhaseDone, s.doc.PhaseTotal = fuzz.PhaseDone, 0, 0
	s.figures(state)
	return env.Recorder.Commit(ctx)
}

// earlier reads what earlier attempts of a run have left.
func earlier(ctx context.Context, r run.Reader, id run.ID) (*campaign.State, []fuzz.FindingDoc, error) {
	states, err := r.Records(ctx, id, fuzz.RecordState, 0)
	if err != nil {
		return nil, nil, err
	}
	var from *campaign.State
	for _, rec := range states {
		if from, err = campaign.Decode(rec.Data); err != nil {
			return nil, nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("record %s of run %s is damaged", fuzz.RecordState, id), Err: err,
				Hint: "assay run replay " + string(id) + " begins anew"}
		}
	}
	found, err := findings(ctx, r, id)
	return from, found, err
}

// Close implements bench.Job.
func (j *campaignJob) Close() error {
	if j.first != nil {
		j.first.Kill()
	}
	if j.pool != nil {
		j.pool.Close()
	}
	return nil
}

// sink writes what a campaign tells.
type sink struct {
	job      *campaignJob
	rec      run.Recorder
	doc      fuzz.CampaignDoc
	earlier  fuzz.CampaignDoc // of an earlier attempt of the run
	findings []fuzz.FindingDoc
	saved    time.Time
	told     int  // findings when the state was saved last
	dirty    bool // a finding is new or has changed since
}

// stateEvery is how long the state of a campaign may be behind: a kill repeats the
// tests of that time, whose findings are recorded already.
const stateEvery = time.Second

// Batch implements campaign.Sink.
func (s *sink) Batch(ctx context.Context, st *campaign.State, due bool) error {
	if !due && time.Since(s.saved) < stateEvery && s.told == len(s.findings) && !s.dirty {
		return ctx.Err()
	}
	s.saved, s.told, s.dirty = time.Now(), len(s.findings), false
	data, err := st.Encode()
	if err != nil {
		return err
	}
	s.rec.Record(fuzz.RecordState, "", data)
	s.figures(st)
	return s.rec.Commit(ctx)
}

// figures writes the campaign as far as it has come.
func (s *sink) figures(st *campaign.State) {
	d := &s.doc
	d.Tests, d.Checks, d.Seconds, d.Covered, d.Verdicts = st.Tests, st.Checks, st.Seconds, st.Covered(), st.Verdicts
	d.Crashes, d.Hangs, d.LastFindS, d.CaseDigest = st.Crashes, st.Hangs, st.LastFindS, st.CaseDigest()
	if st.Seconds > 0 {
		d.ChecksPerS = float64(st.Checks) / st.Seconds
	}
	d.Families = s.families(st)
	if n := len(d.Speed); n == 0 || d.Speed[n-1].Tests < st.Tests {
		d.Speed = append(d.Speed, fuzz.SpeedDoc{S: st.Seconds, Tests: st.Tests, Checks: st.Checks, Findings: len(s.findings)})
	}
	if len(d.Speed) > mostSpeed {
		kept := d.Speed[:0]
		for i, p := range d.Speed {
			if i%2 == 1 || i == len(d.Speed)-1 {
				kept = append(kept, p)
			}
		}
		d.Speed = kept
	}
	s.rec.Record(fuzz.RecordCampaign, "", d)
	s.rec.Metric(run.MetricKey{Name: "checks_per_s", Unit: "1/s", Better: 1}, st.Tests, d.ChecksPerS)
	s.rec.Metric(run.MetricKey{Name: "findings", Better: 1}, st.Tests, float64(len(s.findings)))
	s.rec.Metric(run.MetricKey{Name: "apis_covered", Better: 1}, st.Tests, float64(d.Covered))
	if total := int64(s.job.p.Int("tests")); total > 0 {
		s.rec.Progress(st.Tests, total)
	} else {
		s.rec.Progress(min(int64(st.Seconds), int64(s.job.budget.Seconds())), int64(s.job.budget.Seconds()))
	}
	s.rec.Headline(fmt.Sprintf("%d findings, %d tests, %.0f checks/s", len(s.findings), st.Tests, d.ChecksPerS))
}

// mostSpeed is the number of points of speed that a campaign keeps.
const mostSpeed = 120

// families makes the coverage by family of APIs.
func (s *sink) families(st *campaign.State) []fuzz.FamilyDoc {
	by := map[string]*fuzz.FamilyDoc{}
	family := map[string]string{}
	s.doc.Facets, s.doc.Cells, s.doc.CellsTried = campaign.FacetDocs(), 0, 0
	for i := range s.job.apis {
		a := &s.job.apis[i]
		f := by[a.Family]
		if f == nil {
			f = &fuzz.FamilyDoc{Name: a.Family, Verdicts: map[string]int64{}, Tried: make([]int, len(s.doc.Facets)), Supported: make([]int, len(s.doc.Facets))}
			by[a.Family] = f
		}
		family[a.Name] = a.Family
		f.APIs++
		can, tried := s.job.supported[i], campaign.Facets(0)
		if c := st.APIs[a.Name]; c != nil && c.Tests > 0 {
			tried = c.Tried & can
			f.Covered++
			f.Tests += c.Tests
			for v, n := range c.Verdicts {
				f.Verdicts[v] += n
			}
		}
		s.doc.Cells += can.Len()
		s.doc.CellsTried += tried.Len()
		for k := range s.doc.Facets {
			if can.Has(k) {
				f.Supported[k]++
			}
			if tried.Has(k) {
				f.Tried[k]++
			}
		}
	}
	for _, f := range s.findings {
		if d := by[family[f.API]]; d != nil {
			d.Findings++
		}
	}
	var out []fuzz.FamilyDoc
	for _, name := range slices.Sorted(maps.Keys(by)) {
		out = append(out, *by[name])
	}
	return out
}

// Finding implements campaign.Sink.
func (s *sink) Finding(f fuzz.FindingDoc) {
	s.dirty = true
	s.rec.Record(run.FindingKind, f.ID, f)
	for i := range s.findings {
		if s.findings[i].ID == f.ID {
			s.findings[i] = f
			return
		}
	}
	s.findings = append(s.findings, f)
	s.rec.Event(run.Warn, "finding", f.Title, nil)
}

// Event implements campaign.Sink.
func (s *sink) Event(text string) { s.rec.Event(run.Info, "fuzz", text, nil) }

// Progress implements campaign.Sink.
func (s *sink) Progress(phase string, done, total int) {
	s.doc.Phase, s.doc.PhaseDone, s.doc.PhaseTotal = phase, done, total
	s.rec.Record(fuzz.RecordCampaign, "", s.doc)
	s.rec.Progress(int64(done), int64(total))
	s.rec.Headline(fmt.Sprintf("%d findings, %s %d of %d", len(s.findings), phase, done, total))
}

// read reads a record of a finding.
func read(id run.ID, rec run.Record) (fuzz.FindingDoc, error) {
	var f fuzz.FindingDoc
	err := json.Unmarshal(rec.Data, &f)
	switch {
	case err == nil && f.Case == nil:
		err = errors.New("it has no case")
	case err == nil:
		err = f.Case.Sound()
	}
	if err != nil {
		return f, &run.Error{Code: run.EInput, Text: fmt.Sprintf("finding %s of run %s is damaged", rec.Key, id), Err: err}
	}
	return f, nil
}

// findings reads the findings of a run, in the order in which they were found.
func findings(ctx context.Context, r run.Reader, id run.ID) ([]fuzz.FindingDoc, error) {
	list, err := r.Records(ctx, id, run.FindingKind, 0)
	if err != nil {
		return nil, err
	}
	out := []fuzz.FindingDoc{}
	for _, rec := range list {
		f, err := read(id, rec)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}
