package prune

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// Op is what a layer computes.
type Op string

// The operations. Conv, Linear and BatchNorm have parameters.
const (
	Conv      Op = "conv"
	Linear    Op = "linear"
	BatchNorm Op = "batchnorm"
	ReLU      Op = "relu"
	MaxPool   Op = "maxpool"
	AvgPool   Op = "avgpool"
	GlobalAvg Op = "globalavg" // mean of each channel: [C,H,W] to [C]
	Flatten   Op = "flatten"
	Add       Op = "add"      // its input plus the output that With names
	Shortcut  Op = "shortcut" // subsampled by Stride, zero channels on both sides up to Out
)

var ops = []Op{Linear, Conv, ReLU, MaxPool, AvgPool, GlobalAvg, Flatten, BatchNorm, Add, Shortcut}

// Layer is one step of a network. Zero fields that can be told from the rest
// are filled in: In from the shape that arrives, Stride as 1 (or the kernel of a
// pool), the kernel of a pool as 2, and the names of layers without parameters.
type Layer struct {
	Op      Op     `json:"op"`
	Name    string `json:"name,omitempty"`
	In      int    `json:"in,omitempty"`  // channels or features that arrive
	Out     int    `json:"out,omitempty"` // channels or features that leave
	Kernel  int    `json:"kernel,omitempty"`
	Stride  int    `json:"stride,omitempty"`
	Padding int    `json:"padding,omitempty"` // zeros on each side
	Bias    bool   `json:"bias,omitempty"`
	From    string `json:"from,omitempty"` // layer whose output is read; "" is the one before, "input" the input
	With    string `json:"with,omitempty"` // add: the other summand
}

// Spec describes a network that classifies: its last layer gives one logit for
// each class.
type Spec struct {
	Input  []int   `json:"input"` // [C,H,W] or [N]
	Layers []Layer `json:"layers"`
}

// InputName is how From and With call what goes into a network.
const InputName = "input"

// Bounds that keep a slip of the finger from asking for terabytes.
const (
	mostLayers = 4096
	mostSide   = 1 << 16
	mostParams = 1 << 30
)

// ParseSpec reads a description in JSON and checks it. Errors name the layer.
func ParseSpec(data []byte) (Spec, error) {
	var s Spec
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return Spec{}, fmt.Errorf("net description: %w", jsonError(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Spec{}, errors.New("net description: more than one JSON value")
	}
	return s, s.Check()
}

// jsonError says what is wrong with a text in the words of JSON, not of Go.
func jsonError(err error) error {
	var wrong *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends too early")
	case errors.As(err, &syntax):
		return fmt.Errorf("no JSON at byte %d: %w", syntax.Offset, err)
	case errors.As(err, &wrong):
		want := "a text"
		switch wrong.Type.Kind() {
		case reflect.Struct:
			want = "an object"
		case reflect.Slice:
			want = "a list"
		case reflect.Bool:
			want = "true or false"
		case reflect.Int:
			want = "a whole number"
		}
		where := "it"
		if wrong.Field != "" {
			where = wrong.Field
		}
		return fmt.Errorf("%s is of type %s at byte %d, expected %s", where, wrong.Value, wrong.Offset, want)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// Check refuses what cannot be built. See Graph for the rules.
func (s Spec) Check() error {
	_, err := s.Graph()
	return err
}

// Node is a layer with everything filled in and the shapes around it.
type Node struct {
	Layer
	Inputs []int // nodes whose outputs are read: one, or two of an add; -1 is the input of the net
	In     []int // shape that arrives, [C,H,W] or [N]
	Out    []int // shape that leaves
}

// Graph resolves the layers in order. It refuses unknown operations, names that
// are missing, doubled or not yet known, shapes that do not fit, and a net whose
// last layer is not a vector of logits.
func (s Spec) Graph() ([]Node, error) {
	if len(s.Input) != 1 && len(s.Input) != 3 {
		return nil, fmt.Errorf("net description: input is %v, expected [C,H,W] or [N]", s.Input)
	}
	for _, d := range s.Input {
		if d < 1 || d > mostSide {
			return nil, fmt.Errorf("net description: input is %v, expected sides of 1 to %d", s.Input, mostSide)
		}
	}
	if len(s.Layers) == 0 || len(s.Layers) > mostLayers {
		return nil, fmt.Errorf("net description: %d layers, expected 1 to %d", len(s.Layers), mostLayers)
	}
	b := builder{input: s.Input, byName: map[string]int{InputName: -1}}
	for i, l := range s.Layers {
		if err := b.add(i, l); err != nil {
			return nil, err
		}
	}
	last := b.nodes[len(b.nodes)-1]
	if len(last.Out) != 1 {
		return nil, fmt.Errorf("net description: the last layer %s gives %v, expected a vector of logits (flatten, globalavg or linear before the end)", last.Name, last.Out)
	}
	return b.nodes, nil
}

// Classes returns the number of logits of a description that Check accepts.
func (s Spec) Classes() int {
	g, err := s.Graph()
	if err != nil {
		return 0
	}
	return g[len(g)-1].Out[0]
}

// InputLen returns the number of values of one input.
func (s Spec) InputLen() int { return product(s.Input) }

type builder struct {
	input  []int
	nodes  []Node
	byName map[string]int
	params int
}

func (b *builder) add(i int, l Layer) error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("net description: layer %d (%s %s): %s", i, l.Op, l.Name, fmt.Sprintf(format, args...))
	}
	if !slices.Contains(ops, l.Op) {
		return fail("unknown op; known are %s", opNames())
	}
	if l.Name == "" {
		if l.Op == Conv || l.Op == Linear || l.Op == BatchNorm {
			return fail("it has parameters and needs a name")
		}
		l.Name = fmt.Sprintf("%s#%d", l.Op, i)
	}
	if _, taken := b.byName[l.Name]; taken {
		return fail("the name is taken")
	}
	n := Node{Layer: l, Inputs: []int{i - 1}}
	if l.From != "" {
		at, ok := b.byName[l.From]
		if !ok {
			return fail("from names %q, which no earlier layer has", l.From)
		}
		n.Inputs[0] = at
	}
	n.In = b.shape(n.Inputs[0])
	if (l.With != "") != (l.Op == Add) {
		return fail("with goes with add, and add with with")
	}
	if l.Op == Add {
		at, ok := b.byName[l.With]
		if !ok {
			return fail("with names %q, which no earlier layer has", l.With)
		}
		n.Inputs = append(n.Inputs, at)
		if other := b.shape(at); !slices.Equal(other, n.In) {
			return fail("adds %v and %v, expected equal shapes", n.In, other)
		}
	}
	if err := n.resolve(fail); err != nil {
		return err
	}
	if b.params += n.paramCount(); b.params > mostParams {
		return fail("the net has more than %d parameters", mostParams)
	}
	b.byName[n.Name] = i
	b.nodes = append(b.nodes, n)
	return nil
}

func (b *builder) shape(node int) []int {
	if node < 0 {
		return b.input
	}
	return b.nodes[node].Out
}

// resolve fills in the layer and its output shape.
func (n *Node) resolve(fail func(string, ...any) error) error {
	for _, v := range []int{n.Layer.In, n.Layer.Out, n.Kernel, n.Stride, n.Padding} {
		if v < 0 || v > mostSide {
			return fail("a size is %d, expected 0 to %d", v, mostSide)
		}
	}
	arrives := n.In[0]
	if n.Op == Linear || n.Op == Flatten && n.Layer.In != arrives {
		arrives = product(n.In) // a flatten may state its channels or all that it lines up
	}
	if n.Layer.In == 0 {
		n.Layer.In = arrives
	}
	if n.Layer.In != arrives {
		return fail("in is %d, but %v arrives", n.Layer.In, n.In)
	}
	spatial := len(n.In) == 3
	switch n.Op {
	case Conv, MaxPool, AvgPool, GlobalAvg, Shortcut:
		if !spatial {
			return fail("it needs [C,H,W], but %v arrives", n.In)
		}
	}
	switch n.Op {
	case Linear:
		if n.Layer.Out < 1 {
			return fail("out is missing")
		}
		n.Out = []int{n.Layer.Out}
		return nil
	case Conv:
		if n.Layer.Out < 1 || n.Kernel < 1 {
			return fail("out and kernel are needed")
		}
		n.Stride = max(n.Stride, 1)
		return n.window(n.Layer.Out, fail)
	case MaxPool, AvgPool:
		if n.Kernel == 0 {
			n.Kernel = 2
		}
		if n.Stride == 0 {
			n.Stride = n.Kernel
		}
		if 2*n.Padding > n.Kernel {
			return fail("padding %d is more than half of the kernel %d", n.Padding, n.Kernel)
		}
		return n.channelsKept(fail, func() error { return n.window(n.In[0], fail) })
	case Shortcut:
		n.Stride = max(n.Stride, 1)
		if n.Layer.Out == 0 {
			n.Layer.Out = n.In[0]
		}
		if extra := n.Layer.Out - n.In[0]; extra < 0 || extra%2 != 0 {
			return fail("out is %d, expected %d plus an even number of zero channels", n.Layer.Out, n.In[0])
		}
		n.Out = []int{n.Layer.Out, (n.In[1] + n.Stride - 1) / n.Stride, (n.In[2] + n.Stride - 1) / n.Stride}
		return nil
	case GlobalAvg:
		return n.channelsKept(fail, func() error { n.Out = []int{n.In[0]}; return nil })
	case Flatten:
		n.Out = []int{product(n.In)}
		if n.Layer.Out != 0 && n.Layer.Out != n.Out[0] {
			return fail("out is %d, but it lines up %d values", n.Layer.Out, n.Out[0])
		}
		n.Layer.Out = n.Out[0]
		return nil
	}
	return n.channelsKept(fail, func() error { n.Out = n.In; return nil })
}

func (n *Node) channelsKept(fail func(string, ...any) error, then func() error) error {
	if n.Layer.Out != 0 && n.Layer.Out != n.In[0] {
		return fail("out is %d, but %s keeps the %d that arrive", n.Layer.Out, n.Op, n.In[0])
	}
	n.Layer.Out = n.In[0]
	return then()
}

// window sets the output shape of a sliding window.
func (n *Node) window(channels int, fail func(string, ...any) error) error {
	h, w := n.In[1]+2*n.Padding-n.Kernel, n.In[2]+2*n.Padding-n.Kernel
	if h < 0 || w < 0 {
		return fail("kernel %d with padding %d does not fit %v", n.Kernel, n.Padding, n.In)
	}
	n.Out = []int{channels, h/n.Stride + 1, w/n.Stride + 1}
	return nil
}

func (n *Node) paramCount() int {
	count := 0
	switch n.Op {
	case Linear:
		count = n.Layer.In * n.Layer.Out
	case Conv:
		count = n.Layer.In * n.Layer.Out * n.Kernel * n.Kernel
	case BatchNorm:
		return 2 * n.Layer.Out
	}
	if n.Bias {
		count += n.Layer.Out
	}
	return count
}

func opNames() string {
	var names []string
	for _, o := range ops {
		names = append(names, string(o))
	}
	return strings.Join(names, ", ")
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
