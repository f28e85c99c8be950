package gorgonia

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"assay/core/fuzz"
)

// api is a public function of the library with cases that are known to run.
type api struct {
	name   string // of the function: "Log2"
	suffix string // of a variant: "Broadcast", else empty
	family string
	cause  string // of the operation below, where that is not the name
	fn     any
	seeds  []fuzz.Case
	known  []fuzz.Known

	check    func(*fuzz.Case) error // of attributes that the library takes unseen and its words rule out
	noLisp   bool                   // the LispMachine cannot even run it
	byDesign string                 // why its gradient is another one
	planted  *fuzz.Planted
}

func (a *api) public() string {
	name := "gorgonia." + a.name
	if a.suffix != "" {
		name += "." + a.suffix
	}
	return name
}

// argument is the value of a parameter of the function and how Go spells it.
type argument struct {
	value  reflect.Value
	source string
}

// arguments turns the values of a case into those of the function's parameters.
// Tensors become the nodes, in order; x0, x1 ... in the source.
func arguments(fn reflect.Type, args []fuzz.Value, nodes []*G.Node) ([]argument, error) {
	next := 0
	node := func() (argument, error) {
		if next >= len(nodes) {
			return argument{}, fmt.Errorf("more tensors than nodes")
		}
		next++
		return argument{reflect.ValueOf(nodes[next-1]), fmt.Sprintf("x[%d]", next-1)}, nil
	}
	var out []argument
	for i, a := range args {
		var want reflect.Type
		switch {
		case fn.IsVariadic() && i >= fn.NumIn()-1:
			want = fn.In(fn.NumIn() - 1).Elem()
		case i < fn.NumIn():
			want = fn.In(i)
		default:
			return nil, fmt.Errorf("%d arguments, the function has %d", len(args), fn.NumIn())
		}
		x, err := convert(a, want, node)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i, err)
		}
		out = append(out, x)
	}
	if least := fn.NumIn(); len(args) < least && !(fn.IsVariadic() && len(args) == least-1) {
		return nil, fmt.Errorf("%d arguments, the function has %d", len(args), least)
	}
	return out, nil
}

// placeholders stand for nodes where only the form of a call is of interest.
func placeholders(n int) []*G.Node { return make([]*G.Node, n) }

// convert makes an argument of the wanted type.
func convert(a fuzz.Value, want reflect.Type, node func() (argument, error)) (argument, error) {
	switch {
	case a.Kind == fuzz.KindTensor && want == reflect.TypeFor[*G.Node]():
		return node()
	case (a.Kind == fuzz.KindList || a.Kind == fuzz.KindTuple) && want == reflect.TypeFor[tensor.Slice]():
		return slice(a)
	case a.Kind == fuzz.KindNone && want == reflect.TypeFor[tensor.Slice]():
		return argument{reflect.Zero(want), "nil"}, nil
	case a.Kind == fuzz.KindName && want.Kind() == reflect.Func:
		f, ok := functions[a.Str]
		if !ok || !reflect.TypeOf(f.fn).ConvertibleTo(want) {
			return argument{}, fmt.Errorf("no function %q of that type", a.Str)
		}
		return argument{reflect.ValueOf(f.fn).Convert(want), f.source}, nil
	case a.Kind == fuzz.KindList || a.Kind == fuzz.KindTuple:
		if want.Kind() != reflect.Slice {
			break
		}
		list := reflect.MakeSlice(want, 0, len(a.List))
		var text []string
		for _, x := range a.List {
			y, err := convert(x, want.Elem(), node)
			if err != nil {
				return argument{}, err
			}
			list = reflect.Append(list, y.value)
			text = append(text, y.source)
		}
		return argument{list, spelled(want) + "{" + strings.Join(text, ", ") + "}"}, nil
	case a.Kind == fuzz.KindInt:
		return number64(float64(a.Int), strconv.FormatInt(a.Int, 10), want)
	case a.Kind == fuzz.KindFloat:
		return number64(float64(a.Float), strconv.FormatFloat(float64(a.Float), 'g', -1, 64), want)
	case a.Kind == fuzz.KindBool && want.Kind() == reflect.Bool:
		return argument{reflect.ValueOf(a.Bool), strconv.FormatBool(a.Bool)}, nil
	}
	return argument{}, fmt.Errorf("a %s where the function takes %s", a.Kind, want)
}

// number64 makes an integer or floating argument; whole floats pass as integers.
func number64(x float64, text string, want reflect.Type) (argument, error) {
	v := reflect.New(want).Elem()
	switch want.Kind() {
	case reflect.Int, reflect.Int64:
		if x != float64(int64(x)) || v.OverflowInt(int64(x)) {
			return argument{}, fmt.Errorf("%s is no integer", text)
		}
		v.SetInt(int64(x))
	case reflect.Uint8, reflect.Uint:
		if x != float64(uint8(x)) {
			return argument{}, fmt.Errorf("%s is no small number from 0", text)
		}
		v.SetUint(uint64(x))
	case reflect.Float64, reflect.Float32:
		v.SetFloat(x)
		if strings.ContainsAny(text, "NI") {
			return argument{}, fmt.Errorf("%s has no literal", text)
		}
	default:
		return argument{}, fmt.Errorf("a number where the function takes %s", want)
	}
	if want == reflect.TypeFor[G.Reduction]() {
		text = "G.Reduction(" + text + ")"
	}
	return argument{v, text}, nil
}

// slice makes a tensor.Slice of [start, end, step].
func slice(a fuzz.Value) (argument, error) {
	var n []int
	for _, x := range a.List {
		if x.Kind != fuzz.KindInt {
			return argument{}, fmt.Errorf("a slice is [start, end, step], integers")
		}
		n = append(n, int(x.Int))
	}
	if len(n) != 3 || n[2] < 1 || n[0] < 0 || n[1] <= n[0] {
		return argument{}, fmt.Errorf("slice %v is not [start, end, step] with 0 <= start < end, step >= 1", n)
	}
	text := fmt.Sprintf("G.S(%d, %d, %d)", n[0], n[1], n[2])
	return argument{reflect.ValueOf(G.S(n[0], n[1], n[2])), text}, nil
}

// spelled is a slice type in the source of a reproducer.
func spelled(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[tensor.Shape]():
		return "tensor.Shape"
	case reflect.TypeFor[G.Nodes]():
		return "G.Nodes"
	}
	return "[]" + strings.ReplaceAll(t.Elem().String(), "uint8", "byte")
}

// bind makes the function of a case for evaluation.
func (a *api) bind(c *fuzz.Case) function {
	return func(nodes []*G.Node) (G.Nodes, error) {
		args, err := arguments(reflect.TypeOf(a.fn), c.Args, nodes)
		if err != nil {
			return nil, err
		}
		values := make([]reflect.Value, len(args))
		for i, x := range args {
			values[i] = x.value
		}
		return outputs(reflect.ValueOf(a.fn).Call(values))
	}
}

// outputs takes the nodes a call has returned: its first result, and its error.
func outputs(results []reflect.Value) (G.Nodes, error) {
	if err, ok := reflect.TypeAssert[error](results[len(results)-1]); ok && err != nil {
		return nil, err
	}
	switch n := results[0].Interface().(type) {
	case *G.Node:
		return G.Nodes{n}, nil
	case G.Nodes:
		return n, nil
	}
	return nil, fmt.Errorf("a result of type %s", results[0].Type())
}

// source is the body of the function of a case in Go.
func (a *api) source(c *fuzz.Case) (string, error) {
	nodes := placeholders(len(c.Tensors()))
	fn := reflect.TypeOf(a.fn)
	args, err := arguments(fn, c.Args, nodes)
	if err != nil {
		return "", err
	}
	var text []string
	for _, x := range args {
		text = append(text, x.source)
	}
	call := fmt.Sprintf("G.%s(%s)", a.name, strings.Join(text, ", "))
	switch {
	case fn.NumOut() == 2 && fn.Out(0) == reflect.TypeFor[G.Nodes]():
		return "\treturn " + call + "\n", nil
	case fn.NumOut() == 1:
		return "\treturn G.Nodes{" + call + "}, nil\n", nil
	}
	rest := strings.Repeat("_, ", fn.NumOut()-2)
	return "\tout, " + rest + "err := " + call + "\n\treturn G.Nodes{out}, err\n", nil
}
