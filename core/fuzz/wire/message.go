package wire

import (
	"encoding/json"
	"math"

	"assay/core/fuzz"
)

// Version is the version of the protocol.
const Version = 1

// MaxLine is the longest line either side may write.
const MaxLine = 16 << 20

// Request is a line to a worker. Case and Ask belong to "observe", Set to "enum".
type Request struct {
	Op   string     `json:"op"` // enum, observe, ping, quit
	ID   int64      `json:"id"`
	Set  string     `json:"set,omitempty"`
	Case *fuzz.Case `json:"case,omitempty"`
	Ask  *Ask       `json:"ask,omitempty"`
}

// Stage is a part of an observation.
type Stage string

// The stages, in the order in which they run. Build is the making of the function
// and cannot be asked for.
const (
	Build  Stage = "build"
	Direct Stage = "direct"
	Rev    Stage = "rev"
	Fwd    Stage = "fwd"
	Rev64  Stage = "rev64"
	Fwd64  Stage = "fwd64"
	ND     Stage = "nd"
	Vmap   Stage = "vmap"
	Jit    Stage = "jit"
	Leak   Stage = "leak"
	RR     Stage = "rr"
	WR     Stage = "wr"
	RW     Stage = "rw"
	WW     Stage = "ww"
	NDG    Stage = "ndg"
)

// Stages lists the stages that can be asked for, in order.
func Stages() []Stage {
	return []Stage{Direct, Rev, Fwd, Rev64, Fwd64, ND, Vmap, Jit, Leak, RR, WR, RW, WW, NDG}
}

// Ask says what to observe of a case.
type Ask struct {
	Want       []Stage `json:"want"`
	Repeat     int     `json:"repeat"`      // direct evaluations, at least 1
	Eps        float64 `json:"eps"`         // step of numerical differences
	Cols       int     `json:"cols"`        // most input elements
	Rows       int     `json:"rows"`        // most output elements
	Second     int     `json:"second"`      // most input elements at second order
	Order      int     `json:"order"`       // of the compositions: 3 takes them of the gradient function; else 2
	Ones       bool    `json:"ones"`        // cotangents of one instead of Cotangent
	DeadlineMs int64   `json:"deadline_ms"` // of the whole request; the worker may enforce it, the harness does
}

// Event is a line from a worker.
type Event struct {
	Ev       string       `json:"ev"` // hello, api, stage, result, done, error
	ID       int64        `json:"id,omitempty"`
	Protocol int          `json:"protocol,omitempty"`
	Lib      string       `json:"lib,omitempty"`
	Version  string       `json:"version,omitempty"`
	Build    string       `json:"build,omitempty"`
	Caps     []string     `json:"caps,omitempty"`
	Pid      int          `json:"pid,omitempty"`
	API      *fuzz.API    `json:"api,omitempty"`
	Stage    Stage        `json:"stage,omitempty"`
	Obs      *Observation `json:"obs,omitempty"`
	Text     string       `json:"text,omitempty"`
}

// Fault is a failed stage. Text is that of the error, its first 2000 characters.
type Fault struct {
	Type string `json:"type"` // of the exception or error
	Text string `json:"text"`
	// Refused is set where the library's own words or error type say that the
	// operation has no derivative: UNSUPPORTED rather than a finding.
	Refused bool `json:"refused,omitempty"`
}

// Observation is what a worker saw of a case. N and M are all columns and rows of
// the Jacobian, before selection.
type Observation struct {
	N      int             `json:"n"`
	M      int             `json:"m"`
	Out    []Output        `json:"out,omitempty"`    // outputs of the direct run, in order; not only differentiable ones
	Same   bool            `json:"same"`             // the direct runs were equal bit for bit
	Values map[Stage]Block `json:"values,omitempty"` // direct, rev, fwd: all M outputs, at most 4096; one row
	Jac    map[Stage]Block `json:"jac,omitempty"`    // rev, fwd, rev64, fwd64, jit, rr, ...; Vmap is the reverse one
	VmapF  *Block          `json:"vmap_fwd,omitempty"`
	Grads  []Grad          `json:"grads,omitempty"` // of rev, per input
	// Constant lists the selected rows of outputs that the library declares not to be
	// differentiable, beside others that are: they carry no verdict.
	Constant []int    `json:"constant_rows,omitempty"`
	ND       *Stencil `json:"nd,omitempty"`
	NDG      *Stencil `json:"ndg,omitempty"`
	// Unbounded is set with NDG where the gradient has an element that is not finite,
	// selected or not: zero times it is NaN everywhere else.
	Unbounded bool              `json:"unbounded,omitempty"`
	Growth    map[Stage]Growth  `json:"growth,omitempty"` // of leak: by direct, rev, fwd
	Nodes     []string          `json:"nodes,omitempty"`  // distinct backward nodes, where the library names them
	Ms        map[Stage]float64 `json:"ms,omitempty"`
	Fail      map[Stage]Fault   `json:"fail,omitempty"` // stages that failed; Build and Direct end the observation
	Skip      []Stage           `json:"skip,omitempty"` // stages that the library cannot do
	RSS       int64             `json:"rss,omitempty"`  // resident bytes after it
}

// Output describes one output of the direct run.
type Output struct {
	DType fuzz.DType `json:"dtype"` // "" for something that is no tensor
	Shape []int      `json:"shape"`
}

// Growth is by how much the resident memory grew over rounds of equal calls, one
// after the other in one process. With fewer than three, one grew too little to go on.
type Growth struct {
	Calls int     `json:"calls"` // of a round
	Bytes []int64 `json:"bytes"` // one a round
}

// Grad describes the gradient of one input in the reverse run of a single
// cotangent. None is set where the library returns no gradient at all.
type Grad struct {
	None  bool       `json:"none,omitempty"`
	DType fuzz.DType `json:"dtype"`
	Shape []int      `json:"shape"`
}

// Block is a matrix of float64.
type Block struct {
	Rows int    `json:"r"`
	Cols int    `json:"c"`
	Data []byte `json:"d"`
}

// NewBlock makes a block of numbers; it panics where they do not fill it.
func NewBlock(rows, cols int, x []float64) Block {
	if rows*cols != len(x) {
		panic("wire: a block of another size than its numbers") // a fault of the caller
	}
	return Block{rows, cols, fuzz.Bytes(x)}
}

// Whole reports whether the data fill the block.
func (b Block) Whole() bool {
	return b.Rows >= 0 && b.Cols >= 0 && b.Rows <= MaxLine && b.Cols <= MaxLine && len(b.Data) == 8*b.Rows*b.Cols
}

// Whole reports whether every block of the observation has the numbers it claims.
func (o *Observation) Whole() bool {
	for _, m := range []map[Stage]Block{o.Values, o.Jac} {
		for _, b := range m {
			if !b.Whole() {
				return false
			}
		}
	}
	for _, s := range []*Stencil{o.ND, o.NDG} {
		if s == nil {
			continue
		}
		for _, b := range []Block{s.Base, s.Plus, s.Minus, s.Plus4, s.Minus4} {
			if !b.Whole() {
				return false
			}
		}
	}
	return o.N >= 0 && o.M >= 0
}

// Floats returns the numbers.
func (b Block) Floats() []float64 { return fuzz.Floats(b.Data) }

// Stencil holds values of a function around a point. Plus and Minus have one row
// a perturbed column. A row whose evaluation failed is NaN and counted in Failed.
type Stencil struct {
	Base   Block `json:"base"` // one row
	Plus   Block `json:"plus"` // h = Eps
	Minus  Block `json:"minus"`
	Plus4  Block `json:"plus4"` // h = 4 Eps
	Minus4 Block `json:"minus4"`
	Failed int   `json:"failed,omitempty"`
}

// Select returns the indices that an observation takes of n: all where there are
// at most limit, else floor(i*n/limit).
func Select(n, limit int) []int {
	if n <= limit {
		limit = n
	}
	out := make([]int, limit)
	for i := range out {
		out[i] = i * n / limit
	}
	return out
}

// Cotangent returns the weight of the i-th selected row at second order, in
// [0.5, 1.5): fixed, and different for neighbours, so that sums do not hide errors.
func Cotangent(i int) float64 {
	_, f := math.Modf(float64(i+1) * 0.6180339887498949)
	return 0.5 + f
}

// Encode writes a message as one line with its newline.
func Encode(message any) ([]byte, error) {
	data, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}
