package prune

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"assay/core/stat"
)

// The records of a sweep, beside RecordNet.
const (
	RecordCell      = "prune.cell"       // CellDoc, by CellDoc.Key
	RecordCellEpoch = "prune.cell-epoch" // CellEpochDoc, by cell key and epoch
	RecordPoint     = "prune.point"      // PointDoc, by method and exponent
)

// CellDoc is one trial of a sweep: a method at an exponent with a seed.
type CellDoc struct {
	Method            string    `json:"method"`
	Exponent          float64   `json:"exponent"` // compression 10^exponent
	Seed              int       `json:"seed"`
	Accuracy          *float64  `json:"accuracy"` // on the test set after the last epoch, 0 to 1; null says Reason
	Loss              *float64  `json:"loss"`
	EffectiveSparsity float64   `json:"effective_sparsity"`
	Sparsity          float64   `json:"sparsity"`
	Kept              int       `json:"kept"`
	Collapsed         []string  `json:"collapsed"`
	Bypassed          []string  `json:"bypassed"`
	Reason            string    `json:"reason"` // empty where the cell is filled
	MACs              int64     `json:"macs"`   // dense multiply-adds times layer density: theoretical
	MaskHash          string    `json:"mask_hash"`
	ScoreMs           float64   `json:"score_ms"` // measured time, as TrainMs
	TrainMs           float64   `json:"train_ms"`
	Layers            []KeptDoc `json:"layers"`
	Warnings          []string  `json:"warnings"`
	Stages            []Stage   `json:"stages,omitempty"` // of panning: how each step weighted its indices
}

// Stage is how a step of Panning weighted its indices: those of SynFlow, SNIP
// and GraSP.
type Stage struct {
	Step     int        `json:"step"`
	Sparsity float64    `json:"sparsity"`
	Weights  [3]float64 `json:"weights"`
}

// Key names a cell.
func (c CellDoc) Key() string { return CellKey(c.Method, c.Exponent, c.Seed) }

// CellKey names the cell of a method, an exponent and a seed.
func CellKey(method string, exponent float64, seed int) string {
	return fmt.Sprintf("%s/%g/%d", method, exponent, seed)
}

// CellEpochDoc is one epoch of a cell's training.
type CellEpochDoc struct {
	Cell     string  `json:"cell"`
	Epoch    int     `json:"epoch"` // done, from 1
	Of       int     `json:"of"`
	Loss     float64 `json:"loss"` // mean over the epoch's batches
	Accuracy float64 `json:"accuracy"`
}

// PointDoc is one point of a curve: a method at an exponent over its seeds.
type PointDoc struct {
	Method   string      `json:"method"`
	Exponent float64     `json:"exponent"`
	Mean     *float64    `json:"mean"` // null where no cell is filled
	CI95     *[2]float64 `json:"ci95"` // of the mean, by Student's t, cut at 0 and 1; null for fewer than two seeds
	N        int         `json:"n"`
	Min      float64     `json:"min"`
	Max      float64     `json:"max"`
}

// PairedDoc compares two methods at an exponent on the same seeds.
type PairedDoc struct {
	A              string      `json:"a"`
	B              string      `json:"b"`
	Exponent       float64     `json:"exponent"`
	MeanDifference float64     `json:"mean_difference"` // a minus b
	CI95           *[2]float64 `json:"ci95"`
	N              int         `json:"n"`
	Better         string      `json:"better"` // a or b where the interval leaves 0 out, else empty
}

// SweepDoc is the document of a sweep, finished or not.
type SweepDoc struct {
	Net    *NetDoc     `json:"net"`
	Cells  []CellDoc   `json:"cells"`
	Curve  []PointDoc  `json:"curve"`
	Paired []PairedDoc `json:"paired"`
}

// Summarise fills curve and paired differences of a document from its cells, in
// the order of methods.
func (d *SweepDoc) Summarise(methods []string) {
	d.Curve, d.Paired = []PointDoc{}, []PairedDoc{}
	by := map[string]map[float64]map[int]float64{} // method, exponent, seed
	var exponents []float64
	for _, c := range d.Cells {
		if by[c.Method] == nil {
			by[c.Method] = map[float64]map[int]float64{}
		}
		if by[c.Method][c.Exponent] == nil {
			by[c.Method][c.Exponent] = map[int]float64{}
		}
		if c.Accuracy != nil {
			by[c.Method][c.Exponent][c.Seed] = *c.Accuracy
		}
		exponents = append(exponents, c.Exponent)
	}
	slices.Sort(exponents)
	exponents = slices.Compact(exponents)
	for _, m := range methods {
		for _, e := range exponents {
			cells, ok := by[m][e]
			if !ok {
				continue
			}
			d.Curve = append(d.Curve, point(m, e, cells))
		}
	}
	for i, a := range methods {
		for _, b := range methods[i+1:] {
			for _, e := range exponents {
				if p, ok := paired(a, b, e, by[a][e], by[b][e]); ok {
					d.Paired = append(d.Paired, p)
				}
			}
		}
	}
}

// inOrder returns the values in ascending order of seed, so that sums have the same bits however cells came in.
func inOrder(cells map[int]float64) (values []float64) {
	for _, s := range slices.Sorted(maps.Keys(cells)) {
		values = append(values, cells[s])
	}
	return values
}

func point(method string, exponent float64, cells map[int]float64) PointDoc {
	x := inOrder(cells)
	p := PointDoc{Method: method, Exponent: exponent, N: len(x)}
	if len(x) == 0 {
		return p
	}
	mean := stat.Mean(x)
	p.Mean, p.Min, p.Max = &mean, slices.Min(x), slices.Max(x)
	if ci, ok := stat.TInterval(x); ok {
		p.CI95 = &[2]float64{math.Max(0, ci[0]), math.Min(1, ci[1])}
	}
	return p
}

func paired(a, b string, exponent float64, ca, cb map[int]float64) (PairedDoc, bool) {
	diff := map[int]float64{}
	for s, x := range ca {
		if y, ok := cb[s]; ok {
			diff[s] = x - y
		}
	}
	if len(diff) == 0 {
		return PairedDoc{}, false
	}
	x := inOrder(diff)
	p := PairedDoc{A: a, B: b, Exponent: exponent, MeanDifference: stat.Mean(x), N: len(x)}
	if ci, ok := stat.TInterval(x); ok {
		p.CI95 = &ci
		switch {
		case ci[0] > 0:
			p.Better = a
		case ci[1] < 0:
			p.Better = b
		}
	}
	return p, true
}

// AgentDoc is the document of a training of an agent.
type AgentDoc struct {
	Steps    int          `json:"steps"`
	Reward   float64      `json:"reward"` // mean of the last ten episodes
	Episodes []EpisodeDoc `json:"episodes"`
}

// EpisodeDoc is one episode of it: one pruning run.
type EpisodeDoc struct {
	Episode  int     `json:"episode"`
	Steps    int     `json:"steps"` // of the environment, so far
	Exponent float64 `json:"exponent"`
	Length   int     `json:"length"`
	Reward   float64 `json:"reward"`
	Dropped  bool    `json:"dropped"` // its reward was no number
}
