package run

import (
	"context"
	"slices"
)

// FindingKind is the kind of the records that hold findings; their key is the ID
// of the finding.
const FindingKind = "finding"

// Severity orders findings by how much they ask for a person.
type Severity string

// The severities, the gravest first.
const (
	Critical Severity = "critical" // the program dies, or damages what it does not own
	High     Severity = "high"     // a wrong result that nothing announces
	Medium   Severity = "medium"   // a wrong result at the edge of what is promised
	Low      Severity = "low"      // an inconvenience, or little evidence
	Notice   Severity = "info"     // worth knowing
)

// Severities lists the severities, the gravest first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low, Notice} }

// Rank returns 0 for the gravest severity and more for lesser ones; unknown ones
// come last.
func (s Severity) Rank() int {
	if i := slices.Index(Severities(), s); i >= 0 {
		return i
	}
	return len(Severities())
}

// Finding is a suspicious case that a run has recorded: what the findings of all
// benches have in common, so that one list shows them. A bench embeds it in a type
// of its own and records that, as JSON, under FindingKind and ID.
type Finding struct {
	ID        string   `json:"id"`        // unique in the run and the same when the run is repeated
	Title     string   `json:"title"`     // one line that tells it from others
	Category  string   `json:"category"`  // a word of the bench: "wrong-answer", "omission"
	Severity  Severity `json:"severity"`  // see Severities
	Signature string   `json:"signature"` // equal for findings that look like one cause
	Verdict   string   `json:"verdict"`   // of the bench's oracle: "issue", "unsure"
	Confirmed bool     `json:"confirmed"` // seen again when it was tried again
}

// Label is what a person has said of a finding. It is kept beside the run, which
// is immutable once it is done, and goes with it.
type Label struct {
	Key  string `json:"key"`            // ID of the finding
	Word string `json:"word"`           // one word: "true", "false", "unsure" or what the bench offers
	Note string `json:"note,omitempty"` // why, in the person's words
	AtMs int64  `json:"at_ms"`          // Unix milliseconds, UTC
}

// Found is a finding in the list of all runs, with the run that has recorded it
// and what people have said of it.
type Found struct {
	Finding
	Run   ID     `json:"run_id"`
	Name  string `json:"run"` // its name
	Bench string `json:"bench"`
	Kind  string `json:"kind"` // of the run
	AtMs  int64  `json:"run_created_ms"`
	Seq   int64  `json:"seq"`
	Label Label  `json:"label"` // Word is empty where nobody has said anything
}

// FindingFilter selects findings of all runs. Text is the filter language of the
// lists: words are matched against title, category, signature and the name of the
// run; keys are bench, kind, run, severity, category, signature, verdict, confirmed
// and label, where label:none finds what nobody has looked at.
type FindingFilter struct {
	Text  string
	Skip  int // so many of the newest are left out
	Limit int // most findings; 0 means no limit
	Of    int // how many there are, where that is known: the far half of a list is then read from its end
}

// FindingReader reads the findings of all runs: those of the newest run first, and
// within a run the last recorded first. It is safe for concurrent use. A filter
// that cannot be read is an *Error of code EUsage.
type FindingReader interface {
	// Findings lists findings.
	Findings(ctx context.Context, f FindingFilter) ([]Found, error)
	// CountFindings counts all that the text of the filter selects, and those of
	// them that stand before the finding of a run with this sequence number.
	CountFindings(ctx context.Context, f FindingFilter, id ID, seq int64) (all, before int, err error)
}
