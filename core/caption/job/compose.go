package job

import (
	"context"
	"os"
	"path/filepath"

	"assay/core/bench"
	"assay/core/caption"
	"assay/core/caption/compose"
	"assay/core/caption/picture"
	"assay/core/run"
)

// ScenesSchema is the part of the parameters that decides the pictures.
func ScenesSchema() bench.Schema { return scenes() }

// Compose writes the pictures that a campaign of these parameters shows to a
// captioner into a folder, which is made, and describes them. visit hears how
// far it is.
func Compose(ctx context.Context, p bench.Params, dir string, visit func(done, total int)) (caption.ComposeDoc, error) {
	doc := caption.ComposeDoc{Pairs: []caption.ComposedPair{}}
	if err := checkScenes(p); err != nil {
		return doc, err
	}
	stage, err := NewStage(p)
	if err != nil {
		return doc, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return doc, &run.Error{Code: run.EInput, Text: "output folder " + dir + " cannot be made", Err: pathCause(err)}
	}
	doc.Rejected = stage.Plan.Rejected
	written := map[string]caption.ComposedPicture{}
	put := func(s compose.Scene) (caption.ComposedPicture, error) {
		if c, ok := written[s.ID]; ok {
			return c, nil
		}
		img, pic := stage.World.Render(s)
		data, err := picture.PNG(img)
		if err != nil {
			return caption.ComposedPicture{}, err
		}
		c := caption.ComposedPicture{File: s.ID + ".png", SHA: pic.SHA, Truth: pic.Truth, Boxes: pic.Boxes}
		if err := os.WriteFile(filepath.Join(dir, c.File), data, 0o644); err != nil {
			return c, &run.Error{Code: run.EInput, Text: "picture " + filepath.Join(dir, c.File) + " cannot be written", Err: pathCause(err)}
		}
		written[s.ID] = c
		return c, nil
	}
	for i, c := range stage.Plan.Cases {
		if ctx.Err() != nil {
			return doc, ctx.Err()
		}
		visit(i, len(stage.Plan.Cases))
		pair := caption.ComposedPair{ID: c.ID, Relation: c.Relation, Object: c.Class, Level: c.Level}
		if pair.Source, err = put(c.Source); err != nil {
			return doc, err
		}
		if pair.Followup, err = put(c.Followup); err != nil {
			return doc, err
		}
		doc.Pairs = append(doc.Pairs, pair)
	}
	return doc, nil
}

// PlanDoc is the document of `assay caption plan`: what a run of some parameters
// would do.
type PlanDoc struct {
	caption.PlanDoc
	CostUSD float64       `json:"cost_usd"` // of the requests, by --price-image
	Pairs   []PlannedPair `json:"planned"`
}

// PlannedPair is a pair of a plan.
type PlannedPair struct {
	ID         string       `json:"id"`
	Relation   string       `json:"relation"`
	Object     string       `json:"object"`
	File       string       `json:"file"` // the cut-out
	Background string       `json:"background"`
	Level      int          `json:"level"`
	Rho        []float64    `json:"rho,omitempty"`
	Place      compose.Rect `json:"place"`
}

// Plan says what a run would do, without asking anybody.
func Plan(p bench.Params) (PlanDoc, error) {
	doc := PlanDoc{Pairs: []PlannedPair{}}
	if err := checkScenes(p); err != nil {
		return doc, err
	}
	stage, err := NewStage(p)
	if err != nil {
		return doc, err
	}
	doc.PlanDoc = stage.planDoc(p, nil, p.String("variant"))
	doc.CostUSD = float64(doc.Requests) * p.Float("price_image")
	w := stage.World
	for _, c := range stage.Plan.Cases {
		pair := PlannedPair{ID: c.ID, Relation: c.Relation, Object: c.Class, File: w.Corpus.Objects[c.Object].ID, Background: w.Backgrounds[c.Source.Background].Name, Level: c.Level, Rho: c.Rho}
		for _, s := range []compose.Scene{c.Source, c.Followup} {
			for _, o := range s.Objects {
				if o.Inserted {
					pair.Place = o.Rect
				}
			}
		}
		doc.Pairs = append(doc.Pairs, pair)
	}
	return doc, nil
}
