package tensors

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/core/prune"
	"assay/core/run"
)

// most is how many faults of a checkpoint are listed.
const most = 20

// Checkpoint reads the parameters and running statistics of a network. Names are
// those of prune.Layout, or the usual other names of the same networks, with or
// without "module." in front; running statistics
// may be left out, all of them, and are those of a new network then.
func Checkpoint(path string, l *prune.Layout) (params, running []float32, err error) {
	f, err := Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	known := map[string]bool{}
	for _, list := range [][]prune.Tensor{l.Tensors, l.Stats} {
		for _, t := range list {
			known[t.Name] = true
		}
	}
	found := map[string]string{} // name in the layout -> name in the file
	own := map[string]bool{}     // names of the file as they stand: none is hidden by an alias
	for _, name := range f.Names() {
		own[strings.TrimPrefix(name, "module.")] = true
	}
	for _, name := range f.Names() {
		short := strings.TrimPrefix(name, "module.")
		if strings.HasSuffix(short, ".num_batches_tracked") {
			continue
		}
		if alias := ours(short, known); !own[alias] {
			short = alias
		}
		if _, twice := found[short]; twice {
			return nil, nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s: two tensors stand for %s", path, short)}
		}
		found[short] = name
	}
	bare := true
	for _, t := range l.Stats {
		if _, ok := found[t.Name]; ok {
			bare = false
		}
	}
	params, running = make([]float32, l.Params), make([]float32, l.Running)
	var faults []string
	read := func(list []prune.Tensor, into []float32) error {
		for _, t := range list {
			name, ok := found[t.Name]
			delete(found, t.Name)
			if !ok {
				faults = append(faults, fmt.Sprintf("%s %v is missing", t.Name, t.Shape))
				continue
			}
			shape, _ := f.Shape(name)
			if !slices.Equal(shape, t.Shape) {
				fault := fmt.Sprintf("%s is %v, expected %v", t.Name, shape, t.Shape)
				if len(shape) == len(t.Shape) && len(shape) > 1 && sorted(shape, t.Shape) {
					fault += " (transposed?)"
				}
				faults = append(faults, fault)
				continue
			}
			values, _, err := f.Floats(name)
			if err != nil {
				return err
			}
			bad := 0
			for _, v := range values {
				if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
					bad++
				}
			}
			if bad > 0 {
				return &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s: %d of %d values of %s are not finite", path, bad, len(values), t.Name),
					Hint: "the training that wrote it diverged: take an earlier checkpoint"}
			}
			copy(into[t.Offset:], values)
		}
		return nil
	}
	if err := read(l.Tensors, params); err != nil {
		return nil, nil, err
	}
	if bare {
		for _, t := range l.Stats {
			if t.Role == prune.Var {
				for i := range t.Len {
					running[t.Offset+i] = 1
				}
			}
		}
	} else if err := read(l.Stats, running); err != nil {
		return nil, nil, err
	}
	extra := make([]string, 0, len(found))
	for name := range found {
		extra = append(extra, name)
	}
	slices.Sort(extra)
	for _, name := range extra {
		faults = append(faults, name+" is unexpected")
	}
	if len(faults) > 0 {
		text := strings.Join(faults[:min(most, len(faults))], "; ")
		if len(faults) > most {
			text += fmt.Sprintf("; and %d more", len(faults)-most)
		}
		return nil, nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("%s is no checkpoint of this net: %s", path, text),
			Hint: "give the net that it was trained as with --net"}
	}
	return params, running, nil
}

func sorted(a, b []int) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// Save writes a checkpoint that Checkpoint reads.
func Save(path string, l *prune.Layout, params, running []float32, meta map[string]string) error {
	var list []Tensor
	for _, t := range l.Tensors {
		list = append(list, Tensor{Name: t.Name, Shape: t.Shape, Floats: params[t.Offset : t.Offset+t.Len]})
	}
	for _, t := range l.Stats {
		list = append(list, Tensor{Name: t.Name, Shape: t.Shape, Floats: running[t.Offset : t.Offset+t.Len]})
	}
	return Write(path, list, meta)
}

// Masks makes the masks of all layers into tensors NAME.weight.mask of 0 and 1.
func Masks(layers []prune.Tensor, mask []bool) []Tensor {
	var list []Tensor
	for _, t := range layers {
		b := make([]byte, t.Len)
		for i, keep := range mask[t.Offset : t.Offset+t.Len] {
			if keep {
				b[i] = 1
			}
		}
		list = append(list, Tensor{Name: t.Name + ".mask", Shape: t.Shape, Bytes: b})
	}
	return list
}
