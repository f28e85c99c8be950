package prune

// Kinds of records that trainings, trials and sensitivity maps write.
const (
	RecordNet     = "prune.net"     // NetDoc, one
	RecordEpoch   = "prune.epoch"   // EpochDoc, by epoch
	RecordTested  = "prune.tested"  // TestDoc, by stage: before, after, trained
	RecordMask    = "prune.mask"    // MaskDoc, one
	RecordLayer   = "prune.layer"   // LayerDoc, by layer and exponent
	RecordEpisode = "prune.episode" // EpisodeDoc, by episode
)

// NetDoc says what was trained, tried or swept, on what.
type NetDoc struct {
	Net         string `json:"net"`
	Data        string `json:"data"` // name of the image set
	TrainImages int    `json:"train_images"`
	TestImages  int    `json:"test_images"`
	Counts
	Recipe     Recipe `json:"recipe"`
	Checkpoint string `json:"checkpoint,omitempty"`
	Device     string `json:"device"`
	Threads    int    `json:"threads,omitempty"`
}

// EpochDoc is one epoch of a training.
type EpochDoc struct {
	Epoch         int       `json:"epoch"` // from 1
	Loss          float64   `json:"loss"`  // mean over the steps
	TrainAccuracy float64   `json:"train_accuracy"`
	Accuracy      float64   `json:"accuracy"` // on the test images
	TestLoss      float64   `json:"test_loss"`
	LR            float64   `json:"lr"`              // of the last step
	First         []float64 `json:"first,omitempty"` // losses of the first 20 steps, of the first epoch
	TrainMs       float64   `json:"train_ms"`        // measured time
}

// TestDoc is an accuracy on test images.
type TestDoc struct {
	Accuracy float64 `json:"accuracy"`
	Loss     float64 `json:"loss"`
	Images   int     `json:"images"`
}

// TrainDoc is the document of `assay prune train`.
type TrainDoc struct {
	NetDoc
	Epochs   []EpochDoc `json:"epochs_done"`
	Losses   []float64  `json:"losses"` // of the first 20 steps
	Accuracy float64    `json:"accuracy"`
	Loss     float64    `json:"loss"`
	Out      string     `json:"out"` // checkpoint that was written, or empty
}

// MaskDoc is what a method kept of a checkpoint.
type MaskDoc struct {
	Method            string    `json:"method"`
	Exponent          float64   `json:"exponent"`
	Kept              int       `json:"kept"`
	Sparsity          float64   `json:"sparsity"`
	EffectiveSparsity float64   `json:"effective_sparsity"`
	Collapsed         []string  `json:"collapsed"`
	MaskHash          string    `json:"mask_hash"`
	Layers            []KeptDoc `json:"layers"`
	Warnings          []string  `json:"warnings"`
	ScoreMs           float64   `json:"score_ms"`
	MACsKept          int64     `json:"macs_kept"` // multiply-adds times layer density: theoretical
	Dense             *DenseDoc `json:"dense"`     // the checkpoint before; null where none was recorded
}

// DenseDoc is what a checkpoint holds before anything is removed: one that was
// pruned before has zeros, and may have paths that no longer live.
type DenseDoc struct {
	Kept              int       `json:"kept"` // weights other than zero
	Sparsity          float64   `json:"sparsity"`
	EffectiveSparsity float64   `json:"effective_sparsity"`
	Collapsed         []string  `json:"collapsed"`
	MACs              int64     `json:"macs"` // times layer density
	Layers            []KeptDoc `json:"layers"`
}

// TryDoc is the document of `assay prune try`: a checkpoint before and after.
type TryDoc struct {
	NetDoc
	MaskDoc
	Before   TestDoc  `json:"before"`
	After    TestDoc  `json:"after"`
	Trained  *TestDoc `json:"trained"` // after training under the mask; null without
	Accuracy float64  `json:"accuracy"`
	Out      string   `json:"out"`
}

// LayerDoc is the accuracy with one layer pruned and the others whole.
type LayerDoc struct {
	Name     string  `json:"name"`
	Exponent float64 `json:"exponent"`
	Kept     int     `json:"kept"`
	Accuracy float64 `json:"accuracy"`
	Loss     float64 `json:"loss"`
}

// SensitivityDoc is the document of `assay prune sensitivity`.
type SensitivityDoc struct {
	NetDoc
	Dense  TestDoc    `json:"dense"`
	Layers []LayerDoc `json:"layers"`
}

// ShowDoc is the document of `assay prune show`.
type ShowDoc struct {
	Net string `json:"net"`
	Counts
	Input []int     `json:"input"`
	Nodes []NodeDoc `json:"layers"`
	Spec  Spec      `json:"spec"`
}

// NodeDoc is a layer of a network with its sizes.
type NodeDoc struct {
	Name   string `json:"name"`
	Op     Op     `json:"op"`
	In     []int  `json:"in"`
	Out    []int  `json:"out"`
	Params int    `json:"params"`
	MACs   int64  `json:"macs"`
}

// Show describes a network.
func Show(name string, s Spec) (ShowDoc, error) {
	g, err := s.Graph()
	if err != nil {
		return ShowDoc{}, err
	}
	c, err := s.Counts()
	if err != nil {
		return ShowDoc{}, err
	}
	d := ShowDoc{Net: name, Counts: c, Input: s.Input, Spec: s}
	for _, n := range g {
		d.Nodes = append(d.Nodes, NodeDoc{Name: n.Name, Op: n.Op, In: n.In, Out: n.Out, Params: n.paramCount(), MACs: n.MACs()})
	}
	return d, nil
}
