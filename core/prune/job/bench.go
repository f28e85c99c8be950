package job

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"assay/core/bench"
	"assay/core/prng"
	"assay/core/prune"
	"assay/core/prune/data"
	"assay/core/prune/net"
	"assay/core/prune/tensors"
	"assay/core/prune/train"
	"assay/core/run"
)

// stage is a bed with images and first weights: what trainings, trials and
// sensitivity maps begin from.
type stage struct {
	*bed
	doc             prune.NetDoc
	set             *data.Set
	test            data.Images
	params, running []float32
}

// openStage loads data, network and checkpoint, and records what was loaded.
func openStage(p bench.Params, env bench.Env) (*stage, error) {
	spec, err := specOf(p)
	if err != nil {
		return nil, err
	}
	set, err := loadSet(p.String("data"), spec)
	if err != nil {
		return nil, err
	}
	if err := train.Fits(spec, set); err != nil {
		return nil, &run.Error{Code: run.EInput, Text: err.Error(), Hint: "take another --net or other --data"}
	}
	b, err := openBed(spec, p.String("device"), p.Int("threads"))
	if err != nil {
		return nil, err
	}
	s := &stage{bed: b, set: set, test: set.Test}
	if err := s.load(p); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	counts, err := spec.Counts()
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	info := b.device.Info()
	s.doc = prune.NetDoc{Net: p.String("net"), Data: set.Name, TrainImages: set.Train.N(), TestImages: s.test.N(), Counts: counts,
		Checkpoint: p.String("checkpoint"), Device: info.String()}
	env.Recorder.Event(run.Info, "net", fmt.Sprintf("%s with %d weights, %s with %d test images, on %s", s.doc.Net, counts.Prunable, set.Name, s.test.N(), info), nil)
	return s, nil
}

// Close stops the device. A nil stage has nothing to stop.
func (s *stage) Close() error {
	if s == nil {
		return nil
	}
	return s.bed.Close()
}

// loadSet reads an image set; without a name, the one that a network takes.
func loadSet(where string, spec prune.Spec) (*data.Set, error) {
	if where == "" {
		if spec.InputLen() != 28*28 {
			return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("--data is missing: a net for %v needs a folder of CIFAR-10 in its binary form", spec.Input),
				Hint: "assay data import makes one of a folder of images"}
		}
		where = data.MNIST
	}
	set, err := data.Load(where)
	if err != nil {
		return nil, &run.Error{Code: run.EInput, Text: err.Error()}
	}
	return set, nil
}

// load chooses the test images and reads or draws the weights.
func (s *stage) load(p bench.Params) error {
	if n := p.Int("images"); n > 0 && n != s.set.Test.N() {
		index, err := s.set.Test.Balanced(prng.New(1, "prune/test"), n)
		if err != nil {
			return &run.Error{Code: run.EUsage, Text: "--images: " + err.Error()}
		}
		s.test = s.set.Test.Pick(index)
	}
	var err error
	if path := p.String("checkpoint"); path != "" {
		s.params, s.running, err = tensors.Checkpoint(path, s.layout)
		return err
	}
	s.params, s.running, err = s.layout.Init(uint64(p.Int("seed")), schemeOf(p))
	return err
}

// images returns the training images of a run.
func (s *stage) images(n int, seed uint64) (data.Images, error) {
	if n == 0 || n == s.set.Train.N() {
		return s.set.Train, nil
	}
	index, err := s.set.Train.Balanced(prng.New(seed, "prune/subset"), n)
	if err != nil {
		return data.Images{}, &run.Error{Code: run.EUsage, Text: "--train-images: " + err.Error()}
	}
	return s.set.Train.Pick(index), nil
}

// evaluate tests the loaded parameters on the test images.
func (s *stage) evaluate(ctx context.Context, rec run.Recorder) (prune.TestDoc, error) {
	l, err := train.Evaluate(ctx, s.model, s.set, s.test, func(done int) { rec.Event(run.Debug, "test", strconv.Itoa(done)+" images", nil) })
	if err != nil {
		return prune.TestDoc{}, err
	}
	return testDoc(l)
}

// errNoNumbers is the cause where a test has no result.
var errNoNumbers = errors.New("the logits are no longer numbers")

func testDoc(l net.Loss) (prune.TestDoc, error) {
	if !l.Finite() {
		return prune.TestDoc{}, &run.Error{Code: run.EInput, Text: "test of the network", Err: errNoNumbers, Hint: "look for NaN or huge values in the checkpoint"}
	}
	return prune.TestDoc{Accuracy: float64(l.Correct) / float64(max(l.N, 1)), Loss: l.Mean, Images: l.N}, nil
}

// writable refuses an output file whose folder is not there, or that is one itself.
func writable(path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return &run.Error{Code: run.EInput, Text: fmt.Sprintf("--out %s is a folder: expected a file", path)}
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return &run.Error{Code: run.EInput, Text: fmt.Sprintf("--out %s: there is no folder %s", path, filepath.Dir(path)), Hint: "make it first"}
	}
	return nil
}
