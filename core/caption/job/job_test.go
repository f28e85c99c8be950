package job_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"assay/core/bench"
	"assay/core/caption"
	"assay/core/caption/compose"
	"assay/core/caption/corpus"
	"assay/core/caption/job"
	"assay/core/caption/oracle"
	"assay/core/caption/picture"
	"assay/core/run"
	"assay/core/run/runtest"
)

var errStop = errors.New("stopped by the test")

// recorder writes what a job records to a store in memory. What was not
// committed when the job is stopped is lost, as in a database.
type recorder struct {
	mu      sync.Mutex
	store   *runtest.Store
	id      run.ID
	pending []func()
	commits int
	stopAt  int // after so many commits every further one fails; 0 is never
}

func (r *recorder) Progress(int64, int64)                {}
func (r *recorder) Headline(string)                      {}
func (r *recorder) Metric(run.MetricKey, int64, float64) {}
func (r *recorder) Event(run.Level, string, string, any) {}
func (r *recorder) Array(run.Array)                      {}
func (r *recorder) Record(kind, key string, data any) {
	b, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending = append(r.pending, func() { r.store.PutRecord(r.id, kind, key, json.RawMessage(b)) })
}

func (r *recorder) Commit(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopAt > 0 && r.commits >= r.stopAt {
		return errStop
	}
	r.commits++
	for _, f := range r.pending {
		f()
	}
	r.pending = nil
	return nil
}

func kindOf(t *testing.T, name string) bench.Kind {
	t.Helper()
	k, err := bench.Registry(job.Kinds()).Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// start runs a job under an id, stopping it after some commits; 0 lets it end.
func start(t *testing.T, s *runtest.Store, id run.ID, kind string, given map[string]any, stopAt int) error {
	t.Helper()
	k := kindOf(t, kind)
	p, err := k.Schema.Complete(given)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = k.Resolve(p); err != nil {
		return err
	}
	j, err := k.New(p)
	if err != nil {
		return err
	}
	defer j.Close()
	if _, err := s.Run(t.Context(), id); err != nil {
		s.Put(run.Run{ID: id, Bench: "caption", Kind: kind, Name: string(id), Params: p.JSON()})
	}
	env := bench.Env{ID: id, Recorder: &recorder{store: s, id: id, stopAt: stopAt}, Reader: s, CacheDir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	if err := j.Prepare(t.Context(), env); err != nil {
		return err
	}
	return j.Run(t.Context(), env)
}

var builtin = sync.OnceValues(corpus.Builtin)

// few is a folder of a few cut-outs, which loads faster than all.
func few(t *testing.T) string {
	t.Helper()
	all, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	set := corpus.Set{}
	for i := 0; i < len(all.Objects); i += 30 {
		set.Objects = append(set.Objects, all.Objects[i])
	}
	dir := t.TempDir()
	if err := set.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func doc(t *testing.T, s *runtest.Store, id run.ID) caption.RunDoc {
	t.Helper()
	d, _, err := job.Read(t.Context(), s, id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// counting is a command that notes each picture it is shown.
func counting(t *testing.T, answer string) (command, log string) {
	t.Helper()
	dir := t.TempDir()
	log = filepath.Join(dir, "log")
	script := filepath.Join(dir, "caption.sh")
	text := "#!/bin/sh\nbasename \"$1\" >> " + log + "\n" + answer + "\n"
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return "cmd:" + script, log
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(data))
}

const (
	first  = run.ID("01KK9Z00000000000000000001")
	second = run.ID("01KK9Z00000000000000000002")
)

func TestACampaignFindsErrorsThatTheTruthConfirms(t *testing.T) {
	s := runtest.New()
	if err := start(t, s, first, "caption.run", map[string]any{"backgrounds": "24", "relations": "all", "levels": "0,2"}, 0); err != nil {
		t.Fatal(err)
	}
	d := doc(t, s, first)
	if d.PairsJudged != d.PairsTotal || d.PairsTotal < 72 {
		t.Errorf("%d of %d pairs judged", d.PairsJudged, d.PairsTotal)
	}
	if len(d.Issues) == 0 || d.IssuesRaw != len(d.Issues) || len(d.Categories) < 3 {
		t.Errorf("%d issues of categories %v, expected at least three of them", len(d.Issues), d.Categories)
	}
	if *d.Precision < 0.9 || *d.Recall < 0.8 || d.PrecisionCI[0] >= *d.Precision || d.PrecisionCI[1] < *d.Precision {
		t.Errorf("precision %.3f %v, recall %.3f", *d.Precision, *d.PrecisionCI, *d.Recall)
	}
	if d.Relation[caption.RoundTrip] != 0 {
		t.Error("the built-in captioner answers the same picture in two ways")
	}
	for _, i := range d.Issues {
		if i.Truth == nil || i.Rule == "" || i.Signature == "" || !slices.Contains(caption.Categories(), i.Category) {
			t.Fatalf("issue %+v is not whole", i)
		}
	}
	// Drawn again from the record, pictures have the pixels that were captioned.
	g := &job.Gallery{Reader: s}
	pics, err := g.Pair(t.Context(), first, d.Issues[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	_, pairs, err := job.Read(t.Context(), s, first)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(pairs, func(p caption.Pair) bool { return p.ID == d.Issues[0].ID })
	if picture.Hash(pics[0]) != pairs[at].Source.SHA || picture.Hash(pics[1]) != pairs[at].Followup.SHA {
		t.Error("pictures drawn again differ")
	}
}

// Killed after any commit and taken up again, a campaign asks at most the caption
// under way twice and ends with the same document.
func TestAKilledCampaignAsksNoCommittedCaptionAgain(t *testing.T) {
	cutouts := few(t)
	given := func(command string) map[string]any {
		return map[string]any{"backgrounds": "4", "levels": "0,1", "captioner": command, "corpus": cutouts}
	}
	command, log := counting(t, "echo a dog and a cat")
	whole := runtest.New()
	if err := start(t, whole, first, "caption.run", given(command), 0); err != nil {
		t.Fatal(err)
	}
	want := doc(t, whole, first)
	all := lines(t, log)
	if len(all) != 12 {
		t.Fatalf("%d captions asked for, expected 4 backgrounds and 8 follow-ups", len(all))
	}
	for _, stop := range []int{1, 7} {
		if err := os.Truncate(log, 0); err != nil {
			t.Fatal(err)
		}
		s := runtest.New()
		if err := start(t, s, first, "caption.run", given(command), stop); !errors.Is(err, errStop) {
			t.Fatalf("stopped after %d commits: %v", stop, err)
		}
		if err := start(t, s, first, "caption.run", given(command), 0); err != nil {
			t.Fatal(err)
		}
		asked := lines(t, log)
		if len(asked) != len(all)+1 {
			t.Errorf("stopped after %d commits: %d captions asked for, expected %d and the one under way", stop, len(asked), len(all))
		}
		if diff := cmp.Diff(want.Issues, doc(t, s, first).Issues); diff != "" {
			t.Errorf("stopped after %d commits: other issues\n%s", stop, diff)
		}
	}
}

func TestPicturesAreThoseOfCompose(t *testing.T) {
	cutouts := few(t)
	command, log := counting(t, `cp "$1" "$(dirname "$0")"; echo a dog`)
	s := runtest.New()
	if err := start(t, s, first, "caption.run", map[string]any{"backgrounds": "3", "levels": "1", "seed": "9", "captioner": command, "corpus": cutouts}, 0); err != nil {
		t.Fatal(err)
	}
	p, err := job.ScenesSchema().Complete(map[string]any{"backgrounds": "3", "levels": "1", "seed": "9", "corpus": cutouts})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	d, err := job.Compose(t.Context(), p, dir, func(int, int) {})
	if err != nil || len(d.Pairs) != 3 {
		t.Fatalf("%+v, %v", d, err)
	}
	for _, pair := range d.Pairs {
		for _, pic := range []caption.ComposedPicture{pair.Source, pair.Followup} {
			a, errA := os.ReadFile(filepath.Join(dir, pic.File))
			b, errB := os.ReadFile(filepath.Join(filepath.Dir(log), pic.File))
			if errA != nil || errB != nil || string(a) != string(b) {
				t.Errorf("%s: the captioner saw other bytes: %v %v", pic.File, errA, errB)
			}
		}
	}
}

func TestFailedCaptionsAreCountedAndTheirPairsNotJudged(t *testing.T) {
	command, _ := counting(t, `case $(basename "$1") in *-L0*) exit 1;; esac; echo a dog`)
	s := runtest.New()
	if err := start(t, s, first, "caption.run", map[string]any{"backgrounds": "4", "levels": "0,1", "captioner": command, "corpus": few(t), "retries": "0"}, 0); err != nil {
		t.Fatal(err)
	}
	if d := doc(t, s, first); d.Failures[caption.FailCrash] != 4 || d.PairsJudged != 4 || d.PairsTotal != 8 {
		t.Errorf("failures %v, %d of %d judged", d.Failures, d.PairsJudged, d.PairsTotal)
	}
}

func TestAnAddedWordJudgesTheCampaignAgainWithoutNewCaptions(t *testing.T) {
	command, log := counting(t, "echo a woofer")
	s := runtest.New()
	if err := start(t, s, first, "caption.run", map[string]any{"backgrounds": "6", "levels": "0", "captioner": command, "corpus": few(t)}, 0); err != nil {
		t.Fatal(err)
	}
	before, asked := doc(t, s, first), len(lines(t, log))
	if err := start(t, s, second, "caption.replay", map[string]any{"of": string(first), "synonyms": "woofer=" + before.Issues[0].Object}, 0); err != nil {
		t.Fatal(err)
	}
	after := doc(t, s, second)
	if after.PairsJudged != before.PairsJudged || fmt.Sprint(after.Issues) == fmt.Sprint(before.Issues) {
		t.Error("the added word changed nothing")
	}
	if n := len(lines(t, log)); n != asked || after.Asked != 0 {
		t.Errorf("%d captions asked for again, %d by the document", n-asked, after.Asked)
	}
}

// What photos show is not known: their issues wait for a person.
func TestPhotosTakeThePlaceOfScenes(t *testing.T) {
	p, err := job.ScenesSchema().Complete(map[string]any{"backgrounds": "2", "levels": "0"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	made, err := job.Compose(t.Context(), p, dir, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	coco := map[string]any{"categories": []any{map[string]any{"id": 1, "name": made.Pairs[0].Source.Boxes[0].Class}}}
	box := made.Pairs[0].Source.Boxes[0]
	coco["images"] = []any{map[string]any{"id": 1, "file_name": "b0001.png"}}
	coco["annotations"] = []any{map[string]any{"id": 1, "image_id": 1, "category_id": 1, "bbox": []int{box.X, box.Y, box.W, box.H}}, map[string]any{"id": 2, "image_id": 1, "category_id": 1, "bbox": []int{-5, 0, 0, -1}}}
	data, err := json.Marshal(coco)
	if err != nil {
		t.Fatal(err)
	}
	instances := filepath.Join(t.TempDir(), "i.json")
	if err := os.WriteFile(instances, data, 0o644); err != nil {
		t.Fatal(err)
	}
	command, _ := counting(t, "echo a dog")
	s := runtest.New()
	if err := start(t, s, first, "caption.run", map[string]any{"photos": dir, "instances": instances, "backgrounds": "3", "levels": "0,2", "captioner": command, "corpus": few(t)}, 0); err != nil {
		t.Fatal(err)
	}
	d := doc(t, s, first)
	if d.PairsJudged != 6 || len(d.Issues) == 0 || d.Precision != nil || d.Issues[0].Truth != nil {
		t.Errorf("%d pairs judged, %d issues, precision %v", d.PairsJudged, len(d.Issues), d.Precision)
	}
	if err := start(t, runtest.New(), first, "caption.run", map[string]any{"photos": dir, "backgrounds": "1", "levels": "0", "captioner": command, "corpus": few(t)}, 0); err != nil {
		t.Errorf("photos without boxes: %v", err)
	}
}

func TestRepeatsTellStableFromFlaky(t *testing.T) {
	command, _ := counting(t, `n=$(wc -l < "$(dirname "$0")/log"); case $((n%4)) in 0) echo a dog;; 1) echo a cat;; 2) echo a bus;; *) echo a kite;; esac`)
	s := runtest.New()
	if err := start(t, s, first, "caption.run", map[string]any{"backgrounds": "6", "levels": "0", "captioner": command, "repeats": "3", "null_control": "true"}, 0); err != nil {
		t.Fatal(err)
	}
	d := doc(t, s, first)
	if d.Asked != 6*2*3+6 || d.Unstable == 0 {
		t.Errorf("%d captions asked for, %d pairs unstable", d.Asked, d.Unstable)
	}
}

func TestABundleReproduces(t *testing.T) {
	command, _ := counting(t, "echo two dogs")
	s := runtest.New()
	if err := start(t, s, first, "caption.run", map[string]any{"backgrounds": "2", "levels": "1", "captioner": command, "corpus": few(t)}, 0); err != nil {
		t.Fatal(err)
	}
	issue := doc(t, s, first).Issues[0].ID
	s.PutLabel(first, run.Label{Key: issue, Word: job.LabelTrue})
	dir := t.TempDir()
	b, err := job.WriteBundle(t.Context(), &job.Gallery{Reader: s}, first, issue, dir)
	if err != nil {
		t.Fatal(err)
	}
	if b.Label == nil || b.Label.Word != job.LabelTrue {
		t.Errorf("label %v", b.Label)
	}
	for _, name := range []string{"source.png", "followup.png", "cutout.png", "manifest.json", "README.txt"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	for _, ask := range []bool{false, true} {
		d, err := job.Repro(t.Context(), dir, ask)
		if err != nil || d.Outcome != job.Reproduced || !d.Pictures || !d.Same || d.Asked != ask {
			t.Errorf("ask %v: %+v, %v", ask, d, err)
		}
	}
	if _, err := job.Repro(t.Context(), t.TempDir(), false); run.CodeOf(err) != run.EInput {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestWrongParametersAreNamed(t *testing.T) {
	for _, c := range []struct {
		kind  string
		given map[string]any
		want  string
	}{
		{"caption.run", map[string]any{"captioner": "nobody"}, "nobody"},
		{"caption.run", map[string]any{"captioner": "cmd:/no/such/program x"}, "/no/such/program"},
		{"caption.run", map[string]any{"captioner": "replay:/no/such/file"}, "/no/such/file"},
		{"caption.run", map[string]any{"caption_timeout": "soon"}, "soon"},
		{"caption.run", map[string]any{"levels": ""}, "levels"},
		{"caption.run", map[string]any{"synonyms": "x"}, "SURFACE=CLASS"},
		{"caption.run", map[string]any{"corpus": "/no/such/folder"}, "/no/such/folder"},
		{"caption.run", map[string]any{"photos": "/tmp"}, "--levels 0"},
		{"caption.run", map[string]any{"photos": "/no/such/photos", "levels": "0"}, "/no/such/photos"},
		{"caption.run", map[string]any{"instances": "x"}, "--photos"},
		{"caption.replay", map[string]any{}, "--pairs"},
		{"caption.replay", map[string]any{"pairs": "/no/such/pairs"}, "/no/such/pairs"},
		{"caption.replay", map[string]any{"pairs": "job_test.go", "classes": "coco81"}, "coco81"},
	} {
		if err := start(t, runtest.New(), first, c.kind, c.given, 0); err == nil || run.CodeOf(err) == run.EInternal || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, expected an error that names %q", c.given, err, c.want)
		}
	}
}

func TestVariantsAreComparedPairByPair(t *testing.T) {
	pairs := []oracle.CaptionPair{
		{Object: "dog", C0: "a cat", C1: "a cat and a dog", Extra: map[string]string{"reported": "0"}},
		{Object: "dog", C0: "a cat", C1: "a cat and a puppy", Extra: map[string]string{"reported": "1"}},
	}
	var both [2]*oracle.Oracle
	for i, v := range caption.Variants() {
		o, err := oracle.New(oracle.Options{Variant: v, Classes: []string{"dog", "cat"}})
		if err != nil {
			t.Fatal(err)
		}
		both[i] = o
	}
	d := job.Compare(pairs, both[0], both[1])
	if len(d.Differences) != 1 || d.Differences[0].Pair != 1 || d.Differences[0].Ref != caption.Issue || d.RefAgrees != 2 || d.ExactAgrees != 1 {
		t.Errorf("%+v", d)
	}
}

func FuzzParseBundle(f *testing.F) {
	f.Add([]byte(`{"version":1,"classes":["dog"],"pair":{"id":"b0001-L0"},"params":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if b, p, err := job.ParseBundle(data); err == nil && (p == nil || b.Pair.ID == "") {
			t.Error("a bundle without parameters or pair")
		}
	})
}

// A captioner that names exactly what is there is never accused: of any class,
// at any number, inserted or removed.
func TestTrueCaptionsMakeNoIssue(t *testing.T) {
	set, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	w, err := compose.NewWorld(set, compose.Blend)
	if err != nil {
		t.Fatal(err)
	}
	o, err := oracle.New(oracle.Options{Classes: set.Classes(), Also: set.Also()})
	if err != nil {
		t.Fatal(err)
	}
	tell := func(truth map[string]int) string {
		var parts []string
		for _, class := range slices.Sorted(maps.Keys(truth)) {
			n := []string{"", "a", "two", "three", "four", "five", "six"}[truth[class]]
			switch {
			case class == "scissors" && truth[class] == 1:
				parts = append(parts, "a pair of scissors")
			case class == "scissors":
				parts = append(parts, n+" pairs of scissors")
			case truth[class] == 1:
				parts = append(parts, "a "+class)
			default:
				parts = append(parts, n+" "+oracle.Plural(class))
			}
		}
		return strings.Join(parts, " and ") + " on a table"
	}
	classes := map[string]bool{}
	for _, c := range w.NewPlan(compose.Options{Seed: 5, Backgrounds: 400, Levels: []int{0}, Relations: caption.Relations(), SameClass: 0.25}).Cases {
		before, after := tell(w.Truth(c.Source)), tell(w.Truth(c.Followup))
		var j caption.Judgement
		switch c.Relation {
		case caption.Insert:
			j = o.Insertion(c.Class, before, after)
		case caption.Remove:
			j = o.Removal(c.Class, c.Left, before, after)
		default:
			j = o.Same(before, after)
		}
		classes[c.Class] = true
		if j.Verdict != caption.Pass {
			t.Errorf("%s of %s: %q -> %q: %s, %s", c.Relation, c.Class, before, after, j.Verdict, j.Rule)
		}
	}
	if len(classes) < 80 {
		t.Errorf("only %d classes were tried", len(classes))
	}
}
