package kvbench

import (
	"assay/core/plot"
	"assay/tui/screens/kvbench/kvdata"
)

// look is how maps are drawn. It survives a change of run and is kept between
// two starts.
type look struct {
	Measure  kvdata.Measure `json:"measure"`
	Absolute bool           `json:"absolute"` // not divided by the norms of full prefill
	Agg      plot.Agg       `json:"agg"`
	Steps    plot.StepKind  `json:"steps"`
	Mode     string         `json:"mode"` // key of the mode last looked at
	Pane     string         `json:"pane"` // focused pane of a blend
	Layer    int            `json:"layer"`
	Token    int            `json:"token"`
	Zoom     int            `json:"zoom"`  // 0 all tokens; each step shows half as many
	Moved    bool           `json:"moved"` // the person has moved the cursor; until then it stands on the largest value
}

func newLook() look { return look{Mode: "blend", Pane: paneMap} }

// valid returns the look with everything that is out of range at its default,
// for what comes out of a file. Cursor and zoom are bounded by the run instead.
func (l look) valid() look {
	d := newLook()
	if l.Measure > kvdata.Attention {
		l.Measure = d.Measure
	}
	if l.Agg > plot.P95 {
		l.Agg = d.Agg
	}
	if l.Steps > plot.QuantileSteps {
		l.Steps = d.Steps
	}
	l.Layer, l.Token, l.Zoom = max(l.Layer, 0), max(l.Token, 0), min(max(l.Zoom, 0), maxZoom)
	return l
}

// maxZoom bounds the zoom: beyond it even the longest context shows a few tokens only.
const maxZoom = 24

// word is the name of the measure with how it is scaled: "dV relative".
func (l look) word() string {
	if !l.Measure.Relatable() {
		return l.Measure.String()
	}
	if l.Absolute {
		return l.Measure.String() + " absolute"
	}
	return l.Measure.String() + " relative"
}
