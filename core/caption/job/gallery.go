package job

import (
	"context"
	"fmt"
	"image"
	"slices"
	"sync"

	"assay/core/bench"
	"assay/core/caption"
	"assay/core/caption/compose"
	"assay/core/run"
)

// Gallery draws the pictures of recorded campaigns again: the database holds no
// pixels. It keeps the stage of the last campaign, without the pixels of its corpus,
// and is safe for concurrent use.
type Gallery struct {
	Reader run.Reader

	mu    sync.Mutex
	id    run.ID
	stage *Stage
}

// Pair returns the source and the follow-up picture of a pair. It is an
// *run.Error where the run or the pair is unknown, the campaign composed no
// pictures, or the corpus folder has changed since.
func (g *Gallery) Pair(ctx context.Context, id run.ID, pair string) (pics [2]*image.NRGBA, err error) {
	c, stage, docs, err := g.find(ctx, id, pair)
	if err != nil {
		return pics, err
	}
	defer stage.World.Forget()
	for i, s := range []compose.Scene{c.Source, c.Followup} {
		img, pic := stage.World.Render(s)
		if pic.SHA != docs[i].SHA {
			return pics, &run.Error{Code: run.EInput, Text: fmt.Sprintf("picture %s cannot be drawn again: the cut-outs have changed since the run", pic.ID), Hint: "restore the corpus folder"}
		}
		pics[i] = img
	}
	return pics, nil
}

// find returns the planned case of a recorded pair and the pictures it recorded.
func (g *Gallery) find(ctx context.Context, id run.ID, pair string) (c compose.Case, s *Stage, docs [2]caption.Picture, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	origin, p, err := g.origin(ctx, id)
	if err != nil {
		return c, nil, docs, err
	}
	if g.id != origin || g.stage == nil {
		if g.stage, err = NewStage(p); err != nil {
			return c, nil, docs, err
		}
		g.id = origin
	}
	pairs, _, err := run.Decode[caption.Pair](ctx, g.Reader, origin, caption.RecordPair)
	if err != nil {
		return c, nil, docs, err
	}
	at := slices.IndexFunc(pairs, func(p caption.Pair) bool { return p.ID == pair })
	k := slices.IndexFunc(g.stage.Plan.Cases, func(c compose.Case) bool { return c.ID == pair })
	if at < 0 || k < 0 {
		return c, nil, docs, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("run %s has no pair %q", id, pair)}
	}
	return g.stage.Plan.Cases[k], g.stage, [2]caption.Picture{pairs[at].Source, pairs[at].Followup}, nil
}

// origin follows replays of a run back to the one that composed the pictures.
func (g *Gallery) origin(ctx context.Context, id run.ID) (run.ID, bench.Params, error) {
	for range 100 { // replays of replays end somewhere
		p, row, err := campaignParams(ctx, g.Reader, id)
		if err != nil {
			return id, nil, err
		}
		if row.Kind == "caption.run" {
			return id, p, nil
		}
		if p.String("of") == "" {
			break
		}
		of, err := g.Reader.Resolve(ctx, p.String("of"))
		if err != nil {
			return id, nil, err
		}
		id = of.ID
	}
	return id, nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("run %s composed no pictures: it judged a file of captions", id)}
}
