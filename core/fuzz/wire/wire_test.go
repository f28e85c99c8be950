package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"assay/core/fuzz"
	"assay/core/fuzz/wire"
)

// square is a library of one API, x*x over its single input.
type square struct{}

func (square) Hello() wire.Event { return wire.Event{Lib: "square", Version: "1"} }

func (square) Enum(_ string, emit func(fuzz.API) error) error {
	return emit(fuzz.API{Name: "square.Square"})
}

func (square) Observe(c *fuzz.Case, _ *wire.Ask, stage func(wire.Stage) error) (*wire.Observation, error) {
	if c.API != "square.Square" {
		return nil, errors.New("no API " + c.API)
	}
	if err := stage(wire.Direct); err != nil {
		return nil, err
	}
	x := c.Inputs()[0].Floats()
	y := make([]float64, len(x))
	for i := range x {
		y[i] = x[i] * x[i]
	}
	return &wire.Observation{N: len(x), M: len(x), Values: map[wire.Stage]wire.Block{wire.Direct: wire.NewBlock(1, len(y), y)}}, nil
}

func TestAWorkerAnswersLineByLine(t *testing.T) {
	in := strings.Join([]string{
		`{"op":"enum","id":1}`,
		`{"op":"observe","id":2,"case":{"api":"square.Square","args":[{"k":"tensor","t":{"dtype":"f64","shape":[1],"data":"AAAAAAAACEA=","diff":true}}]},"ask":{"want":["direct"]}}`,
		`{"op":"observe","id":3,"case":{"api":"square.Cube"},"ask":{}}`,
		`{"op":"dance","id":4}`, `{"op":"ping","id":5}`, `{"op":"quit"}`, `{"op":"ping","id":6}`,
	}, "\n")
	var out bytes.Buffer
	if err := wire.Serve(strings.NewReader(in), &out, 7, square{}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for d := json.NewDecoder(&out); d.More(); {
		var e wire.Event
		if err := d.Decode(&e); err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Ev)
		if e.Ev == "result" && e.Obs.Values[wire.Direct].Floats()[0] != 9 {
			t.Errorf("3 squared is %v", e.Obs.Values[wire.Direct].Floats())
		}
	}
	if want := "hello api done stage result error error done"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestSelectionIsSpreadAndComplete(t *testing.T) {
	if got := wire.Select(3, 10); len(got) != 3 || got[2] != 2 {
		t.Errorf("all of 3: %v", got)
	}
	got := wire.Select(100, 4)
	if len(got) != 4 || got[0] != 0 || got[1] != 25 || got[3] != 75 {
		t.Errorf("4 of 100: %v", got)
	}
}

func TestNumbersSurviveTheLine(t *testing.T) {
	x := []float64{0, math.Copysign(0, -1), 1e-320, math.Inf(-1), math.NaN(), 0.1}
	line, err := wire.Encode(wire.NewBlock(2, 3, x))
	if err != nil {
		t.Fatal(err)
	}
	var b wire.Block
	if err := json.Unmarshal(line, &b); err != nil || !b.Whole() {
		t.Fatalf("%v %v", err, b)
	}
	for i, y := range b.Floats() {
		if math.Float64bits(y) != math.Float64bits(x[i]) {
			t.Errorf("%v came back as %v", x[i], y)
		}
	}
}

// FuzzServe checks that no request ends a worker but by its end of input.
func FuzzServe(f *testing.F) {
	f.Add(`{"op":"enum","id":1}`)
	f.Add(`{"op":"observe","id":2,"case":{"api":"square.Square","args":[]},"ask":{}}`)
	f.Add(`{"op":`)
	f.Fuzz(func(t *testing.T, in string) {
		var out bytes.Buffer
		if strings.Contains(in, "Square\"") {
			t.Skip("the library of this test trusts its cases")
		}
		_ = wire.Serve(strings.NewReader(in), &out, 1, square{})
	})
}
