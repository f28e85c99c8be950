package run

import "slices"

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
