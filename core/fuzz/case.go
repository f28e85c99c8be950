package fuzz

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
)

// Case is one invocation of an API: everything a fresh process needs to repeat it.
type Case struct {
	API    string  `json:"api"`
	Args   []Value `json:"args"`
	Kwargs []Named `json:"kwargs,omitempty"` // in a fixed order
	Call   string  `json:"call,omitempty"`   // how the library reaches the API where its name does not say
	Post   string  `json:"post,omitempty"`   // a differentiable step behind the API, see package wire
	Seed   int64   `json:"seed,omitempty"`   // of the library's own generator before every call
}

// Named is a keyword argument.
type Named struct {
	Name  string `json:"name"`
	Value Value  `json:"value"`
}

// Tensors returns the tensors of the case in their order: arguments, then keyword
// arguments, lists depth first. They are those of the case, not copies.
func (c *Case) Tensors() []*Tensor {
	var out []*Tensor
	c.Walk(func(v *Value) {
		if v.Kind == KindTensor && v.Tensor != nil {
			out = append(out, v.Tensor)
		}
	})
	return out
}

// Inputs returns the tensors that the oracle differentiates by, in order.
func (c *Case) Inputs() []*Tensor {
	var out []*Tensor
	for _, t := range c.Tensors() {
		if t.Diff {
			out = append(out, t)
		}
	}
	return out
}

// Reals returns the real numbers among the inputs: the columns of a Jacobian.
func (c *Case) Reals() int {
	n := 0
	for _, t := range c.Inputs() {
		n += t.Reals()
	}
	return n
}

// Walk visits every value, a list before its elements.
func (c *Case) Walk(visit func(*Value)) {
	for i := range c.Args {
		walk(&c.Args[i], visit)
	}
	for i := range c.Kwargs {
		walk(&c.Kwargs[i].Value, visit)
	}
}

func walk(v *Value, visit func(*Value)) {
	visit(v)
	for i := range v.List {
		walk(&v.List[i], visit)
	}
}

// mostReals is the most numbers of a tensor that a case from outside may have.
const mostReals = 1 << 20

// Sound checks what a case from outside says of itself: that it names an API, that
// values of kind tensor have one, and that each tensor has the numbers of its shape.
func (c *Case) Sound() error {
	if c.API == "" {
		return errors.New("the case names no api")
	}
	var err error
	c.Walk(func(v *Value) {
		if v.Kind == KindTensor && v.Tensor == nil && err == nil {
			err = errors.New("a value of kind tensor without a tensor")
		}
	})
	if err != nil {
		return err
	}
	for i, t := range c.Tensors() {
		n := 1
		if t.DType.Complex() {
			n = 2
		}
		for _, d := range t.Shape {
			if d < 0 || d > mostReals || n > mostReals {
				return fmt.Errorf("tensor %d has shape %v: expected sizes from 0, at most %d numbers", i, t.Shape, mostReals)
			}
			n *= d
		}
		if n > mostReals || len(t.Data) != 8*n {
			return fmt.Errorf("tensor %d of shape %v has %d bytes of numbers, expected %d", i, t.Shape, len(t.Data), 8*n)
		}
	}
	return nil
}

// Clone returns a deep copy.
func (c *Case) Clone() *Case {
	d := *c
	d.Args = cloneList(c.Args)
	d.Kwargs = nil
	for _, k := range c.Kwargs {
		d.Kwargs = append(d.Kwargs, Named{k.Name, k.Value.Clone()})
	}
	return &d
}

// Clone returns a deep copy.
func (v Value) Clone() Value {
	v.List = cloneList(v.List)
	if v.Tensor != nil {
		t := *v.Tensor
		t.Shape = append([]int{}, t.Shape...)
		t.Data = append([]byte{}, t.Data...)
		v.Tensor = &t
	}
	return v
}

func cloneList(list []Value) []Value {
	if list == nil {
		return nil
	}
	out := make([]Value, len(list))
	for i, v := range list {
		out[i] = v.Clone()
	}
	return out
}

// Digest returns the SHA-256 of the case: names, types, shapes, numbers.
func (c *Case) Digest() [32]byte { return sha256.Sum256(encode(c)) }

// encode writes the case as its canonical JSON: fields have one order, and no maps.
func encode(c *Case) []byte {
	data, err := json.Marshal(c)
	if err != nil {
		panic("fuzz: a case does not encode: " + err.Error()) // plain values always do
	}
	return data
}
