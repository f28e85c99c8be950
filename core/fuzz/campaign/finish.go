package campaign

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/core/fuzz"
	"assay/core/fuzz/harness"
)

// finishFindings waits for confirmations, then shrinks every finding and has its
// reproducer written and run.
func (k *campaign) finishFindings(ctx context.Context) error {
	for k.waiting > 0 {
		k.Sink.Progress(fuzz.PhaseConfirm, 0, k.waiting)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case c := <-k.confirms:
			k.confirmed(c)
		}
	}
	if err := k.Sink.Batch(ctx, k.state, true); err != nil {
		return err
	}
	var all []*fuzz.FindingDoc
	for cause, f := range k.findings {
		f.Count = int(k.state.Counts[cause])
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *fuzz.FindingDoc) int { return cmp.Compare(a.Test, b.Test) })
	k.state.settleCauses(all)
	finished := make(chan fuzz.FindingDoc, len(all))
	left := 0
	for _, p := range all {
		f := *p
		if f.Reproducer != "" {
			continue // an earlier attempt of the run did it
		}
		left++
		k.urgent <- func(ctx context.Context, s *slot) error {
			g, err := k.finish(ctx, s, f)
			if err == nil {
				finished <- g
			}
			return err
		}
	}
	for done := range left {
		k.Sink.Progress(fuzz.PhaseReproduce, done, left)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case f := <-finished:
			k.Sink.Finding(f)
		}
	}
	return k.Sink.Batch(ctx, k.state, true)
}

// finish shrinks one finding and makes its reproducer.
func (k *campaign) finish(ctx context.Context, s *slot, f fuzz.FindingDoc) (fuzz.FindingDoc, error) {
	api := look(k.APIs, f.API)
	if api == nil {
		return f, fmt.Errorf("finding %s is of %s, which this campaign does not have", f.ID, f.API)
	}
	var err error
	if f.Confirmed {
		f, _, err = Shrink(ctx, f, Shrinking{Target: k.Target.Name(), Settings: k.Settings, API: api, Now: k.Now, Fresh: k.Pool.Fresh,
			Process: func(ctx context.Context) (*harness.Process, error) { return k.process(ctx, s) }})
		if err != nil {
			return f, err
		}
	}
	return WriteReproducer(ctx, k.Target, f, k.Dir)
}

// WriteReproducer writes the reproducer of a finding below a folder and runs it as a
// person would. A target that cannot express the finding leaves none; a finding that
// its reproducer does not show is not confirmed.
func WriteReproducer(ctx context.Context, t fuzz.Target, f fuzz.FindingDoc, dir string) (fuzz.FindingDoc, error) {
	r, err := t.Reproduce(f)
	if err != nil {
		f.Verified = "no reproducer: " + err.Error()
		return f, nil
	}
	home := filepath.Join(dir, f.ID)
	for name, text := range r.Files {
		to := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return f, err
		}
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return f, err
		}
	}
	f.Reproducer = filepath.Join(home, r.Entry)
	if r.Folder {
		f.Reproducer = home
	}
	out, err := harness.Repeat(ctx, home, r)
	if err != nil {
		return f, err
	}
	if f.Verified = Outcome(f, out); f.Verified == "no" {
		f.Confirmed, f.Verdict = false, string(fuzz.Flaky) // seen in our processes alone
	}
	return f, nil
}

// Outcome says what a run of a reproducer showed: "yes", "no", or why it could not run.
func Outcome(f fuzz.FindingDoc, out harness.Output) string {
	switch {
	case out.Missing != "":
		return "unverified: " + out.Missing
	case f.Category == fuzz.Crash && f.Signal != "" && out.Signal == f.Signal:
		return "yes"
	case f.Category == fuzz.Hang && out.TimedOut:
		return "yes"
	case out.Code == 3 && strings.HasSuffix(strings.TrimSpace(out.Text), "reproduced"):
		return "yes"
	case out.Code == 0:
		return "no"
	}
	return "unverified: " + ended(out)
}

// ended says how a reproducer ended that showed neither the difference nor its absence.
func ended(out harness.Output) string {
	how := fmt.Sprintf("it ended with code %d", out.Code)
	switch {
	case out.TimedOut:
		how = "it ran too long"
	case out.Signal != "":
		how = "it died by " + out.Signal
	}
	if last := out.Last(); last != "" {
		how += ": " + last
	}
	return how
}
