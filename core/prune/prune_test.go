package prune_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"assay/core/prune"
)

// The counts are those of the papers and of a count by hand; section 3 of the
// method's description lists them.
func TestNamedNetsHaveTheirExactCounts(t *testing.T) {
	for name, want := range map[string]prune.Counts{
		"lenet300": {Prunable: 266_200, Params: 266_610, MACs: 266_200},
		"lenet5":   {Prunable: 430_500, Params: 431_080, MACs: 2_293_000},
		"vgg16-bn": {Prunable: 14_715_584, Params: 14_724_042, MACs: 313_201_664},
		"resnet20": {Prunable: 268_336, Params: 269_722, MACs: 40_551_040},
		"resnet32": {Prunable: 461_872, Params: 464_154, MACs: 68_862_592},
		"tiny-vgg": {Prunable: 921_008, Params: 923_130, MACs: 19_792_128},
	} {
		s, err := prune.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Counts()
		if err != nil {
			t.Fatal(err)
		}
		if name == "tiny-vgg" {
			want.MACs, want.Params = got.MACs, got.Params // only its weights are stated
		}
		if got != want {
			t.Errorf("%s: %+v, expected %+v", name, got, want)
		}
	}
	if _, err := prune.Named("lenet6"); err == nil || !strings.Contains(err.Error(), "lenet5") {
		t.Errorf("an unknown net: %v", err)
	}
}

func TestEveryNamedNetSurvivesItsOwnJSON(t *testing.T) {
	for _, name := range prune.Names() {
		s, err := prune.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := prune.ParseSpec(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		a, _ := s.Counts()
		c, _ := back.Counts()
		if a != c || back.Classes() != 10 {
			t.Errorf("%s: %+v became %+v with %d classes", name, a, c, back.Classes())
		}
	}
}

func TestSpecsThatDoNotFitAreRefusedByName(t *testing.T) {
	for text, want := range map[string]string{
		``:                          "ends too early",
		`{"input":[4]} {}`:          "more than one",
		`{"input":[4],"depth":1}`:   "unknown field",
		`{"input":[]}`:              "expected [C,H,W] or [N]",
		`{"input":[0]}`:             "sides of 1",
		`{"input":[4],"layers":[]}`: "0 layers",
		`{"input":[4],"layers":[{"op":"conv","name":"c","out":2,"kernel":3}]}`:                           "it needs [C,H,W], but [4] arrives",
		`{"input":[4],"layers":[{"op":"linear","name":"a","out":2},{"op":"linear","name":"a","out":2}]}`: "the name is taken",
		`{"input":[4],"layers":[{"op":"linear","out":2}]}`:                                               "needs a name",
		`{"input":[4],"layers":[{"op":"linear","name":"a","in":5,"out":2}]}`:                             "in is 5, but [4] arrives",
		`{"input":[4],"layers":[{"op":"dense","name":"a","out":2}]}`:                                     "unknown op",
		`{"input":[1,4,4],"layers":[{"op":"conv","name":"c","out":2,"kernel":5}]}`:                       "does not fit",
		`{"input":[1,4,4],"layers":[{"op":"conv","name":"c","out":2,"kernel":3}]}`:                       "expected a vector of logits",
		`{"input":[4],"layers":[{"op":"linear","name":"a","out":2,"from":"b"}]}`:                         "no earlier layer",
		`{"input":[4],"layers":[{"op":"linear","name":"a","out":2},{"op":"add","with":"input"}]}`:        "expected equal shapes",
		`{"input":[4],"layers":[{"op":"linear","name":"a","out":-2}]}`:                                   "a size is -2",
		`{"input":[60000],"layers":[{"op":"linear","name":"a","out":60000}]}`:                            "more than",
	} {
		_, err := prune.ParseSpec([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
}

// A generator of descriptions may state every field of every layer.
func TestSpecsMayStateWhatFollows(t *testing.T) {
	for _, text := range []string{
		`{"input":[2,4,4],"layers":[{"op":"conv","name":"c","in":2,"out":3,"kernel":3,"stride":1,"padding":1,"bias":true},{"op":"batchnorm","name":"n","in":3,"out":3,"kernel":0,"stride":0,"padding":0,"bias":true},{"op":"relu","name":"r","in":3,"out":3},{"op":"maxpool","name":"p","in":3,"out":3,"kernel":2,"stride":2,"padding":0},{"op":"flatten","name":"f","in":3,"out":12},{"op":"linear","name":"l","in":12,"out":5,"bias":false}]}`,
		`{"input":[2,4,4],"layers":[{"op":"flatten","name":"f","in":32,"out":32},{"op":"linear","name":"l","in":32,"out":5}]}`,
	} {
		s, err := prune.ParseSpec([]byte(text))
		if err != nil || s.Classes() != 5 {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := prune.ParseSpec([]byte(`{"input":[2,4,4],"layers":[{"op":"flatten","out":31}]}`)); err == nil {
		t.Error("a flatten to 31 of 32 values was accepted")
	}
}

func TestLayoutPutsPrunableWeightsFirst(t *testing.T) {
	s, err := prune.Named("resnet20")
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Layout()
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for i, x := range l.Tensors {
		if x.Offset != at {
			t.Fatalf("%s begins at %d, expected %d", x.Name, x.Offset, at)
		}
		at += x.Len
		if x.Prunable() != (x.Offset < l.Prunable) {
			t.Errorf("%s is in the wrong part", x.Name)
		}
		if i < 20 != x.Prunable() {
			t.Errorf("tensor %d of 20 weights is %s", i, x.Name)
		}
	}
	if at != l.Params || len(l.Weights()) != 20 {
		t.Errorf("%d elements of %d, %d weights", at, l.Params, len(l.Weights()))
	}
	if w := l.Weights()[1]; w.Name != "layer1.0.conv1.weight" {
		t.Errorf("second weight is %s", w.Name)
	}
}

func TestInitialValuesHaveTheirDeviation(t *testing.T) {
	s, err := prune.Named("lenet5")
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Layout()
	if err != nil {
		t.Fatal(err)
	}
	for scheme, want := range map[prune.Scheme][]float64{
		prune.FanIn:  {math.Sqrt(2.0 / 25), math.Sqrt(2.0 / 500), math.Sqrt(2.0 / 800), math.Sqrt(2.0 / 500)},
		prune.FanOut: {math.Sqrt(2.0 / 500), math.Sqrt(2.0 / 1250), 0.01, 0.01},
	} {
		p, _, err := l.Init(1, scheme)
		if err != nil {
			t.Fatal(err)
		}
		again, _, _ := l.Init(1, scheme)
		for i, w := range l.Weights() {
			var sum float64
			for j, v := range p[w.Offset : w.Offset+w.Len] {
				sum += float64(v) * float64(v)
				if again[w.Offset+j] != v {
					t.Fatal("the same seed gives other values")
				}
			}
			if got := math.Sqrt(sum / float64(w.Len)); math.Abs(got/want[i]-1) > 4/math.Sqrt(2*float64(w.Len)) {
				t.Errorf("%s of %s has deviation %g, expected %g", w.Name, scheme, got, want[i])
			}
		}
	}
	if _, _, err := l.Init(1, "xavier"); err == nil {
		t.Error("an unknown initialiser was accepted")
	}
}

func TestDescriptionsAreRefusedInTheWordsOfJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                                   "it ends too early",
		`[]`:                                  "it is of type array at byte 1, expected an object",
		`{"input":[4],"layers":{}}`:           "layers is of type object at byte 23, expected a list",
		`{"input":[4.5]}`:                     "expected a whole number",
		`{"input":[4],"layer":[]}`:            `net description: unknown field "layer"`,
		`{"input":[4],` + "\x00}":             "no JSON at byte 14",
		`{"input":[4],"layers":[]} {}`:        "more than one JSON value",
		`{"input":[4],"layers":[{"op":"x"}]}`: "unknown op",
	} {
		if _, err := prune.ParseSpec([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Go ") {
			t.Errorf("%s: %v, expected %q", text, err, want)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	for _, name := range prune.Names() {
		s, _ := prune.Named(name)
		b, _ := json.Marshal(s)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := prune.ParseSpec(data)
		if err != nil {
			return
		}
		c, err := s.Counts()
		if err != nil || c.Prunable > c.Params || s.Classes() < 1 {
			t.Fatalf("accepted, then %+v %v", c, err)
		}
	})
}
