package captionbench

import (
	"context"
	"encoding/json"
	"image"
	"slices"

	"assay/core/caption"
	"assay/core/run"
	"assay/tui/runview"
)

// Reader is the part of run.Reader that the screen needs.
type Reader interface {
	runview.Source
	runview.Resolver
}

// Painter makes the pictures of a pair of a run: the source and the follow-up. It
// is called from commands, several at a time.
type Painter interface {
	Pair(ctx context.Context, id run.ID, pair string) ([2]*image.NRGBA, error)
}

// campaign is what is read of a run so far.
type campaign struct {
	run     run.Run
	plan    caption.PlanDoc
	summary caption.Summary
	pairs   []caption.Pair // in the order in which they were recorded
	at      map[string]int // index in pairs by ID
	issues  map[string]bool
	labels  map[string]run.Label
}

func newCampaign(id run.ID) *campaign {
	return &campaign{run: run.Run{ID: id}, at: map[string]int{}, issues: map[string]bool{}, labels: map[string]run.Label{}}
}

// known reports whether anything was read of the run yet.
func (c *campaign) known() bool { return c != nil && c.run.Kind != "" }

// news is what was committed to a run since an earlier reading, and all labels.
type news struct {
	run     run.Run
	plan    *caption.PlanDoc
	summary *caption.Summary
	pairs   []caption.Pair
	issues  []string
	labels  []run.Label
}

// readNews reads what a run has committed after a sequence number, 0 for everything.
func readNews(ctx context.Context, r Reader, id run.ID, after int64) (n news, err error) {
	n.run, n.labels, err = runview.Records(ctx, r, id, after, func(rec run.Record) error {
		switch rec.Kind {
		case caption.RecordPlan:
			n.plan = new(caption.PlanDoc)
			return json.Unmarshal(rec.Data, n.plan)
		case caption.RecordSummary:
			n.summary = new(caption.Summary)
			return json.Unmarshal(rec.Data, n.summary)
		case caption.RecordPair:
			n.pairs = append(n.pairs, caption.Pair{})
			return json.Unmarshal(rec.Data, &n.pairs[len(n.pairs)-1])
		case run.FindingKind:
			n.issues = append(n.issues, rec.Key)
		}
		return nil
	})
	return n, err
}

// apply takes news in.
func (c *campaign) apply(n news) {
	c.run = n.run
	if n.plan != nil {
		c.plan = *n.plan
	}
	if n.summary != nil {
		c.summary = *n.summary
	}
	for _, p := range n.pairs {
		if i, ok := c.at[p.ID]; ok {
			c.pairs[i] = p
			continue
		}
		c.at[p.ID] = len(c.pairs)
		c.pairs = append(c.pairs, p)
	}
	for _, id := range n.issues {
		c.issues[id] = true
	}
	clear(c.labels)
	for _, l := range n.labels {
		c.labels[l.Key] = l
	}
}

// pair returns a pair by its ID, nil where there is none.
func (c *campaign) pair(id string) *caption.Pair {
	if i, ok := c.at[id]; ok {
		return &c.pairs[i]
	}
	return nil
}

// group returns the IDs of the issues that look like the same one as p: the same
// signature, p's own among them.
func (c *campaign) group(p *caption.Pair) []string {
	var out []string
	for i := range c.pairs {
		if q := &c.pairs[i]; q.Signature == p.Signature && c.issues[q.ID] {
			out = append(out, q.ID)
		}
	}
	slices.Sort(out)
	return out
}
