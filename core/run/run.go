package run

import "encoding/json"

// ID names a run: a ULID of 26 characters, whose order is the order of creation.
type ID string

// State says where a run stands.
type State string

// The states of a run. Resuming a stopped, failed, cancelled or lost run keeps
// its ID and brings it back to queued.
const (
	Queued    State = "queued"    // recorded, waiting for its lease
	Running   State = "running"   // a worker is at it
	Paused    State = "paused"    // a worker holds it, its lease is released
	Stopped   State = "stopped"   // resumable, no process
	Done      State = "done"      // finished; the record is immutable from here on
	Failed    State = "failed"    // ended by an error, see Run.ErrorCode
	Cancelled State = "cancelled" // ended because somebody asked
	Lost      State = "lost"      // its worker died without a word
)

// Live reports whether a worker should be alive behind a run of this state.
func (s State) Live() bool { return s == Queued || s == Running || s == Paused }

// Resumable reports whether a run of this state can be taken up again.
func (s State) Resumable() bool {
	return s == Stopped || s == Failed || s == Cancelled || s == Lost
}

// Mark returns the one-character sign of the state in lists. It never rests on
// colour: * running, = paused, + done, x cancelled, ! failed, ? lost,
// . queued, - stopped.
func (s State) Mark() string {
	switch s {
	case Queued:
		return "."
	case Running:
		return "*"
	case Paused:
		return "="
	case Stopped:
		return "-"
	case Done:
		return "+"
	case Failed:
		return "!"
	case Cancelled:
		return "x"
	case Lost:
		return "?"
	}
	return " "
}

// Relation says what a run is to its parent.
type Relation string

// The relations of a run to its parent.
const (
	Rerun  Relation = "rerun"  // same input, another selection, on a warm worker
	Trial  Relation = "trial"  // member of a campaign
	Replay Relation = "replay" // repetition that is compared with its parent
)

// Run is one row of the history: what was asked, where it ran and how it ended.
// Times are Unix milliseconds, UTC; 0 means "not yet".
type Run struct {
	ID        ID              `json:"run_id"`
	Bench     string          `json:"bench"` // "kv", "fuzz", ...
	Kind      string          `json:"kind"`  // "kv.blend": names the parameter schema
	Name      string          `json:"name"`  // unique, made from kind and parameters
	State     State           `json:"state"`
	Host      string          `json:"host"`
	BootID    string          `json:"boot_id"`
	Parent    ID              `json:"parent,omitempty"`
	Relation  Relation        `json:"relation,omitempty"`
	Seed      int64           `json:"seed"`
	Params    json.RawMessage `json:"params"` // canonical: sorted keys, every value present
	Env       json.RawMessage `json:"env"`    // build, device, ISA, threads: not part of the identity
	CreatedMs int64           `json:"created_ms"`
	StartedMs int64           `json:"started_ms,omitempty"`
	EndedMs   int64           `json:"ended_ms,omitempty"`
	CancelMs  int64           `json:"cancel_requested_ms,omitempty"` // when somebody asked the run to end
	Done      int64           `json:"done"`                          // progress, in the unit of the job
	Total     int64           `json:"total"`                         // 0 where it is not known
	LastSeq   int64           `json:"last_seq"`
	ErrorCode string          `json:"error_code,omitempty"`
	ErrorText string          `json:"error_text,omitempty"`
	Headline  string          `json:"headline"`
	Starred   bool            `json:"starred,omitempty"`
	Note      string          `json:"note,omitempty"`
	Tags      []string        `json:"tags,omitempty"`
}
