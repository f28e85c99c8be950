package job

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
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
	doc    fuzz.TargetDoc
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
	j.doc = fuzz.TargetDoc{Name: j.target.Name(), Version: h.Version, Build: h.Build, Program: command.Path, APIs: len(j.apis)}
	var with []fuzz.API
	for _, a := range j.apis {
		j.doc.Seeds += len(a.Seeds)
		if len(a.Seeds) == 0 {
			j.doc.Empty = append(j.doc.Empty, a.Name)
			continue
		}
		with = append(with, a)
	}
	if j.apis = with; len(with) == 0 {
		return &run.Error{Code: run.EInput, Text: fmt.Sprintf("no case of %s runs: %s", j.p.String("apis"), strings.Join(j.doc.Empty, ", "))}
	}
	return nil
}

// Run implements bench.Job.
func (j *campaignJob) Run(ctx context.Context, env bench.Env) error {
	env.Recorder.Record(fuzz.RecordTarget, "", j.doc)
	s := &sink{job: j, rec: env.Recorder, workers: workers(j.p), phase: "fuzz"}
	from, found, err := earlier(ctx, env.Reader, env.ID)
	if err != nil {
		return err
	}
	for _, f := range found {
		s.findings = append(s.findings, f.ID)
	}
	state, err := campaign.Run(ctx, campaign.Options{
		Target: j.target, Pool: j.pool, First: j.first, APIs: j.apis, Seed: uint64(j.p.Int("seed")),
		Tests: int64(j.p.Int("tests")), Budget: j.budget, Workers: s.workers,
		Settings: settings(j.p.String("variant"), j.p.Float("eps"), j.first.Hello.Caps),
		Dir:      env.FilesDir, Library: j.doc.Name + " " + j.doc.Version, Build: j.doc.Build,
		From: from, Found: found, Sink: s, Now: time.Now, Log: env.Log,
	})
	if err != nil {
		return err
	}
	s.phase = "done"
	s.stats(state)
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
			return nil, nil, err
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
	workers  int
	phase    string
	findings []string
	saved    time.Time
	told     int // findings when the state was saved last
}

// stateEvery is how long the state of a campaign may be behind: a kill repeats the
// tests of that time, whose findings are recorded already.
const stateEvery = time.Second

// Batch implements campaign.Sink.
func (s *sink) Batch(ctx context.Context, st *campaign.State) error {
	if time.Since(s.saved) < stateEvery && s.told == len(s.findings) {
		return ctx.Err()
	}
	s.saved, s.told = time.Now(), len(s.findings)
	data, err := st.Encode()
	if err != nil {
		return err
	}
	s.rec.Record(fuzz.RecordState, "", data)
	s.stats(st)
	return s.rec.Commit(ctx)
}

func (s *sink) stats(st *campaign.State) {
	d := fuzz.StatsDoc{Tests: st.Tests, Checks: st.Checks, Seconds: st.Seconds, APIsCovered: st.Covered(), Verdicts: st.Verdicts,
		Families: map[string]fuzz.FamilyDoc{}, Crashes: st.Crashes, Hangs: st.Hangs, LastFindS: st.LastFindS, CaseDigest: st.CaseDigest(), Phase: s.phase, Workers: s.workers}
	if st.Seconds > 0 {
		d.ChecksPerS = float64(st.Checks) / st.Seconds
	}
	for _, a := range s.job.apis {
		f := d.Families[a.Family]
		if f.Verdicts == nil {
			f.Verdicts = map[string]int64{}
		}
		f.APIs++
		if c := st.APIs[a.Name]; c != nil && c.Tests > 0 {
			f.Covered++
			f.Tests += c.Tests
			for v, n := range c.Verdicts {
				f.Verdicts[v] += n
			}
		}
		d.Families[a.Family] = f
	}
	s.rec.Record(fuzz.RecordStats, "", d)
	s.rec.Metric(run.MetricKey{Name: fuzz.MetricRate, Unit: "1/s", Better: 1}, st.Tests, d.ChecksPerS)
	s.rec.Metric(run.MetricKey{Name: fuzz.MetricFindings, Better: 1}, st.Tests, float64(len(s.findings)))
	s.rec.Metric(run.MetricKey{Name: fuzz.MetricAPIs, Better: 1}, st.Tests, float64(d.APIsCovered))
	total := int64(s.job.p.Int("tests"))
	if total > 0 {
		s.rec.Progress(st.Tests, total)
	} else {
		s.rec.Progress(int64(st.Seconds), int64(s.job.budget.Seconds()))
	}
	s.rec.Headline(fmt.Sprintf("%d findings, %d tests, %.0f checks/s", len(s.findings), st.Tests, d.ChecksPerS))
}

// Finding implements campaign.Sink.
func (s *sink) Finding(f fuzz.FindingDoc) {
	known := false
	for _, id := range s.findings {
		known = known || id == f.ID
	}
	if !known {
		s.findings = append(s.findings, f.ID)
		s.rec.Event(run.Warn, "finding", f.Title, nil)
	}
	s.rec.Record(run.FindingKind, f.ID, f)
}

// Event implements campaign.Sink.
func (s *sink) Event(text string) { s.rec.Event(run.Info, "fuzz", text, nil) }

// Progress implements campaign.Sink.
func (s *sink) Progress(phase string, done, total int) {
	s.phase = phase
	s.rec.Progress(int64(done), int64(total))
	s.rec.Headline(fmt.Sprintf("%d findings, %s %d of %d", len(s.findings), phase, done, total))
}

// findings reads the findings of a run, in the order in which they were found.
func findings(ctx context.Context, r run.Reader, id run.ID) ([]fuzz.FindingDoc, error) {
	list, err := r.Records(ctx, id, run.FindingKind, 0)
	if err != nil {
		return nil, err
	}
	out := []fuzz.FindingDoc{}
	for _, rec := range list {
		var f fuzz.FindingDoc
		if err := json.Unmarshal(rec.Data, &f); err != nil {
			return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("finding %s of run %s is damaged", rec.Key, id), Err: err}
		}
		out = append(out, f)
	}
	return out, nil
}
