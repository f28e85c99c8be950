package fuzz

// API is one callable of a library, as its worker lists it.
type API struct {
	Name   string `json:"name"`             // public: "torch.linalg.det", "gorgonia.Log2"; a variant after a dot
	Source string `json:"source,omitempty"` // how the library was asked for it: "opinfo", "namespace", "schema"
	Family string `json:"family,omitempty"` // a group for coverage: "linalg", "reduction"
	Cause  string `json:"cause,omitempty"`  // name of the operation below: equal for aliases, in-place forms and methods; "" is Name
	Seeds  []Case `json:"seeds"`            // known to run
	Why    string `json:"why,omitempty"`    // there are no seeds, in the words of the library

	// What the library claims to support. Where it does not, the stage is not asked.
	Reverse bool `json:"reverse"`
	Forward bool `json:"forward"`
	Second  bool `json:"second"`

	DTypes   []DType `json:"dtypes,omitempty"`    // beside that of the seeds, types that inputs may be changed to
	Known    []Known `json:"known,omitempty"`     // public issues and notes of the library about it
	ByDesign string  `json:"by_design,omitempty"` // why its gradient is undefined somewhere (ties, repeated indices); "singular: ..." concerns NaN and zero alone

	Planted *Planted `json:"planted,omitempty"` // only of a self-test
}

// Known is a known issue: a finding of the API whose category and signature
// contain the words is labelled with it.
type Known struct {
	Ref      string `json:"ref"`                // "pytorch 93028", "gorgonia 404"
	Category string `json:"category,omitempty"` // "" is any
	Contains string `json:"contains,omitempty"` // in the signature; "" is any
}

// Planted says what a function of a self-test should be found to be.
type Planted struct {
	Twin     bool   `json:"twin,omitempty"`     // correct: any finding is a false alarm
	Category string `json:"category,omitempty"` // of the fault: "grad-rev-nd"; "crash", "hang" by their first word
	Wrong    string `json:"wrong,omitempty"`    // reverse, forward, both, value, none; "" is any
	Pattern  string `json:"pattern,omitempty"`  // a word of the pattern; "" is any
	Verdict  string `json:"verdict,omitempty"`  // instead of a finding: the filter that should take it, SUBGRADIENT, NON_DIFF|ND_UNRELIABLE
	Reason   string `json:"reason,omitempty"`   // why the target cannot express it: counts as not applicable
}
