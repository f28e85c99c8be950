package fuzz

import (
	"strings"

	"assay/core/run"
)

// The categories of findings. A second-order one is Higher and the composition:
// "higher-order:W over R".
const (
	Crash      = "crash"        // a signal, an abort, an internal assertion
	Hang       = "hang"         // no answer within the deadline
	Status     = "status"       // a derivative run fails where the direct one works
	ValueDiff  = "value"        // tracking changes the output
	GradRevFwd = "grad-rev-fwd" // no numerical difference to say who is wrong
	GradRevND  = "grad-rev-nd"
	GradFwdND  = "grad-fwd-nd"
	NaNMask    = "nan-mask"    // NaN or infinite where another way to differentiate is finite
	ShapeDType = "shape/dtype" // a gradient of another shape or type than its input
	SilentNone = "silent-none" // no gradient where the output does depend on the input
	Leak       = "leak"        // memory grows with every call
	Higher     = "higher-order:"
)

// The compositions of second order, in the words of categories. R is reverse, W
// forward; the outer one comes first.
const (
	RoverR = "R over R"
	WoverR = "W over R"
	RoverW = "R over W"
	WoverW = "W over W"
)

// Verdict is what the oracle makes of a test.
type Verdict string

// The verdicts of tests. Bug and Flaky make findings; the rest are counted.
const (
	Pass         Verdict = "PASS"
	GenFail      Verdict = "GEN_FAIL"       // the case could not be built
	DirectFail   Verdict = "DIRECT_FAIL"    // the API refuses the input: expected of mutants
	NoDiff       Verdict = "NO_DIFF_OUTPUT" // nothing to differentiate
	Random       Verdict = "RANDOM"         // another value at each call
	Unsupported  Verdict = "UNSUPPORTED"    // the library says that it cannot differentiate
	Domain       Verdict = "DOMAIN"         // a neighbouring point is outside the domain
	Precision    Verdict = "PRECISION"      // the API casts down, so that differences mean nothing
	NDUnreliable Verdict = "ND_UNRELIABLE"  // numerical differences disagree among themselves
	NonDiff      Verdict = "NON_DIFF"       // the function has no derivative here
	Subgradient  Verdict = "SUBGRADIENT"    // a kink, and the derivative lies between the two slopes
	ByDesign     Verdict = "BY_DESIGN"      // undefined by the library's own words
	Candidate    Verdict = "CANDIDATE"      // a difference that no filter explains, not yet seen again
	Bug          Verdict = "BUG"            // confirmed in a fresh process, every time
	Flaky        Verdict = "FLAKY"          // confirmed some of the times
	NaN          Verdict = "NAN"            // a NaN among the outputs, or in both derivatives: of --variant ref
	Lost         Verdict = "LOST"           // not seen again: state had leaked
)

// Wrong says which side a finding blames.
type Wrong string

// The sides. For Gorgonia reverse is the symbolic gradient on the tape machine,
// forward the LispMachine.
const (
	WrongReverse Wrong = "reverse"
	WrongForward Wrong = "forward"
	WrongBoth    Wrong = "both"
	WrongValue   Wrong = "value"
	WrongNone    Wrong = "none"
)

// FindingDoc is a finding as records and commands spell it. Severity, title and
// verdict are those of run.Finding.
type FindingDoc struct {
	run.Finding
	API        string  `json:"api"`
	RootCause  string  `json:"root_cause"` // equal for findings of one defect
	Oracle     string  `json:"oracle"`     // what was compared: "R-N", "R-W", "D-R", "status", "signal"
	Order      int     `json:"order"`
	Wrong      Wrong   `json:"wrong"`
	Pattern    string  `json:"pattern"`  // "scaled by 0.5", "transposed", "sign", "zero", "NaN", "one entry", "dense", "shape"
	Elements   int     `json:"elements"` // input elements after shrinking
	FirstSeenS float64 `json:"first_seen_s"`
	Reproducer string  `json:"reproducer"` // absolute path, "" while there is none
	Verified   string  `json:"verified"`   // "yes", "no", or why it could not be run
	Count      int     `json:"count"`      // tests that showed it
	Known      string  `json:"known,omitempty"`
	Repeats    string  `json:"repeats"` // "5/5": in a fresh process

	Test     int64       `json:"test"`    // number of the test that showed it first
	Library  string      `json:"library"` // name and version
	Target   string      `json:"target"`
	Build    string      `json:"build,omitempty"`
	Stage    string      `json:"stage,omitempty"` // where a crash, a hang or a failure happened
	Text     string      `json:"text,omitempty"`  // error text of a status finding, last lines of a crash
	Signal   string      `json:"signal,omitempty"`
	Nodes    []string    `json:"nodes,omitempty"` // backward nodes of the graph, where the library names them
	Evidence EvidenceDoc `json:"evidence"`
	Case     *Case       `json:"case"`             // the smallest that shows it
	Before   *Case       `json:"before,omitempty"` // as found
}

// EvidenceDoc holds the numbers behind a finding of the shrunk case. Matrices are
// row-major, outputs down, inputs across; an absent one is empty.
type EvidenceDoc struct {
	AbsErr  Float   `json:"abs_err"`
	RelErr  Float   `json:"rel_err"`
	Row     int     `json:"row"` // where the largest error is
	Col     int     `json:"col"`
	Rows    int     `json:"rows"`
	Cols    int     `json:"cols"`
	Reverse []Float `json:"reverse,omitempty"`
	Forward []Float `json:"forward,omitempty"`
	Numeric []Float `json:"numeric,omitempty"`
	Left    []Float `json:"left,omitempty"` // one-sided slopes
	Right   []Float `json:"right,omitempty"`
	Direct  []Float `json:"direct,omitempty"` // values
	Tracked []Float `json:"tracked,omitempty"`
	Scale   Float   `json:"scale,omitempty"` // factor of a scaled pattern
}

// Deadly reports whether the finding ends its process or stops it.
func (f FindingDoc) Deadly() bool {
	return f.Category == Hang || f.Category == Crash && f.Oracle != "assertion"
}

// Measured reports whether the finding has the size of an error: failures and deaths
// have none.
func (f FindingDoc) Measured() bool {
	return f.Oracle != "status" && f.Oracle != "memory" && !f.Deadly() && f.Category != ShapeDType
}

// Mode says in words what the finding's wrong side computed: for the heads of tables.
func (f FindingDoc) Mode() string {
	switch {
	case f.Order > 1:
		return strings.TrimPrefix(f.Category, Higher)
	case f.Wrong == WrongForward:
		return "forward mode"
	}
	return "reverse mode"
}
