package model

import (
	"fmt"

	"assay/gpu"
)

// blockRows is how many rows the row-wise steps (norm, MLP, head) take at a time. It bounds scratch memory whatever the
// length of the text and keeps the intermediate rows in cache: at 2,048 tokens of the demo model 256 rows are 1.4 times as
// fast as all rows at once. It cannot change a result, since rows are independent.
const blockRows = 256

// Workspace is scratch memory for the forward pass. It grows to what the largest call needed and is then reused, so that
// repeated calls do not allocate tensors. Use one per stream, never from two goroutines at once.
type Workspace struct {
	dev  *gpu.Device
	norm gpu.Tensor // flat f32 buffers
	gate gpu.Tensor
	up   gpu.Tensor
}

// NewWorkspace returns an empty workspace for the model's device.
func NewWorkspace(m *Model) *Workspace { return &Workspace{dev: m.Device} }

// rows views a buffer as [n, width], growing it when it is too small. The contents are whatever was left there.
func (ws *Workspace) rows(buf *gpu.Tensor, n, width int) (gpu.Tensor, error) {
	need := n * width
	if buf.Len() < need {
		t, err := ws.dev.New(gpu.F32, need)
		if err != nil {
			return gpu.Tensor{}, fmt.Errorf("scratch memory: %w", err)
		}
		*buf = t
	}
	part, err := buf.Slice(0, 0, need)
	if err != nil {
		return gpu.Tensor{}, err
	}
	return part.View(n, width)
}
