package kvdata

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"assay/core/kv"
	"assay/core/plot"
	"assay/core/run"
)

// Run is what is known of one run. The lists are in the order of tables and
// belong to the Run: read them, do not change them.
type Run struct {
	Run       run.Run
	Seq       int64 // everything up to here has been applied
	TokensSHA string

	Prompt   *kv.PromptDoc // nil until it is stored
	Model    *kv.ModelDoc  // nil until it is stored
	Chunks   []kv.ChunkDoc
	Modes    []kv.ModeDoc
	Cells    []kv.CellDoc
	Scores   []kv.ScoreDoc
	Archives map[int]kv.ArchiveDoc
	Wrong    []kv.WrongDoc
	Coded

	chunks map[string]kv.ChunkDoc
	modes  map[string]kv.ModeDoc
	cells  map[string]kv.CellDoc
	scores map[string]kv.ScoreDoc
	wrong  map[string]kv.WrongDoc

	arrays map[string]plot.Matrix
	made   map[matrixKey]plot.Matrix // derived from arrays, dropped when those change
}

// New returns a run of which nothing is known yet.
func New(id run.ID) *Run {
	return &Run{
		Run: run.Run{ID: id}, Archives: map[int]kv.ArchiveDoc{}, chunks: map[string]kv.ChunkDoc{}, modes: map[string]kv.ModeDoc{},
		cells: map[string]kv.CellDoc{}, scores: map[string]kv.ScoreDoc{}, wrong: map[string]kv.WrongDoc{}, arrays: map[string]plot.Matrix{}, made: map[matrixKey]plot.Matrix{},
	}
}

// Known reports whether the row of the run has been read.
func (r *Run) Known() bool { return r.Run.Kind != "" }

// Apply takes over what a reading found.
func (r *Run) Apply(n News) {
	r.Run = n.Run
	// Rows committed while the reading went on may be in it; they are read again.
	r.Seq = n.Run.LastSeq
	if n.TokensSHA != "" {
		r.TokensSHA = n.TokensSHA
	}
	changed := map[string]bool{}
	for _, d := range n.docs {
		switch x := d.doc.(type) {
		case *kv.PromptDoc:
			r.Prompt = x
		case *kv.ModelDoc:
			r.Model = x
		case *kv.ChunkDoc:
			r.chunks[d.key] = *x
			changed["chunks"] = true
		case *kv.ModeDoc:
			r.modes[d.key] = *x
			changed["modes"] = true
		case *kv.CellDoc:
			r.cells[d.key] = *x
			changed["cells"] = true
		case *kv.ScoreDoc:
			r.scores[d.key] = *x
			changed["scores"] = true
		case *kv.ArchiveDoc:
			if i, err := strconv.Atoi(d.key); err == nil {
				r.Archives[i] = *x
			}
		case *kv.WrongDoc:
			r.wrong[d.key] = *x
			changed["wrong"] = true
		default:
			r.Coded.apply(d.key, d.doc)
		}
	}
	r.sort(changed)
	if len(n.arrays) > 0 {
		maps.Copy(r.arrays, n.arrays)
		clear(r.made)
	}
}

func (r *Run) sort(changed map[string]bool) {
	if changed["chunks"] {
		r.Chunks = sorted(r.chunks, func(a, b kv.ChunkDoc) int { return cmp.Compare(a.Index, b.Index) })
	}
	if changed["modes"] {
		r.Modes = sorted(r.modes, func(a, b kv.ModeDoc) int { return byScheme(a.Mode, a.Ratio, a.Rule, b.Mode, b.Ratio, b.Rule) })
	}
	if changed["cells"] {
		r.Cells = sorted(r.cells, func(a, b kv.CellDoc) int {
			return cmp.Or(cmp.Compare(a.Prompt, b.Prompt), byScheme(a.Mode, a.Ratio, a.Rule, b.Mode, b.Ratio, b.Rule))
		})
	}
	if changed["scores"] {
		r.Scores = sorted(r.scores, func(a, b kv.ScoreDoc) int { return byScheme(a.Mode, a.Ratio, a.Rule, b.Mode, b.Ratio, b.Rule) })
	}
	if changed["wrong"] {
		r.Wrong = sorted(r.wrong, func(a, b kv.WrongDoc) int {
			return cmp.Or(cmp.Compare(a.Archive, b.Archive), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Question, b.Question),
				byScheme(a.Mode, a.Ratio, a.Rule, b.Mode, b.Ratio, b.Rule))
		})
	}
}

// sorted returns the values ordered by cmp, those it finds equal by their key.
func sorted[T any](m map[string]T, cmp func(a, b T) int) []T {
	keys := slices.Sorted(maps.Keys(m))
	out := make([]T, len(keys))
	for i, k := range keys {
		out[i] = m[k]
	}
	slices.SortStableFunc(out, cmp)
	return out
}

// byScheme orders schemes as tables do: modes as package kv lists them, then
// ratio, then rule.
func byScheme(modeA string, ratioA float64, ruleA, modeB string, ratioB float64, ruleB string) int {
	place := func(mode string) int {
		if i := slices.Index(kv.Modes(), mode); i >= 0 {
			return i
		}
		return len(kv.Modes())
	}
	return cmp.Or(cmp.Compare(place(modeA), place(modeB)), cmp.Compare(ratioA, ratioB), cmp.Compare(ruleA, ruleB))
}

// Mode returns the result of a mode by its key.
func (r *Run) Mode(key string) (kv.ModeDoc, bool) {
	m, ok := r.modes[key]
	return m, ok
}

// Context returns n, the number of context tokens, 0 while it is not known.
func (r *Run) Context() int {
	if r.Prompt == nil {
		return 0
	}
	return r.Prompt.Context
}

// Layers returns the number of layers, 0 while it is not known.
func (r *Run) Layers() int {
	if r.Model != nil && r.Model.Layers > 0 {
		return r.Model.Layers
	}
	for _, m := range r.Modes {
		if len(m.Layers) > 0 {
			return len(m.Layers)
		}
	}
	return 0
}

// Segment returns the segment that holds a position.
func (r *Run) Segment(pos int) (kv.SegmentDoc, bool) {
	if r.Prompt == nil {
		return kv.SegmentDoc{}, false
	}
	for _, s := range r.Prompt.Segments {
		if pos >= s.Start && pos < s.End {
			return s, true
		}
	}
	return kv.SegmentDoc{}, false
}

// Token returns the printable text of a token, "" where the model has no tokenizer.
func (r *Run) Token(pos int) string {
	if r.Prompt == nil || pos < 0 || pos >= len(r.Prompt.Text) {
		return ""
	}
	return r.Prompt.Text[pos]
}
