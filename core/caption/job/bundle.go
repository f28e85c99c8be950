package job

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/core/bench"
	"assay/core/caption"
	"assay/core/caption/captioner"
	"assay/core/caption/compose"
	"assay/core/caption/oracle"
	"assay/core/caption/picture"
	"assay/core/run"
)

// Bundle is the manifest of an issue that is handed on: with the pictures beside
// it, everything to see, judge and ask again.
type Bundle struct {
	Version   int                 `json:"version"`
	RunID     run.ID              `json:"run_id"`
	Command   string              `json:"command"` // the campaign
	Params    json.RawMessage     `json:"params"`
	Variant   string              `json:"variant"`
	Captioner string              `json:"captioner"` // fingerprint
	Classes   []string            `json:"classes"`
	Also      map[string][]string `json:"also,omitempty"`
	Synonyms  string              `json:"synonyms,omitempty"`
	Pair      caption.Pair        `json:"pair"`
	Label     *run.Label          `json:"label,omitempty"`
}

// bundleFile is the manifest's name in the folder of a bundle.
const bundleFile = "manifest.json"

// WriteBundle writes one pair of a run into a folder: manifest, both pictures,
// the cut-out, and a text for people.
func WriteBundle(ctx context.Context, g *Gallery, id run.ID, pair, dir string) (Bundle, error) {
	d, pairs, err := Read(ctx, g.Reader, id)
	if err != nil {
		return Bundle{}, err
	}
	at := slices.IndexFunc(pairs, func(p caption.Pair) bool { return p.ID == pair })
	if at < 0 {
		return Bundle{}, &run.Error{Code: run.ENoRun, Text: fmt.Sprintf("run %s has no pair %q", id, pair), Hint: "assay caption report lists the issues"}
	}
	origin, p, err := g.origin(ctx, id)
	if err != nil {
		return Bundle{}, err
	}
	own, _, err := campaignParams(ctx, g.Reader, id)
	if err != nil {
		return Bundle{}, err
	}
	b := Bundle{Version: 1, RunID: origin, Command: Kinds()[0].CommandLine(p), Params: p.JSON(), Variant: d.Variant, Captioner: d.Plan.Fingerprint, Classes: d.Plan.Classes, Also: d.Plan.Also, Synonyms: own.String("synonyms"), Pair: pairs[at]}
	labels, err := g.Reader.Labels(ctx, id)
	if err != nil {
		return b, err
	}
	for _, l := range labels {
		if l.Key == pair {
			b.Label = &l
		}
	}
	pics, err := g.Pair(ctx, id, pair)
	if err != nil {
		return b, err
	}
	c, stage, _, err := g.find(ctx, id, pair)
	if err != nil {
		return b, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return b, &run.Error{Code: run.EInput, Text: "bundle folder " + dir + " cannot be made", Err: pathCause(err)}
	}
	for name, img := range map[string]*image.NRGBA{"source.png": pics[0], "followup.png": pics[1], "cutout.png": stage.World.Corpus.Objects[c.Object].Pixels.Image()} {
		data, err := picture.PNG(img)
		if err != nil {
			return b, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return b, &run.Error{Code: run.EInput, Text: "bundle folder " + dir, Err: pathCause(err)}
		}
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return b, err
	}
	for name, data := range map[string][]byte{bundleFile: append(text, '\n'), "README.txt": []byte(b.story())} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return b, &run.Error{Code: run.EInput, Text: "bundle folder " + dir, Err: pathCause(err)}
		}
	}
	return b, nil
}

// story tells the issue to a person.
func (b Bundle) story() string {
	var t strings.Builder
	p := b.Pair
	fmt.Fprintf(&t, "Pair %s: %s of a %s, overlap level %d.\n\n", p.ID, p.Relation, p.Object, p.Level)
	fmt.Fprintf(&t, "source.png    %q\nfollowup.png  %q\n\n", p.Captions[0], p.Captions[1])
	fmt.Fprintf(&t, "Verdict: %s (%s). %s\n", p.Verdict, p.Category, p.Rule)
	if p.Known {
		fmt.Fprintf(&t, "Truth: %v before, %v after; blame: %s.\n", p.Source.Truth, p.Followup.Truth, p.Blame)
	}
	if b.Label != nil {
		fmt.Fprintf(&t, "Label: %s %s\n", b.Label.Word, b.Label.Note)
	}
	fmt.Fprintf(&t, "\nThe campaign:   %s\nAgain, from this folder:   assay caption repro . --ask\n", b.Command)
	return t.String()
}

// ReproDoc is the document of `assay caption repro`.
type ReproDoc struct {
	ID       string    `json:"id"`
	Pictures bool      `json:"pictures_equal"` // composed again, pixel for pixel
	Verdict  string    `json:"verdict"`        // of the captions in the bundle, judged again
	Same     bool      `json:"verdict_equal"`
	Asked    bool      `json:"asked"`
	Captions [2]string `json:"captions"` // those of now where it was asked
	Outcome  string    `json:"outcome"`  // reproduced, not reproduced, changed
}

// The outcomes of a reproduction.
const (
	Reproduced    = "reproduced"
	NotReproduced = "not reproduced"
	Changed       = "changed" // another violation than then
)

// Repro composes the pictures of a bundle again, judges its captions again and,
// with ask, asks the captioner again.
func Repro(ctx context.Context, dir string, ask bool) (ReproDoc, error) {
	var d ReproDoc
	data, err := os.ReadFile(filepath.Join(dir, bundleFile))
	if err != nil {
		return d, &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s is no bundle: %s cannot be read", dir, bundleFile), Err: pathCause(err)}
	}
	b, p, err := ParseBundle(data)
	if err != nil {
		return d, &run.Error{Code: run.EInput, Text: filepath.Join(dir, bundleFile), Err: err}
	}
	synonyms, err := Synonyms(b.Synonyms)
	if err != nil {
		return d, err
	}
	o, err := oracle.New(oracle.Options{Variant: b.Variant, Classes: b.Classes, Synonyms: synonyms, Also: b.Also})
	if err != nil {
		return d, err
	}
	stage, err := NewStage(p)
	if err != nil {
		return d, err
	}
	d.ID = b.Pair.ID
	k := slices.IndexFunc(stage.Plan.Cases, func(c compose.Case) bool { return c.ID == b.Pair.ID })
	if k < 0 {
		return d, &run.Error{Code: run.EInput, Text: fmt.Sprintf("the plan of the bundle has no pair %s", b.Pair.ID), Hint: "another version of assay may have made it, or the corpus folder has changed"}
	}
	c := stage.Plan.Cases[k]
	img0, pic0 := stage.World.Render(c.Source)
	img1, pic1 := stage.World.Render(c.Followup)
	d.Pictures = pic0.SHA == b.Pair.Source.SHA && pic1.SHA == b.Pair.Followup.SHA
	pair := b.Pair
	verdictOf(o, &pair, c.Left, [][2]string{b.Pair.Captions})
	d.Verdict, d.Same, d.Captions = pair.Verdict, pair.Verdict == b.Pair.Verdict && slices.Equal(pair.Violations, b.Pair.Violations), pair.Captions
	if ask {
		if d.Captions, err = askAgain(ctx, p, o, [2]captioner.Picture{{ID: pic0.ID, SHA: pic0.SHA, Image: img0}, {ID: pic1.ID, SHA: pic1.SHA, Image: img1}}); err != nil {
			return d, err
		}
		d.Asked = true
		verdictOf(o, &pair, c.Left, [][2]string{d.Captions})
		d.Verdict = pair.Verdict
	}
	switch {
	case pair.Verdict != b.Pair.Verdict:
		d.Outcome = NotReproduced
	case !slices.Equal(pair.Violations, b.Pair.Violations):
		d.Outcome = Changed
	default:
		d.Outcome = Reproduced
	}
	return d, nil
}

// ParseBundle reads the manifest of a bundle and the parameters in it.
func ParseBundle(data []byte) (b Bundle, p bench.Params, err error) {
	if err := json.Unmarshal(data, &b); err != nil {
		return b, nil, fmt.Errorf("not the manifest of a bundle: %w", err)
	}
	if b.Version != 1 || b.Pair.ID == "" || len(b.Classes) == 0 {
		return b, nil, fmt.Errorf("not the manifest of a bundle of version 1")
	}
	p, err = runSchema().FromJSON(b.Params)
	return b, p, err
}

func askAgain(ctx context.Context, p bench.Params, o *oracle.Oracle, pics [2]captioner.Picture) (said [2]string, err error) {
	dir, err := os.MkdirTemp("", "assay-caption-")
	if err != nil {
		return said, err
	}
	defer os.RemoveAll(dir)
	c, err := open(ctx, p, o, dir)
	if err != nil {
		return said, err
	}
	defer c.Close()
	for i, pic := range pics {
		a, err := c.Ask(ctx, pic, 0)
		if err != nil {
			return said, err
		}
		if a.Failure != "" {
			return said, &run.Error{Code: run.EInput, Text: fmt.Sprintf("the captioner failed on %s: %s: %s", pic.ID, a.Failure, a.Detail)}
		}
		said[i] = a.Text
	}
	return said, nil
}
