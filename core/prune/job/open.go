package job

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/core/prune"
	"assay/core/prune/net"
	"assay/core/prune/score"
	"assay/core/run"
	"assay/gpu"
)

// maxSpec bounds a description in bytes.
const maxSpec = 1 << 20

// readNet returns the network of a name or of a description file.
func readNet(text string) (prune.Spec, error) {
	if slices.Contains(prune.Names(), text) {
		return prune.Named(text)
	}
	if !strings.HasSuffix(text, ".json") && !strings.ContainsRune(text, filepath.Separator) {
		_, err := prune.Named(text)
		return prune.Spec{}, &run.Error{Code: run.EUsage, Text: err.Error()}
	}
	f, err := os.Open(text)
	if err != nil {
		return prune.Spec{}, &run.Error{Code: run.EInput, Text: "net description " + text, Err: bare(err)}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSpec+1))
	if err != nil {
		return prune.Spec{}, &run.Error{Code: run.EInput, Text: "net description " + text, Err: bare(err)}
	}
	if len(data) > maxSpec {
		return prune.Spec{}, &run.Error{Code: run.EInput, Text: fmt.Sprintf("net description %s: larger than %d KiB", text, maxSpec>>10)}
	}
	s, err := prune.ParseSpec(data)
	if err != nil {
		return prune.Spec{}, &run.Error{Code: run.EInput, Text: text + ": " + err.Error()}
	}
	return s, nil
}

// bare drops the path that the text before it names already.
func bare(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}

// bed is a network on a device, with what judges its masks.
type bed struct {
	device *gpu.Device
	model  *net.Model
	spec   prune.Spec
	layout *prune.Layout
	paths  *score.Paths
}

func openBed(spec prune.Spec, device string, threads int) (*bed, error) {
	paths, err := score.NewPaths(spec)
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: err.Error()}
	}
	d, err := gpu.Open(device, gpu.Options{Threads: threads})
	if err != nil {
		if errors.Is(err, gpu.ErrUnsupported) || errors.Is(err, gpu.ErrRange) {
			return nil, &run.Error{Code: run.EUsage, Text: err.Error()}
		}
		return nil, &run.Error{Code: run.ENoDevice, Text: err.Error()}
	}
	m, err := net.New(d, spec)
	if err != nil {
		return nil, errors.Join(&run.Error{Code: run.EInput, Text: err.Error()}, d.Close())
	}
	return &bed{device: d, model: m, spec: spec, layout: m.Layout(), paths: paths}, nil
}

// macs returns the multiply-adds that a mask leaves, theoretically: those of
// each layer times its density.
func (b *bed) macs(layers []prune.KeptDoc) (int64, error) {
	g, err := b.spec.Graph()
	if err != nil {
		return 0, err
	}
	total := 0.0
	for l, t := range b.layout.Weights() {
		total += float64(g[t.Layer].MACs()) * float64(layers[l].Kept) / float64(layers[l].Of)
	}
	return int64(total + 0.5), nil
}

// Close stops the device. A nil bed has nothing to stop.
func (b *bed) Close() error {
	if b == nil {
		return nil
	}
	return b.device.Close()
}
