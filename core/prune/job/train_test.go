package job_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"assay/core/bench"
	"assay/core/prune"
	"assay/core/prune/job"
	"assay/core/run"
	"assay/core/run/runtest"
)

// goOn runs a job of a kind that may be there already, for so many commits.
func goOn(t *testing.T, store *runtest.Store, name string, id run.ID, given map[string]any, commits int) error {
	t.Helper()
	k, err := bench.Registry(job.Kinds()).Find(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.Schema.Complete(given)
	if err != nil {
		return err
	}
	if p, err = k.Resolve(p); err != nil {
		return err
	}
	store.Put(run.Run{ID: id, Kind: k.Name, Bench: "prune", State: run.Running, Params: p.JSON()})
	j, err := k.New(p)
	if err != nil {
		return err
	}
	defer j.Close()
	env := bench.Env{ID: id, Recorder: &recorder{store: store, id: id, left: commits}, Reader: store, Log: slog.New(slog.DiscardHandler)}
	if err := j.Prepare(t.Context(), env); err != nil {
		return err
	}
	return j.Run(t.Context(), env)
}

func documentOf[T any](t *testing.T, store *runtest.Store, name string, id run.ID) T {
	t.Helper()
	k, err := bench.Registry(job.Kinds()).Find(name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := k.Document(t.Context(), store, id)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := doc.(T)
	if !ok {
		t.Fatalf("%T", doc)
	}
	return d
}

// TestAKilledTrainingEndsWithTheSameNumbers stops after each commit in turn.
func TestAKilledTrainingEndsWithTheSameNumbers(t *testing.T) {
	store := runtest.New()
	given := map[string]any{"net": "lenet300", "epochs": 3, "train_images": 400, "images": 100, "batch": 50, "threads": 2}
	if err := goOn(t, store, "prune.train", "WHOLE", given, -1); err != nil {
		t.Fatal(err)
	}
	want := documentOf[prune.TrainDoc](t, store, "prune.train", "WHOLE")
	if len(want.Epochs) != 3 || len(want.Losses) != 20 || want.Accuracy < 0.5 {
		t.Fatalf("%d epochs, %d losses, accuracy %g", len(want.Epochs), len(want.Losses), want.Accuracy)
	}
	for n := 1; n <= 3; n++ {
		id := run.ID(strings.Repeat("K", n))
		if err := goOn(t, store, "prune.train", id, given, n); !errors.Is(err, errStop) {
			t.Fatalf("after %d commits: %v", n, err)
		}
		if err := goOn(t, store, "prune.train", id, given, -1); err != nil {
			t.Fatal(err)
		}
		got := documentOf[prune.TrainDoc](t, store, "prune.train", id)
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(prune.EpochDoc{}, "TrainMs")); d != "" {
			t.Errorf("killed after %d commits: %s", n, d)
		}
	}
}

func TestATrialReadsItsCheckpointAndWritesWhatIsLeft(t *testing.T) {
	store, dir := runtest.New(), t.TempDir()
	whole, left := filepath.Join(dir, "whole.safetensors"), filepath.Join(dir, "left.safetensors")
	if err := goOn(t, store, "prune.train", "TRAIN", map[string]any{"net": "lenet300", "epochs": 2, "train_images": 1000, "images": 200, "out": whole}, -1); err != nil {
		t.Fatal(err)
	}
	trained := documentOf[prune.TrainDoc](t, store, "prune.train", "TRAIN")
	given := map[string]any{"net": "lenet300", "checkpoint": whole, "method": "magnitude", "exponent": "1", "images": 200, "out": left}
	if err := goOn(t, store, "prune.try", "TRY", given, -1); err != nil {
		t.Fatal(err)
	}
	d := documentOf[prune.TryDoc](t, store, "prune.try", "TRY")
	if d.Before.Accuracy != trained.Accuracy || d.Kept != 26_620 || d.Trained != nil || d.Accuracy != d.After.Accuracy {
		t.Errorf("before %g (trained %g), kept %d, after %+v", d.Before.Accuracy, trained.Accuracy, d.Kept, d.After)
	}
	if d.Dense == nil || d.Dense.Kept != 266_200 || d.Dense.MACs != d.MACs || d.MACsKept >= d.MACs || len(d.Dense.Layers) != 3 {
		t.Errorf("before: %+v", d.Dense)
	}
	// Of a checkpoint that was pruned before, the zeros are told.
	if err := goOn(t, store, "prune.try", "TWICE", map[string]any{"net": "lenet300", "checkpoint": left, "exponent": "1.5", "images": 10}, -1); err != nil {
		t.Fatal(err)
	}
	if twice := documentOf[prune.TryDoc](t, store, "prune.try", "TWICE"); twice.Dense.Kept != d.Kept || twice.Dense.EffectiveSparsity != d.EffectiveSparsity {
		t.Errorf("the pruned checkpoint: %+v", twice.Dense)
	}
	// The file that was written is the pruned network.
	if err := goOn(t, store, "prune.train", "AGAIN", map[string]any{"net": "lenet300", "epochs": 0, "checkpoint": left, "images": 200}, -1); err != nil {
		t.Fatal(err)
	}
	if a := documentOf[prune.TrainDoc](t, store, "prune.train", "AGAIN").Accuracy; a != d.After.Accuracy {
		t.Errorf("the written file has accuracy %g, expected %g", a, d.After.Accuracy)
	}
	if err := goOn(t, store, "prune.sensitivity", "MAP", map[string]any{"net": "lenet300", "checkpoint": whole, "exponents": "0,2", "images": 200}, -1); err != nil {
		t.Fatal(err)
	}
	m := documentOf[prune.SensitivityDoc](t, store, "prune.sensitivity", "MAP")
	if len(m.Layers) != 6 || m.Layers[0].Name != "fc1" || m.Layers[0].Accuracy != m.Dense.Accuracy || m.Layers[1].Accuracy >= m.Dense.Accuracy {
		t.Errorf("dense %g, %+v", m.Dense.Accuracy, m.Layers)
	}
}

// TestATrialAsksAnAgent prunes by the agent that ships: every step is weighted by
// it, and the count is exact like that of any method.
func TestATrialAsksAnAgent(t *testing.T) {
	store := runtest.New()
	given := map[string]any{"net": "lenet300", "method": "panning-rl", "exponent": "1.5", "images": 200, "score_images": 2, "steps": 8}
	if err := goOn(t, store, "prune.try", "RL", given, -1); err != nil {
		t.Fatal(err)
	}
	d := documentOf[prune.TryDoc](t, store, "prune.try", "RL")
	if d.Method != "panning-rl" || d.Kept != 8_418 || d.MaskHash == "" {
		t.Errorf("%s kept %d", d.Method, d.Kept)
	}
}

func TestJobsRefuseWhatDoesNotFit(t *testing.T) {
	store, dir := runtest.New(), t.TempDir()
	whole := filepath.Join(dir, "whole.safetensors")
	if err := goOn(t, store, "prune.train", "A", map[string]any{"net": "lenet300", "epochs": 0, "images": 10, "out": whole}, -1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind  string
		given map[string]any
		code  run.Code
		want  string
	}{
		{"prune.train", map[string]any{"net": "lenet7"}, run.EUsage, "no net is called"},
		{"prune.train", map[string]any{"net": "resnet20"}, run.EUsage, "--data is missing"},
		{"prune.train", map[string]any{"net": "resnet20", "data": "mnist"}, run.EInput, "[3 32 32]"},
		{"prune.train", map[string]any{"train_images": 100}, run.EUsage, "larger than the 100"},
		{"prune.train", map[string]any{"train_images": 70_000}, run.EUsage, "--train-images"},
		{"prune.train", map[string]any{"data": filepath.Join(dir, "none")}, run.EInput, "data_batch_1.bin"},
		{"prune.train", map[string]any{"out": filepath.Join(dir, "none", "x")}, run.EInput, "there is no folder"},
		{"prune.train", map[string]any{"out": dir}, run.EInput, "is a folder"},
		{"prune.agent", map[string]any{"out": filepath.Join(dir, "none", "x")}, run.EInput, "there is no folder"},
		{"prune.train", map[string]any{"net": "lenet300", "lr": 1e20, "train_images": 1000, "epochs": 2}, run.EDiverged, "stopped being a number at step"},
		{"prune.try", map[string]any{"checkpoint": whole, "net": "lenet5"}, run.EInput, "conv1.weight"},
		{"prune.try", map[string]any{"method": "best"}, run.EUsage, "expected one of"},
		{"prune.try", map[string]any{"exponent": "98"}, run.EUsage, "98%"},
		{"prune.try", map[string]any{"exponent": "7"}, run.EUsage, "expected 0 to"},
		{"prune.try", map[string]any{"method": "panning-rl", "agent": whole, "net": "lenet300"}, run.EInput, "no agent"},
		{"prune.try", map[string]any{"method": "panning-rl~shuffle"}, run.EUsage, "no control but ~reinit"},
		{"prune.sensitivity", map[string]any{"exponents": "8"}, run.EUsage, "of 400000 weights"},
		{"prune.sensitivity", map[string]any{"exponents": "2..1"}, run.EUsage, "ascending"},
	} {
		err := goOn(t, store, c.kind, "B", c.given, -1)
		if run.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %v: %v, expected %s with %q", c.kind, c.given, err, c.code, c.want)
		}
	}
}
