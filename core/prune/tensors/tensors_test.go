package tensors_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/core/prune"
	"assay/core/prune/tensors"
)

func layout(t *testing.T) *prune.Layout {
	t.Helper()
	s, err := prune.ParseSpec([]byte(`{"input":[1,4,4],"layers":[{"op":"conv","name":"c","out":2,"kernel":3,"bias":true},{"op":"batchnorm","name":"b"},{"op":"flatten"},{"op":"linear","name":"f","out":3}]}`))
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Layout()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestCheckpointsComeBack(t *testing.T) {
	l := layout(t)
	params, running, err := l.Init(1, prune.FanIn)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := tensors.Save(path, l, params, running, map[string]string{"seed": "1"}); err != nil {
		t.Fatal(err)
	}
	p, r, err := tensors.Checkpoint(path, l)
	if err != nil || !slices.Equal(p, params) || !slices.Equal(r, running) {
		t.Errorf("%v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".assay-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestForeignCheckpointsAreListed(t *testing.T) {
	l := layout(t)
	path := filepath.Join(t.TempDir(), "a.safetensors")
	list := []tensors.Tensor{
		{Name: "module.c.weight", Shape: []int{2, 1, 3, 3}, Floats: make([]float32, 18)},
		{Name: "f.weight", Shape: []int{8, 3}, Floats: make([]float32, 24)},
		{Name: "b.weight", Shape: []int{2}, Floats: make([]float32, 2)},
		{Name: "b.bias", Shape: []int{2}, Floats: make([]float32, 2)},
		{Name: "g", Shape: []int{1}, Floats: make([]float32, 1)},
	}
	if err := tensors.Write(path, list, nil); err != nil {
		t.Fatal(err)
	}
	_, _, err := tensors.Checkpoint(path, l)
	if err == nil {
		t.Fatal("it is read")
	}
	for _, want := range []string{"c.bias [2] is missing", "f.weight is [8 3], expected [3 8] (transposed?)", "g is unexpected"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: nothing about %q", err, want)
		}
	}
}

func TestACheckpointThatDivergedIsRefused(t *testing.T) {
	l := layout(t)
	params, running, err := l.Init(1, prune.FanIn)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.safetensors")
	f, ok := l.Find(3, prune.Weight)
	if !ok {
		t.Fatal("no weights of f")
	}
	params[f.Offset], params[f.Offset+2] = float32(math.NaN()), float32(math.Inf(-1))
	if err := tensors.Save(path, l, params, running, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tensors.Checkpoint(path, l); err == nil || !strings.Contains(err.Error(), "2 of 24 values of f.weight are not finite") {
		t.Error(err)
	}
}

func FuzzCheckpoint(f *testing.F) {
	s, err := prune.ParseSpec([]byte(`{"input":[2],"layers":[{"op":"linear","name":"a","out":2}]}`))
	if err != nil {
		f.Fatal(err)
	}
	l, err := s.Layout()
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(f.TempDir(), "seed.safetensors")
	if err := tensors.Save(path, l, []float32{1, 2, 3, 4}, nil, map[string]string{"seed": "1"}); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(bytes.Replace(whole, []byte("F32"), []byte("F16"), 1))
	f.Add(bytes.Replace(whole, []byte("a.weight"), []byte("b.weight"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		params, running, err := tensors.Checkpoint(path, l)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
			return
		}
		if len(params) != l.Params || len(running) != l.Running {
			t.Errorf("%d parameters and %d statistics, expected %d and %d", len(params), len(running), l.Params, l.Running)
		}
		for _, v := range params {
			if v != v {
				t.Error("NaN passes")
			}
		}
	})
}

func TestBatches(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.safetensors")
	write := func(x []float32, shape []int, y []byte) {
		t.Helper()
		if err := tensors.Write(path, []tensors.Tensor{{Name: "x", Shape: shape, Floats: x}, {Name: "y", Shape: []int{len(y)}, Bytes: y}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	write([]float32{1, 2, 3, 4}, []int{2, 2}, []byte{0, 1})
	if x, y, err := tensors.Batch(path, []int{2}, 2); err != nil || len(x) != 4 || !slices.Equal(y, []int32{0, 1}) {
		t.Errorf("%v %v %v", x, y, err)
	}
	for _, c := range []struct {
		classes int
		input   []int
		want    string
	}{{1, []int{2}, "class 1"}, {2, []int{3}, "expected a number of inputs"}} {
		if _, _, err := tensors.Batch(path, c.input, c.classes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, expected %q", err, c.want)
		}
	}
	write([]float32{1, 2}, []int{1, 2}, []byte{0, 1})
	if _, _, err := tensors.Batch(path, []int{2}, 2); err == nil || !strings.Contains(err.Error(), "2 labels for 1") {
		t.Errorf("%v", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data[:len(data)-3], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tensors.Batch(path, []int{2}, 2); err == nil || !strings.Contains(err.Error(), "truncated") {
		t.Errorf("%v", err)
	}
}

// Public PyTorch models call the same tensors by other names.
func TestCheckpointReadsOtherNamesOfTheSameNets(t *testing.T) {
	for net, rename := range map[string]func(string) string{
		"lenet5": func(s string) string {
			return strings.NewReplacer("fc1.", "fc3.", "fc2.", "fc4.").Replace(s)
		},
		"resnet20": func(s string) string { return "module." + strings.Replace(s, "linear.", "fc.", 1) },
		"tiny-vgg": func(s string) string { return strings.Replace(s, "features.", "feature.", 1) },
		"lenet300": func(s string) string { return s },
		"resnet32": func(s string) string { return s },
	} {
		spec, err := prune.Named(net)
		if err != nil {
			t.Fatal(err)
		}
		l, err := spec.Layout()
		if err != nil {
			t.Fatal(err)
		}
		params, running, err := l.Init(3, prune.FanIn)
		if err != nil {
			t.Fatal(err)
		}
		var list []tensors.Tensor
		for _, x := range l.Tensors {
			list = append(list, tensors.Tensor{Name: rename(x.Name), Shape: x.Shape, Floats: params[x.Offset : x.Offset+x.Len]})
		}
		for _, x := range l.Stats {
			list = append(list, tensors.Tensor{Name: rename(x.Name), Shape: x.Shape, Floats: running[x.Offset : x.Offset+x.Len]})
		}
		path := filepath.Join(t.TempDir(), "w.safetensors")
		if err := tensors.Write(path, list, nil); err != nil {
			t.Fatal(err)
		}
		got, _, err := tensors.Checkpoint(path, l)
		if err != nil {
			t.Fatalf("%s: %v", net, err)
		}
		if !slices.Equal(got, params) {
			t.Errorf("%s: other values came back", net)
		}
	}
}
