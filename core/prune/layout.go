package prune

// Role is what a tensor of a network is for.
type Role string

// The roles. Weight is prunable; Mean and Var are the running statistics of a
// batch norm and lie outside the parameters.
const (
	Weight Role = "weight"
	Bias   Role = "bias"
	Gamma  Role = "gamma"
	Beta   Role = "beta"
	Mean   Role = "mean"
	Var    Role = "var"
)

// Tensor is a named part of the parameters or of the running statistics.
type Tensor struct {
	Name   string // as in a PyTorch state dict: "conv1.weight", "bn1.running_mean"
	Layer  int    // index of its node in the graph
	Role   Role
	Shape  []int
	Offset int // first element in the parameters, or in the running statistics
	Len    int
}

// Prunable reports whether weights of t may be removed.
func (t Tensor) Prunable() bool { return t.Role == Weight }

// Layout says where each tensor of a network lies; see the package comment.
type Layout struct {
	Tensors  []Tensor // prunable ones first, then biases and batch norms, in layer order each
	Stats    []Tensor // running means and variances
	Prunable int      // elements of prunable tensors: parameters below it are weights
	Params   int      // elements of all parameters
	Running  int      // elements of the running statistics
}

// Weights returns the prunable tensors, in order.
func (l *Layout) Weights() []Tensor {
	for i, t := range l.Tensors {
		if !t.Prunable() {
			return l.Tensors[:i:i]
		}
	}
	return l.Tensors
}

// Find returns the parameter tensor of a layer and a role.
func (l *Layout) Find(layer int, role Role) (Tensor, bool) {
	for _, list := range [][]Tensor{l.Tensors, l.Stats} {
		for _, t := range list {
			if t.Layer == layer && t.Role == role {
				return t, true
			}
		}
	}
	return Tensor{}, false
}

// Counts are the sizes of a network.
type Counts struct {
	Prunable int   `json:"prunable"` // weights of convolutions and linear layers
	Params   int   `json:"params"`   // with biases and batch norms
	MACs     int64 `json:"macs"`     // multiply-adds of one input, dense
}

// Counts returns the exact sizes of a description that Check accepts.
func (s Spec) Counts() (Counts, error) {
	g, err := s.Graph()
	if err != nil {
		return Counts{}, err
	}
	l := layoutOf(g)
	c := Counts{Prunable: l.Prunable, Params: l.Params}
	for _, n := range g {
		c.MACs += n.MACs()
	}
	return c, nil
}

// MACs returns the multiply-adds of a layer for one input.
func (n Node) MACs() int64 {
	switch n.Op {
	case Conv:
		return int64(n.Layer.In) * int64(n.Kernel*n.Kernel) * int64(product(n.Out))
	case Linear:
		return int64(n.Layer.In) * int64(n.Layer.Out)
	}
	return 0
}

// Layout returns where the tensors of the network lie.
func (s Spec) Layout() (*Layout, error) {
	g, err := s.Graph()
	if err != nil {
		return nil, err
	}
	return layoutOf(g), nil
}

func layoutOf(g []Node) *Layout {
	l := &Layout{}
	place := func(name string, layer int, role Role, shape ...int) {
		t := Tensor{Name: name, Layer: layer, Role: role, Shape: shape, Len: product(shape)}
		if role == Mean || role == Var {
			t.Offset = l.Running
			l.Running += t.Len
			l.Stats = append(l.Stats, t)
			return
		}
		t.Offset = l.Params
		l.Params += t.Len
		l.Tensors = append(l.Tensors, t)
	}
	for i, n := range g {
		switch n.Op {
		case Conv:
			place(n.Name+".weight", i, Weight, n.Layer.Out, n.Layer.In, n.Kernel, n.Kernel)
		case Linear:
			place(n.Name+".weight", i, Weight, n.Layer.Out, n.Layer.In)
		}
	}
	l.Prunable = l.Params
	for i, n := range g {
		switch {
		case n.Op == BatchNorm:
			place(n.Name+".weight", i, Gamma, n.Layer.Out)
			place(n.Name+".bias", i, Beta, n.Layer.Out)
			place(n.Name+".running_mean", i, Mean, n.Layer.Out)
			place(n.Name+".running_var", i, Var, n.Layer.Out)
		case n.Bias:
			place(n.Name+".bias", i, Bias, n.Layer.Out)
		}
	}
	return l
}
