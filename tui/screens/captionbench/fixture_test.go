package captionbench_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"testing"

	"assay/core/caption"
	"assay/core/caption/oracle"
	"assay/core/run"
	"assay/core/run/runtest"
	"assay/core/stat"
)

const campaignID run.ID = "01J9VX00000000000000000000"

var classes = []string{"dog", "cow", "horse", "apple", "person", "boat", "kite", "clock"}

// told is one pair of a campaign: what was inserted, both captions, and how many
// of the object the follow-up really shows.
type told struct {
	id, object, before, after string
	level                     int
	truth                     map[string]int // of the source
	score                     float64
	failed                    string
}

var stories = []told{
	{"b0412-L2", "cow", "a dog and two apples on a beach", "a dog next to a horse and some apples on a beach", 2, map[string]int{"dog": 1, "apple": 2}, 8.1, ""},
	{"b0033-L1", "dog", "two people on a bench", "two people on a bench", 1, map[string]int{"person": 2}, 7.4, ""},
	{"b0190-L3", "apple", "an apple on a table", "three apples on a table", 3, map[string]int{"apple": 1}, 6.9, ""},
	{"b0271-L2", "kite", "a man on a beach", "a man and a boat on a beach", 2, map[string]int{"person": 1}, 6, ""},
	{"b0308-L3", "dog", "a boat on water", "a boat and an animal on water", 3, map[string]int{"boat": 1}, 4.2, ""},
	{"b0077-L1", "clock", "a room with a dog", "a room with a dog", 1, map[string]int{"dog": 1}, 3.9, ""},
	{"b0002-L0", "boat", "a kite over water", "a kite and a boat over water", 0, map[string]int{"kite": 1}, 0, ""},
	{"b0009-L0", "boat", "a kite over water", "", 0, map[string]int{"kite": 1}, 0, caption.FailTimeout},
}

// fixture is a store with the campaign of stories.
func fixture(t testing.TB, state run.State) *runtest.Store {
	t.Helper()
	s := runtest.New()
	s.Put(run.Run{ID: campaignID, Bench: "caption", Kind: "caption.run", Name: "caption-run-1", State: state, Done: int64(len(stories)), Total: 20, Params: []byte(`{"seed":7}`)})
	o, err := oracle.New(oracle.Options{Classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	s.PutRecord(campaignID, caption.RecordPlan, "", caption.PlanDoc{Captioner: "builtin", Variant: "exact", Pairs: 20})
	sum := caption.Summary{Failures: map[string]int{caption.FailTimeout: 1}, Categories: map[string]int{}}
	for _, x := range stories {
		p := caption.Pair{ID: x.id, Relation: caption.Insert, Background: "beach", Object: x.object, Level: x.level, Captions: [2]string{x.before, x.after}, Score: x.score, Known: x.failed == ""}
		p.Failed[1] = x.failed
		p.Source = caption.Picture{ID: x.id, W: 128, H: 128, Truth: x.truth}
		p.Followup = caption.Picture{ID: x.id, W: 128, H: 128, Truth: map[string]int{x.object: 1}, Boxes: []caption.Box{{Class: x.object, X: 32, Y: 32, W: 48, H: 64, Visible: 1, Inserted: true}}}
		for class, n := range x.truth {
			p.Followup.Truth[class] += n
		}
		if x.failed == "" {
			p.Judgement = o.Insertion(x.object, x.before, x.after)
			p.Signature = fmt.Sprint(p.Violations, p.Category)
			p.Wrong, p.Confirmed = p.Verdict == caption.Issue, p.Verdict == caption.Issue
			if p.Wrong {
				p.Blame = caption.BlameFollowup
				sum.Confirmed++
				sum.Categories[p.Category]++
				sum.Wrong++
			}
			sum.Known++
		}
		s.PutRecord(campaignID, caption.RecordPair, p.ID, p)
		if p.Verdict == caption.Issue {
			s.PutRecord(campaignID, run.FindingKind, p.ID, run.Finding{ID: p.ID})
		}
	}
	sum.Precision, sum.PrecisionCI = 1, stat.Wilson95(sum.Confirmed, sum.Confirmed)
	sum.Recall, sum.RecallCI = 1, stat.Wilson95(sum.Wrong, sum.Wrong)
	sum.ByLevel = []caption.LevelDoc{{Level: 0, Pairs: 1, Named: 1}, {Level: 1, Pairs: 2, Issues: 2}}
	sum.Matrix = []caption.ClassDoc{{Class: "cow", Pairs: 1, Issues: 1, Categories: map[string]int{caption.Misclassification: 1}}}
	s.PutRecord(campaignID, caption.RecordSummary, "", sum)
	return s
}

// painter paints pictures whose halves differ: black beside white, then the other
// way round.
type painter struct {
	calls []string
	err   error
}

func (p *painter) Pair(_ context.Context, _ run.ID, pair string) (out [2]*image.NRGBA, err error) {
	p.calls = append(p.calls, pair)
	for side := range out {
		m := image.NewNRGBA(image.Rect(0, 0, 128, 128))
		for y := range 128 {
			for x := range 128 {
				m.Set(x, y, color.Gray{Y: uint8((x/64 + side) % 2 * 255)})
			}
		}
		out[side] = m
	}
	return out, p.err
}

var errPaint = errors.New("the cut-out dog-3.png is gone")
