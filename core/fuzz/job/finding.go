package job

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"assay/core/bench"
	"assay/core/fuzz"
	"assay/core/fuzz/campaign"
	"assay/core/fuzz/harness"
	"assay/core/run"
)

// Stored is a recorded finding with the run that has it.
type Stored struct {
	Run     run.ID
	Params  bench.Params
	Finding fuzz.FindingDoc
}

// Find returns the finding of an id, or of RUN/ID, in the latest campaign that has it.
func Find(ctx context.Context, r run.Reader, ref string) (Stored, error) {
	want, id := "", ref
	if i := strings.LastIndexByte(ref, '/'); i >= 0 {
		want, id = ref[:i], ref[i+1:]
	}
	runs, err := r.Runs(ctx, run.Filter{Bench: "fuzz"})
	if err != nil {
		return Stored{}, err
	}
	if want != "" {
		one, err := r.Resolve(ctx, want)
		if err != nil {
			return Stored{}, err
		}
		runs = []run.Run{one}
	}
	for _, row := range runs {
		list, err := r.Records(ctx, row.ID, run.FindingKind, 0)
		if err != nil {
			return Stored{}, err
		}
		for _, rec := range list {
			if rec.Key != id && !(len(id) >= 6 && strings.HasPrefix(rec.Key, id)) {
				continue
			}
			f, err := read(row.ID, rec)
			if err != nil {
				return Stored{}, err
			}
			s := Stored{Run: row.ID, Finding: f}
			full, err := r.Run(ctx, row.ID) // lists leave the parameters out
			if err != nil {
				return Stored{}, err
			}
			s.Params, err = schema().FromJSON(full.Params)
			return s, err
		}
	}
	return Stored{}, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("no finding %q in any campaign", ref), Hint: "assay fuzz triage lists them"}
}

// Latest returns the latest campaign.
func Latest(ctx context.Context, r run.Reader) (run.Run, error) {
	runs, err := r.Runs(ctx, run.Filter{Bench: "fuzz"})
	if err != nil {
		return run.Run{}, err
	}
	for _, row := range runs {
		if row.Kind == "fuzz.autodiff" {
			return row, nil
		}
	}
	return run.Run{}, &run.Error{Code: run.ENoRun, Text: "there is no campaign yet", Hint: "assay fuzz autodiff starts one"}
}

// Reproduce writes the program that shows a finding, for the library it is of.
func Reproduce(f fuzz.FindingDoc) (fuzz.Reproducer, error) {
	if f.Case == nil {
		return fuzz.Reproducer{}, fmt.Errorf("finding %s has no case", f.ID)
	}
	if err := f.Case.Sound(); err != nil {
		return fuzz.Reproducer{}, err
	}
	t, err := target(f.Target, "", "")
	if err != nil {
		return fuzz.Reproducer{}, err
	}
	return t.Reproduce(f)
}

// Repro runs the reproducer of a finding again, as it stands in its file; a damaged
// one says so by what it does. Files is the folder of the files of runs in this home: a
// run that came from elsewhere has its reproducer there.
func Repro(ctx context.Context, s Stored, cache, files string) (fuzz.ReproDoc, error) {
	f := s.Finding
	d := fuzz.ReproDoc{ID: f.ID, Reproducer: f.Reproducer}
	if f.Reproducer == "" {
		return d, &run.Error{Code: run.EInput, Text: fmt.Sprintf("finding %s has no reproducer", f.ID), Hint: "assay fuzz minimise " + f.ID + " makes one"}
	}
	t, err := target(s.Params.String("target"), s.Params.String("python"), cache)
	if err != nil {
		return d, err
	}
	r, err := t.Reproduce(f)
	if err != nil {
		return d, err
	}
	if at, ok := moved(s, r, filepath.Join(files, string(s.Run), f.ID)); ok {
		f.Reproducer, d.Reproducer = at, at
	}
	home := f.Reproducer
	if !r.Folder {
		home = filepath.Dir(home)
	}
	info, err := os.Stat(f.Reproducer)
	if err == nil && info.IsDir() != r.Folder {
		err = fmt.Errorf("expected a %s", map[bool]string{true: "folder", false: "file"}[r.Folder])
	}
	if err != nil {
		return d, &run.Error{Code: run.EInput, Text: "reproducer " + f.Reproducer, Err: err, Hint: "assay fuzz minimise " + f.ID + " writes it again"}
	}
	out, err := harness.Repeat(ctx, home, r)
	if err != nil {
		return d, err
	}
	verdict := campaign.Outcome(f, out)
	d.Output, d.Reproduced = out.Text, verdict == "yes"
	if verdict != "yes" && verdict != "no" {
		d.Note = strings.TrimPrefix(verdict, "unverified: ")
	}
	return d, nil
}

// moved finds the reproducer of a finding whose path is one of another machine. Files
// from elsewhere are taken only where they say what we would write ourselves: they are
// about to be executed.
func moved(s Stored, r fuzz.Reproducer, home string) (string, bool) {
	if _, err := os.Stat(s.Finding.Reproducer); err == nil {
		return "", false
	}
	for name, want := range r.Files {
		got, err := os.ReadFile(filepath.Join(home, name))
		if err != nil || !bytes.Equal(got, want) {
			return "", false
		}
	}
	if r.Folder {
		return home, true
	}
	return filepath.Join(home, r.Entry), true
}
