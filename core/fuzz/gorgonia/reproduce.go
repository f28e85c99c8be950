package gorgonia

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/format"
	"math"
	"runtime"
	"strconv"
	"strings"
	"text/template"
	"time"

	"assay/core/fuzz"
	"assay/core/fuzz/wire"
)

//go:embed jacobian.go
var jacobianSource string

//go:embed check.go
var checkSource string

//go:embed repro/main.go.tmpl
var mainTemplate string

//go:embed repro/go.mod.txt
var goMod []byte

//go:embed repro/go.sum.txt
var goSum []byte

// Reproduce writes a module of Go that needs the library, and nothing of ours.
// Jacobians and comparisons are the source files of this package.
func (Target) Reproduce(f fuzz.FindingDoc) (fuzz.Reproducer, error) {
	text, err := mainSource(f)
	if err != nil {
		return fuzz.Reproducer{}, err
	}
	r := fuzz.Reproducer{
		Files: map[string][]byte{"main.go": text, "go.mod": goMod, "go.sum": goSum},
		Entry: "main.go", Folder: true,
		Build: []string{"go", "build", "-o", "repro", "."}, Run: []string{"./repro"},
		Env:     []string{"GOWORK=off", "GOFLAGS=-buildvcs=false"},
		Timeout: time.Minute,
	}
	for name, source := range map[string]string{"jacobian.go": jacobianSource, "check.go": checkSource} {
		r.Files[name] = []byte(strings.Replace(source, "package gorgonia\n", "package main\n", 1))
	}
	return r, nil
}

func mainSource(f fuzz.FindingDoc) ([]byte, error) {
	if f.Case == nil {
		return nil, fmt.Errorf("finding %s has no case", f.ID)
	}
	var a *api
	for _, x := range all() {
		if x.public() == f.API {
			a = x
		}
	}
	if a == nil {
		return nil, fmt.Errorf("no API %q", f.API)
	}
	in, err := inputs(f.Case)
	if err != nil {
		return nil, err
	}
	body, err := a.source(f.Case)
	if err != nil {
		return nil, err
	}
	c, err := claimOf(f)
	if err != nil {
		return nil, err
	}
	d := struct {
		fuzz.FindingDoc
		Version, Go, Kind, Blamed, Also, Body string
		Math, Tensor                          bool
		Inputs                                []string
	}{FindingDoc: f, Version: Version, Go: runtime.Version(), Kind: c.kind, Blamed: quoted(c.wrong), Also: quoted(c.also), Body: body, Tensor: strings.Contains(body, "tensor.")}
	for _, x := range in {
		d.Inputs = append(d.Inputs, literal(x))
	}
	d.Math = strings.Contains(strings.Join(d.Inputs, ""), "math.")
	t, err := template.New("main.go").Parse(mainTemplate)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := t.Execute(&text, d); err != nil {
		return nil, err
	}
	return format.Source(text.Bytes())
}

// claimOf says what the program of a finding has to show.
func claimOf(f fuzz.FindingDoc) (claim, error) {
	machines := map[fuzz.Wrong][]string{fuzz.WrongReverse: {"tape"}, fuzz.WrongForward: {"lisp"}, fuzz.WrongBoth: {"tape", "lisp"}}
	staged := []string{"direct"}
	switch wire.Stage(f.Stage) {
	case wire.Rev, wire.Rev64:
		staged = []string{"tape"}
	case wire.Fwd, wire.Fwd64:
		staged = []string{"lisp"}
	}
	switch f.Category {
	case fuzz.Crash, fuzz.Hang:
		return claim{kind: "death", wrong: staged}, nil
	case fuzz.Status:
		return claim{kind: "status", wrong: staged}, nil
	case fuzz.ValueDiff:
		if f.Evidence.AbsErr < 1e-12 && f.Pattern != "shape" { // of --variant exact
			return claim{kind: "bits", wrong: staged}, nil
		}
		return claim{kind: "value", wrong: staged}, nil
	case fuzz.ShapeDType:
		return claim{kind: "shape", wrong: []string{"tape"}}, nil
	case fuzz.GradRevFwd:
		return claim{kind: "modes", wrong: []string{"tape", "lisp"}}, nil
	case fuzz.GradRevND, fuzz.GradFwdND, fuzz.NaNMask, fuzz.SilentNone:
		c := claim{kind: "gradient", wrong: machines[f.Wrong]}
		if len(c.wrong) == 0 {
			c.wrong = staged
		}
		if f.Wrong == fuzz.WrongReverse && len(f.Evidence.Forward) > 0 {
			c.also = []string{"lisp"}
		}
		if f.Wrong == fuzz.WrongForward && len(f.Evidence.Reverse) > 0 {
			c.also = []string{"tape"}
		}
		return c, nil
	}
	return claim{}, fmt.Errorf("no program in Go shows a finding of category %s", f.Category)
}

func quoted(list []string) string {
	if len(list) == 0 {
		return "nil"
	}
	return fmt.Sprintf("%#v", list)
}

// literal is an input in Go.
func literal(x input) string {
	var data []string
	for _, v := range x.data {
		switch {
		case math.IsNaN(v):
			data = append(data, "math.NaN()")
		case math.IsInf(v, 0):
			data = append(data, fmt.Sprintf("math.Inf(%+d)", int(math.Copysign(1, v))))
		case v == 0 && math.Signbit(v):
			data = append(data, "math.Copysign(0, -1)")
		default:
			data = append(data, strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	return fmt.Sprintf("{array{%q, %#v, []float64{%s}}, %v}", x.kind, append([]int{}, x.shape...), strings.Join(data, ", "), x.diff)
}
