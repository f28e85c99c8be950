package job_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"assay/core/caption"
	"assay/core/caption/compose"
	"assay/core/caption/corpus"
	"assay/core/caption/demo"
	"assay/core/caption/oracle"
	"assay/core/caption/tinycap"
	"assay/gpu"
)

var update = flag.Bool("update", false, "write the report card of the built-in captioner")

// cardPath is the card that ships beside the weights. The one of training,
// card.json, is over scenes of the training's own kind; this one is over scenes
// that campaigns compose.
const cardPath = "../demo/tinycap/card-composed.json"

type rate struct {
	Rate float64 `json:"rate"`
	N    int     `json:"n"`
}

func (r *rate) add(hit bool) {
	h := r.Rate * float64(r.N)
	if hit {
		h++
	}
	r.N++
	r.Rate = h / float64(r.N)
}

type card struct {
	Pictures  int              `json:"pictures"`
	ClassF1   float64          `json:"class_f1"`
	Recall    float64          `json:"class_recall"`
	ChairI    float64          `json:"chair_i"`
	ChairS    float64          `json:"chair_s"`
	ByArea    map[string]*rate `json:"recall_by_box_area"`
	ByVisible map[string]*rate `json:"recall_by_visible_share"`
	Counts    map[string]*rate `json:"exact_count_when_named"`
}

func band(v float64, ends ...float64) string {
	for i := len(ends) - 2; i >= 0; i-- {
		if v >= ends[i] {
			return fmt.Sprintf("%g-%g", ends[i], ends[i+1])
		}
	}
	return "less"
}

// The errors of the built-in captioner are stated, not hidden: this computes
// them anew, so that the card cannot rot. Kernels give the same bits everywhere,
// so the figures are equal to the last digit.
func TestTheReportCardHolds(t *testing.T) {
	if testing.Short() {
		t.Skip("300 captions")
	}
	set, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	m, err := tinycap.Builtin(dev)
	if err != nil {
		t.Fatal(err)
	}
	o, err := oracle.New(oracle.Options{Classes: set.Classes(), Also: set.Also()})
	if err != nil {
		t.Fatal(err)
	}
	cards := map[string]card{}
	for _, style := range demo.Styles() {
		own := &corpus.Set{}
		for _, obj := range set.Objects {
			if strings.HasPrefix(obj.ID, style+"/") {
				own.Objects = append(own.Objects, obj)
			}
		}
		w, err := compose.NewWorld(own, compose.Blend)
		if err != nil {
			t.Fatal(err)
		}
		c := card{ByArea: map[string]*rate{}, ByVisible: map[string]*rate{}, Counts: map[string]*rate{}}
		said, bad, badPictures, there, named := 0, 0, 0, 0, 0
		for _, pair := range w.NewPlan(compose.Options{Seed: 2026, Backgrounds: 50, Levels: []int{0, 2, 3}, Relations: []string{caption.Insert}, SameClass: 0.25}).Cases {
			img, p := w.Render(pair.Followup)
			a, err := m.Caption(img, 1)
			if err != nil {
				t.Fatal(err)
			}
			c.Pictures++
			wrong := 0
			counts := map[string]caption.ClassCount{}
			for _, s := range o.Says(a.Text) {
				counts[s.Class] = s
				said++
				if p.Truth[s.Class] == 0 {
					wrong++
				}
			}
			bad += wrong
			if wrong > 0 {
				badPictures++
			}
			for _, b := range p.Boxes {
				_, ok := counts[b.Class]
				tally(c.ByArea, band(float64(b.W*b.H)/float64(p.W*p.H), 0.015, 0.03, 0.06, 0.12, 1), ok)
				tally(c.ByVisible, band(b.Visible, 0, 0.55, 0.8, 0.95, 1), ok)
			}
			for class, n := range p.Truth {
				there++
				s, ok := counts[class]
				if ok {
					named++
					tally(c.Counts, fmt.Sprint(n), s.Meets(caption.Interval{Lo: n, Hi: n}))
				}
			}
		}
		precision := 1 - float64(bad)/float64(said)
		c.Recall, c.ChairI, c.ChairS = float64(named)/float64(there), float64(bad)/float64(said), float64(badPictures)/float64(c.Pictures)
		c.ClassF1 = 2 * precision * c.Recall / (precision + c.Recall)
		cards[style] = c
	}
	data, err := json.MarshalIndent(cards, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, '\n')
	if *update {
		if err := os.WriteFile(cardPath, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(cardPath)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Errorf("the card of the built-in captioner has changed; look at it and write it with -update\n%s", data)
	}
}

func tally(m map[string]*rate, key string, hit bool) {
	if m[key] == nil {
		m[key] = &rate{}
	}
	m[key].add(hit)
}
