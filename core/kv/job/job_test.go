package job_test

import (
	stdcmp "cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/core/bench"
	"assay/core/kv"
	"assay/core/kv/job"
	"assay/core/model/modeltest"
	"assay/core/run"

	"github.com/google/go-cmp/cmp"
)

// tiny writes a small random model with a tokenizer.
func tiny(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	modeltest.Write(t, dir, modeltest.Options{Seed: 6, Layers: 3, Tokenizer: true, MaxPositions: 2048})
	return dir
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const promptFile = `{"prefix": "read", "chunks": ["one two three\n", "four five\n", "", "six\n"], "question": "which?"}`

func TestEverySchemaCompletes(t *testing.T) {
	for _, k := range job.Kinds() {
		p := k.Schema.Defaults()
		back, err := k.Schema.FromJSON(p.JSON())
		if err != nil || string(back.JSON()) != string(p.JSON()) {
			t.Errorf("%s: defaults do not survive: %v", k.Name, err)
		}
		for _, q := range k.Schema {
			if q.Help == "" {
				t.Errorf("%s: --%s has no help", k.Name, q.Name)
			}
		}
	}
}

func TestBlendRecordsEveryModeAndRepeats(t *testing.T) {
	b := newBed(t)
	given := map[string]any{"model": tiny(t), "prompt": write(t, promptFile), "modes": "all", "max_new": 4, "ratio": 0.3}
	b.start("A", "kv.blend", given)
	r, err := b.attempt("A", 0)
	if err != nil {
		t.Fatal(err)
	}
	if r.done != r.total || r.total == 0 || !strings.HasPrefix(r.head, "KL ") || !strings.HasSuffix(r.head, "x") {
		t.Errorf("progress %d of %d, headline %q", r.done, r.total, r.head)
	}
	var doc kv.BlendDoc
	raw, _ := json.Marshal(b.document("A"))
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, m := range doc.Modes {
		keys = append(keys, m.Key)
	}
	if !slices.Equal(keys, kv.Modes()) {
		t.Errorf("modes %v", keys)
	}
	p := doc.Prompt
	if p.Tokens != len(p.Text) || p.Segments[0].Text != "read" || len(p.Notes) != 1 || len(p.Segments) != 5 {
		t.Errorf("prompt %+v", p)
	}
	for _, name := range []string{kv.ArrayTokens, kv.ArrayKNorm, kv.ArrayVNorm, "blend" + kv.ArrayDK, "blend" + kv.ArrayDV, "full" + kv.ArrayPicked, "oracle" + kv.ArrayAttnDev} {
		a, err := b.store.Array(t.Context(), "A", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.F32(); err != nil || (name != kv.ArrayTokens && !slices.Equal(a.Shape, []int{3, p.Context})) {
			t.Errorf("array %s: shape %v, %v", name, a.Shape, err)
		}
	}
	for _, m := range doc.Modes {
		a, err := b.store.Array(t.Context(), "A", m.Key+kv.ArrayTop)
		if err != nil {
			t.Fatal(err)
		}
		top, err := a.F32()
		n := len(top) / 2
		if err != nil || n != 64 || !slices.Equal(a.Shape, []int{2, n}) || !slices.IsSortedFunc(top[n:], func(x, y float32) int { return stdcmp.Compare(y, x) }) {
			t.Fatalf("%s: top tokens of shape %v, %v", m.Key, a.Shape, err)
		}
		for i, d := range m.Top {
			if d.ID != int(top[i]) || d.Logit != float64(top[n+i]) {
				t.Errorf("%s: token %d is %+v in the document, %v with %v in the array", m.Key, i, d, top[i], top[n+i])
			}
		}
		for _, l := range m.Layers {
			if l.DVP50 > l.DVP95 || l.DKP50 > l.DKP95 || (l.DVP50 == 0 && m.Key == "reuse" && l.Layer == 2) {
				t.Errorf("%s: quantiles %+v", m.Key, l)
			}
		}
	}
	b.start("B", "kv.blend", given)
	if _, err := b.attempt("B", 0); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(b.document("A"), b.document("B")); d != "" {
		t.Errorf("a second run differs:\n%s", d)
	}
	chunks, err := b.store.Records(t.Context(), "B", kv.RecordChunk, 0)
	if err != nil || len(chunks) != 4 || !strings.Contains(string(chunks[2].Data), `"hit":true`) {
		t.Errorf("the second run does not find the chunks of the first: %v %v", chunks, err)
	}
}

// TestResumedRunsEndWithTheSameDocument stops each kind of run after every
// commit in turn and goes on.
func TestResumedRunsEndWithTheSameDocument(t *testing.T) {
	dir := tiny(t)
	archives := write(t, `{"notes": ["Ada keeps bees.\n", "She rows.\n"], "questions": [{"kind": "direct", "text": "What does Ada keep?", "answer": "bees"}, {"kind": "who", "text": "Who rows?", "answer": "Ada"}]}
{"notes": ["Bo sings.\n"], "questions": [{"kind": "direct", "text": "What does Bo do?", "answer": "sings"}]}
{"notes": ["Cy naps.\n", "Di digs.\n"], "questions": [{"kind": "who", "text": "Who digs?", "answer": "Di"}]}`)
	for kind, given := range map[string]map[string]any{
		"kv.blend": {"model": dir, "prompt": write(t, promptFile), "modes": "full,reuse,blend,random", "max_new": 3},
		"kv.sweep": {"model": dir, "seed": 3, "prompts": 2, "people": 1, "ratios": ".1,.5", "rules": "v,k"},
		"kv.eval":  {"model": dir, "archives_file": archives, "modes": "full,reuse,blend", "ratios": ".2,.6"},
	} {
		t.Run(kind, func(t *testing.T) {
			b := newBed(t)
			b.start("WHOLE", kind, given)
			whole, err := b.attempt("WHOLE", 0)
			if err != nil {
				t.Fatal(err)
			}
			want := b.document("WHOLE")
			b.start("PARTS", kind, given)
			attempts := 0
			for {
				attempts++
				r, err := b.attempt("PARTS", 2)
				b.document("PARTS") // an unfinished run has a document too
				if err == nil {
					if r.done != whole.done || r.total != whole.total || r.head == "" {
						t.Errorf("progress %d of %d, without a stop %d of %d", r.done, r.total, whole.done, whole.total)
					}
					break
				}
				if !errors.Is(err, errStop) || attempts > 40 {
					t.Fatal(err)
				}
			}
			if attempts < 2 {
				t.Error("the run was never stopped")
			}
			if d := cmp.Diff(want, b.document("PARTS")); d != "" {
				t.Errorf("after %d attempts:\n%s", attempts, d)
			}
		})
	}
}

func TestEvalCountsAndKeepsWrongAnswers(t *testing.T) {
	b := newBed(t)
	b.start("E", "kv.eval", map[string]any{"people": 2, "archives": 2, "seed": 4, "modes": "full,reuse,blend", "ratios": ".15"})
	if _, err := b.attempt("E", 0); err != nil {
		t.Fatal(err)
	}
	d, err := kindOf(t, "kv.eval").Document(t.Context(), b.store, "E")
	if err != nil {
		t.Fatal(err)
	}
	doc := d.(kv.EvalDoc)
	if doc.Archives != 2 || len(doc.Modes) != 3 || doc.Modes[0].KLMean != 0 || doc.Modes[1].KLMean <= doc.Modes[2].KLMean {
		t.Errorf("%+v", doc)
	}
	wrong, err := b.store.Records(t.Context(), "E", kv.RecordWrong, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, r := range wrong {
		var w kv.WrongDoc
		if err := json.Unmarshal(r.Data, &w); err != nil {
			t.Fatal(err)
		}
		count[w.Key]++
		if !strings.HasPrefix(w.Question, "Question: ") || w.Got == "" || w.Got == " "+w.Answer+"\n" || (w.Mode == "full" && !w.FullToo) {
			t.Errorf("%+v", w)
		}
	}
	found, err := b.store.Findings(t.Context(), run.FindingFilter{})
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, f := range found {
		keys[f.ID] = true
		if f.Category != "wrong-answer" || !strings.HasPrefix(f.Signature, "reuse/") && !strings.HasPrefix(f.Signature, "blend/") || !strings.Contains(f.Title, "expected") {
			t.Errorf("%+v", f)
		}
	}
	for _, r := range wrong {
		var w kv.WrongDoc
		if err := json.Unmarshal(r.Data, &w); err != nil {
			t.Fatal(err)
		}
		if want := !w.FullToo && w.Mode != "full"; keys[r.Key] != want {
			t.Errorf("%s is a finding: %v, want %v", r.Key, keys[r.Key], want)
		}
	}
	if len(found) == 0 {
		t.Error("reuse has answered everything right, and nothing was tested")
	}
	for _, m := range doc.Modes {
		byKind := 0
		for _, k := range m.ByKind {
			byKind += k.N
		}
		right := int(m.Accuracy*float64(m.N) + 0.5)
		if m.N == 0 || byKind != m.N || right+count[m.Key] != m.N || m.AccuracyCI[0] > m.Accuracy || m.AccuracyCI[1] < m.Accuracy {
			t.Errorf("%s: %d of %d right, %d by kind, %d wrong answers, interval %v", m.Key, right, m.N, byKind, count[m.Key], m.AccuracyCI)
		}
	}
}

func TestRerunIsARunOfItsOwnThatRepeats(t *testing.T) {
	b := newBed(t)
	p := b.start("PARENT", "kv.blend", map[string]any{"model": tiny(t), "prompt": write(t, promptFile), "modes": "reuse,blend", "max_new": 3, "mask": "bottom-right"})
	made, err := kindOf(t, "kv.blend").New(p)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	parent := made.(bench.Interactive)
	env, _ := b.env("PARENT", 0)
	if _, _, err := parent.Request("kv.rerun", []byte(`{"picked":[1]}`)); run.CodeOf(err) != run.EState {
		t.Errorf("before the run: %v", err)
	}
	if err := parent.Prepare(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	if err := parent.Run(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	for i, args := range []string{`{"mode": "blend", "picked": [9, 2, 9]}`, `{"picked": []}`, `{"picked": [0]}`} {
		id := run.ID([]string{"C1", "C2", "C3"}[i])
		child, params, err := parent.Request("kv.rerun", []byte(args))
		if err != nil {
			t.Fatal(err)
		}
		b.put(id, "kv.blend", params)
		env, r := b.env(id, 0)
		if err := child.Run(t.Context(), env); err != nil {
			t.Fatal(err)
		}
		if r.done != r.total || r.head == "" {
			t.Errorf("%s: progress %d of %d, headline %q", args, r.done, r.total, r.head)
		}
		b.put(id+"R", "kv.blend", params)
		if _, err := b.attempt(id+"R", 0); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(b.document(id), b.document(id+"R")); d != "" {
			t.Errorf("%s: from scratch differs:\n%s", args, d)
		}
	}
	for args, want := range map[string]string{
		`{"picked": [4000]}`:             "expected context positions",
		`{"picked": [-1]}`:               "expected context positions",
		`{"mode": "best", "picked": []}`: "unknown mode",
		`{"pick": [1]}`:                  "unknown field",
		`[`:                              "kv.rerun",
	} {
		if _, _, err := parent.Request("kv.rerun", []byte(args)); run.CodeOf(err) != run.EUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
	if _, _, err := parent.Request("kv.dance", nil); run.CodeOf(err) != run.EUsage {
		t.Errorf("unknown request: %v", err)
	}
}

func TestWrongParametersAreRefusedBeforeAnythingIsLoaded(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		given      map[string]any
		code       run.Code
		want       string
	}{
		{"nothing to serve", "kv.blend", map[string]any{}, run.EUsage, "--demo or --prompt"},
		{"two things to serve", "kv.blend", map[string]any{"demo": true, "prompt": write(t, promptFile)}, run.EUsage, "--demo or --prompt"},
		{"ratio", "kv.blend", map[string]any{"demo": true, "ratio": 1.5}, run.EUsage, "--ratio"},
		{"not a ratio", "kv.blend", map[string]any{"demo": true, "ratio": "NaN"}, run.EUsage, "--ratio"},
		{"mode", "kv.blend", map[string]any{"demo": true, "modes": "full,mix"}, run.EUsage, "mix"},
		{"no mode", "kv.blend", map[string]any{"demo": true, "modes": ""}, run.EUsage, "no mode"},
		{"picked without blend", "kv.blend", map[string]any{"demo": true, "modes": "full", "picked": "1,2"}, run.EUsage, "--picked"},
		{"two fronts", "kv.blend", map[string]any{"demo": true, "chunk_prefix": true, "chunk_bos": "true"}, run.EUsage, "chunk-prefix"},
		{"two fronts of a sweep", "kv.sweep", map[string]any{"chunk_prefix": true, "chunk_bos": "false"}, run.EUsage, "chunk-prefix"},
		{"two fronts of an evaluation", "kv.eval", map[string]any{"chunk_prefix": true, "chunk_bos": "false"}, run.EUsage, "chunk-prefix"},
		{"prompt file that is not there", "kv.blend", map[string]any{"prompt": "/nowhere/p.json"}, run.EInput, "/nowhere/p.json"},
		{"prompt file that is not JSON", "kv.blend", map[string]any{"prompt": write(t, "hello")}, run.EInput, "not JSON"},
		{"prompt given as text", "kv.blend", map[string]any{"prompt_json": `{"prefx":""}`}, run.EInput, "prefx"},
		{"sweep ratio", "kv.sweep", map[string]any{"ratios": ".1,2"}, run.EUsage, "--ratios"},
		{"sweep without ratios", "kv.sweep", map[string]any{"ratios": ""}, run.EUsage, "--ratios"},
		{"sweep without demo", "kv.sweep", map[string]any{"demo": false}, run.EUsage, "--demo"},
		{"eval rule", "kv.eval", map[string]any{"rules": "v,w"}, run.EUsage, "--rules"},
		{"archives that are none", "kv.eval", map[string]any{"archives_file": write(t, "\n\n")}, run.EInput, "archives"},
		{"archives with a broken line", "kv.eval", map[string]any{"archives_file": write(t, "{\"notes\":[\"a\"],\"questions\":[{\"kind\":\"who\",\"text\":\"q\",\"answer\":\"a\"}]}\nx\n")}, run.EInput, "line 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := complete(kindOf(t, c.kind), c.given)
			if run.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v (%s), want %s with %q", err, run.CodeOf(err), c.code, c.want)
			}
		})
	}
}

func TestWhatIsMissingOrBrokenIsNamed(t *testing.T) {
	mute := t.TempDir()
	modeltest.Write(t, mute, modeltest.Options{Seed: 1})
	dir := tiny(t)
	long := `{"chunks": ["` + strings.Repeat("word ", 700) + `"], "question": "q"}`
	for _, c := range []struct {
		name  string
		given map[string]any
		code  run.Code
		want  string
	}{
		{"no such model", map[string]any{"model": "/nowhere", "demo": true}, run.ENoModel, "/nowhere"},
		{"empty folder", map[string]any{"model": t.TempDir(), "demo": true}, run.EModel, "config.json"},
		{"no such device", map[string]any{"demo": true, "device": "cuda:0"}, run.ENoDevice, "cuda"},
		{"not a device", map[string]any{"demo": true, "device": "abacus"}, run.EUsage, "abacus"},
		{"no tokenizer", map[string]any{"model": mute, "demo": true}, run.EInput, "no tokenizer"},
		{"id outside the vocabulary", map[string]any{"model": mute, "prompt": write(t, `{"question": [64]}`)}, run.EInput, "64"},
		{"too long", map[string]any{"model": dir, "prompt": write(t, long)}, run.EInput, "context of 2048"},
		{"picked outside the context", map[string]any{"model": dir, "prompt": write(t, promptFile), "picked": "999"}, run.EInput, "999"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBed(t)
			b.start("X", "kv.blend", c.given)
			_, err := b.attempt("X", 0)
			if run.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v (%s), want %s with %q", err, run.CodeOf(err), c.code, c.want)
			}
		})
	}
}

func TestCheckPassesOnTheBuiltInModel(t *testing.T) {
	d, err := job.Check(t.Context(), "", "auto")
	if err != nil || d != (kv.CheckDoc{Pass: true, R1BitEqual: true}) {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := job.Check(t.Context(), "/nowhere", "auto"); run.CodeOf(err) != run.ENoModel {
		t.Errorf("got %v", err)
	}
}

func TestCancelledRunLeavesAPointToResumeFrom(t *testing.T) {
	b := newBed(t)
	p := b.start("X", "kv.sweep", map[string]any{"model": tiny(t), "prompts": 3, "people": 1})
	j, err := kindOf(t, "kv.sweep").New(p)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	env, r := b.env("X", 0)
	if err := j.Prepare(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	env.Recorder = &cancelling{r, 3, cancel}
	if err := j.Run(ctx, env); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	cells, err := b.store.Records(t.Context(), "X", kv.RecordCell, 0)
	if err != nil || len(cells) != 3 {
		t.Errorf("%d cells, %v", len(cells), err)
	}
}

// cancelling cancels the job at its n-th commit.
type cancelling struct {
	*recorder
	n      int
	cancel func()
}

func (c *cancelling) Commit(ctx context.Context) error {
	if c.n--; c.n == 0 {
		c.cancel()
	}
	return c.recorder.Commit(ctx)
}
