package score

import "context"

// Agent weights the indices of Panning at every step.
type Agent interface {
	// Weights returns the weights of the indices of SynFlow, SNIP and GraSP, 0 to 2 each.
	Weights(ctx context.Context, o Observation) ([3]float64, error)
}

// Observation is what an agent may look at before a step. Slices are only lent.
type Observation struct {
	Step, Of int
	Keep     float64 // share that the mask of the step before keeps
	Mask     Mask
	Batch    Batch
	Flow     []float32 // dR/d|w| of the masked network
}
