package torch_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/core/fuzz"
	"assay/core/fuzz/campaign"
	"assay/core/fuzz/harness"
	"assay/core/fuzz/oracle"
	"assay/core/fuzz/torch"
	"assay/core/run"
)

const python = "/usr/bin/python3"

// process starts a worker, or skips where there is no torch.
func process(t *testing.T) (*harness.Pool, *harness.Process, torch.Target) {
	t.Helper()
	tt := torch.Target{Python: python, Cache: t.TempDir()}
	if _, err := tt.Command(t.Context()); err != nil {
		t.Skipf("no torch for %s: apt-get install python3-torch (%v)", python, err)
	}
	pool := harness.NewPool(tt, harness.Limits{Test: 5 * time.Second})
	t.Cleanup(pool.Close)
	p, err := pool.First(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	return pool, p, tt
}

// A reproducer of a planted difference runs under plain Python and shows it; the
// same script of a correct function does not.
func TestReproducersRunUnderPlainPython(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Python several times")
	}
	_, p, target := process(t)
	x := &fuzz.Tensor{DType: fuzz.F64, Shape: []int{2}, Diff: true}
	x.SetFloats([]float64{0.5, 2})
	for _, tt := range []struct{ category, oracle, wrong string }{
		{fuzz.GradRevND, "R-N", "return torch.exp(x0) + x0.detach()"},
		{fuzz.GradRevND, "R-N", "return [torch.exp(x0) + x0.detach(), x0 * inf - x0 * inf]"}, // beside a result that is NaN
		{fuzz.Leak, "memory", "globals().setdefault(\"kept\", []).append(torch.ones(4096))\n    return API(x0)"},
	} {
		f := fuzz.FindingDoc{API: "torch.exp", Library: "torch " + p.Hello.Version, Order: 1, Oracle: tt.oracle, Wrong: fuzz.WrongReverse, Stage: "rev",
			Case: &fuzz.Case{API: "torch.exp", Args: []fuzz.Value{{Kind: fuzz.KindTensor, Tensor: x}}}}
		f.ID, f.Category = "f1", tt.category
		r, err := target.Reproduce(f)
		if err != nil {
			t.Fatal(err)
		}
		right := string(r.Files["repro.py"])
		wrong := strings.Replace(right, "return API(x0)", tt.wrong, 1)
		if wrong == right {
			t.Fatalf("no call in\n%s", right)
		}
		for text, want := range map[string]string{right: "no", wrong: "yes"} {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "repro.py"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			out, err := harness.Repeat(t.Context(), dir, r)
			if err != nil {
				t.Fatal(err)
			}
			if got := campaign.Outcome(f, out); got != want {
				t.Errorf("%s: %s, want %s:\n%s", tt.category, got, want, out.Text)
			}
		}
	}
}

// The program that runs is every source of the worker, in one file.
func TestTheWorkerIsJoinedFromAllItsSources(t *testing.T) {
	_, _, tt := process(t)
	c, err := tt.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(c.Args[len(c.Args)-1])
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("worker/*.py")
	if err != nil || len(sources) == 0 {
		t.Fatal(err, sources)
	}
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(program), string(text)) {
			t.Errorf("%s is not part of the program", name)
		}
	}
}

// Every operation of the library's database has seeds that run, or says why not.
func TestEveryOperationHasSeedsOrAReason(t *testing.T) {
	_, p, _ := process(t)
	apis, err := p.Enum(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]fuzz.API{}
	sources := map[string]int{}
	for _, a := range apis {
		if _, twice := by[a.Name]; twice {
			t.Errorf("%s is listed twice", a.Name)
		}
		by[a.Name] = a
		if len(a.Seeds) > 0 {
			sources[a.Source]++
		}
		if len(a.Seeds) == 0 && (a.Why == "" || strings.Contains(a.Why, "\n")) {
			t.Errorf("%s has no seed and says of it: %q", a.Name, a.Why)
		}
	}
	// Indices, offsets, and samples that are small nowhere.
	for _, name := range []string{"torch.exp", "torch.scatter", "torch.scatter_reduce.amax", "torch.nn.functional.embedding_bag",
		"torch.nn.functional.fractional_max_pool3d", "torch.nn.functional.triplet_margin_with_distance_loss", "torch.Tensor.expand",
		// What the database lacks: by annotations, by schemas, by a layout of weights, from the registry.
		"torch.nn.functional.lp_pool1d", "torch.grid_sampler_2d", "torch.lstm_cell", "torch.ops.aten.upsample_linear1d"} {
		if a, ok := by[name]; !ok || len(a.Seeds) == 0 {
			t.Errorf("%s: listed %t, no seeds: %s", name, ok, a.Why)
		}
	}
	if sources["opinfo"] < 500 || sources["namespace"] < 30 || sources["schema"] < 20 {
		t.Errorf("APIs by source: %v", sources)
	}
	if a, ok := by["torch.jiterator_binary"]; ok && len(a.Seeds) == 0 && !strings.Contains(a.Why, "CUDA") {
		t.Errorf("jiterator_binary has no seeds since %q", a.Why)
	}
}

func TestPlainFunctionsPass(t *testing.T) {
	_, p, _ := process(t)
	s := oracle.Settings{Variant: oracle.Strict, Eps: 1e-6, Reverse: "reverse", Forward: "forward"}
	for _, name := range []string{"torch.exp", "torch.tanh", "torch.sum", "torch.Tensor.mT"} {
		x := &fuzz.Tensor{DType: fuzz.F64, Shape: []int{2, 2}, Diff: true}
		x.SetFloats([]float64{0.5, 2, -0.25, 1})
		a := &fuzz.API{Name: name, Reverse: true, Forward: true, Second: true}
		e, err := campaign.Examine(t.Context(), p, s, a, &fuzz.Case{API: name, Args: []fuzz.Value{{Kind: fuzz.KindTensor, Tensor: x}}})
		if err != nil {
			t.Fatal(err)
		}
		if e.Verdict != fuzz.Pass || e.Checks < 6 {
			t.Errorf("%s: %s after %d checks, %+v", name, e.Verdict, e.Checks, e.Suspicion)
		}
	}
}

// A Python that is not there, is none, or has no torch is named with what installs it.
func TestATargetThatIsNotThere(t *testing.T) {
	plain, err := exec.LookPath("false")
	if err != nil {
		t.Skip("no false on this machine")
	}
	chatter := filepath.Join(t.TempDir(), "chatter")
	if err := os.WriteFile(chatter, []byte("#!/bin/sh\necho good morning\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/nowhere/python3": "no Python at /nowhere/python3", plain: "is no Python 3 that works",
		chatter: "is no Python 3 that works: good morning", t.TempDir(): "no Python at"} {
		_, err := torch.Target{Python: path, Cache: t.TempDir()}.Command(context.Background())
		if run.CodeOf(err) != run.ENoTarget || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "python3-torch") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A Python without torch, a torch that does not load, and a worker that is none are
// told apart, each with its last words.
func TestATorchThatDoesNotLoad(t *testing.T) {
	process(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	broken := filepath.Dir(filepath.Dir(write("broken/torch/__init__.py", "raise ImportError('libtorch_cpu.so: cannot open shared object file')\n")))
	// -S leaves out the folders where Debian installs torch.
	probe := "#!/bin/sh\ncase $1 in -c) exec " + python + " \"$@\";; esac\n"
	for _, tt := range []struct{ name, path, script, want string }{
		{"none", "", "#!/bin/sh\nexec " + python + " -S \"$@\"\n", "has no torch"},
		{"broken", broken, "#!/bin/sh\nexec " + python + " \"$@\"\n", "libtorch_cpu.so: cannot open shared object file"},
		{"garbage", "", probe + "echo good morning; sleep 60\n", `it wrote "good morning", which is no line of the protocol`},
		{"half a line", "", probe + "printf '{\"ev\":\"hel'\n", "which is no line of the protocol"},
		{"another protocol", "", probe + "echo '{\"ev\":\"hello\",\"protocol\":9}'; sleep 60\n", "protocol 9"},
	} {
		t.Setenv("PYTHONPATH", tt.path)
		file := write("python-"+strings.ReplaceAll(tt.name, " ", "-"), tt.script)
		pool := harness.NewPool(torch.Target{Python: file, Cache: t.TempDir()}, harness.Limits{})
		_, err := pool.First(t.Context())
		pool.Close()
		if run.CodeOf(err) != run.ENoTarget || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
