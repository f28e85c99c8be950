package plot_test

import (
	"fmt"

	"assay/core/plot"
)

// Eight tokens of two layers on a pane of four columns, quantised to the steps of
// a ramp. The largest value of each cell decides, and only zero is blank.
func Example() {
	m := plot.Matrix{Rows: 2, Cols: 8, Values: []float32{
		0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, .1, .2, .9, .3, .1, .4,
	}}
	g := plot.Reduce(m, 0, 8, 2, 4, plot.Max)
	s := plot.NewSteps(plot.LinearSteps, m.Values)
	for r := range g.Rows {
		for c := range g.Cols {
			fmt.Printf("%3d", s.Of(g.At(r, c)))
		}
		fmt.Println()
	}
	// Output:
	//   0  0  0  0
	//   0  4 15  7
}
