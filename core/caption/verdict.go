package caption

// The verdicts of the oracle over a pair.
const (
	Pass    = "pass"
	Issue   = "issue"
	Unsure  = "unsure"  // something differs, but the words may mean the same
	Invalid = "invalid" // a caption is empty, a refusal or not English
)

// The categories of an issue, the graver first.
const (
	Misclassification = "misclassification" // a thing is called something else
	Hallucination     = "hallucination"     // a thing is named that was not there before
	Omission          = "omission"          // a thing is not named
	Quantity          = "incorrect quantity"
)

// Categories lists the categories in the order of reports.
func Categories() []string { return []string{Misclassification, Hallucination, Omission, Quantity} }

// The variants of the oracle.
const (
	VariantExact = "exact" // what the words mean
	VariantRef   = "ref"   // what the released code decides, quirks included
)

// Variants lists the variants, the default first.
func Variants() []string { return []string{VariantExact, VariantRef} }

// The kinds of violations and, from SoftWeak on, of what only makes unsure.
const (
	Missing = "missing" // the inserted object is not named
	Lost    = "lost"    // a class of the source caption is gone
	Extra   = "extra"   // a class is new that was not inserted
	Count   = "count"   // a number is wrong
	Stays   = "stays"   // removal: the removed object is still named

	SoftWeak     = "weak"     // a loose synonym is there instead
	SoftHypernym = "hypernym" // a more general word is new
	SoftModifier = "modifier" // the class occurs only as part of a compound
	SoftMass     = "mass"     // the number of a mass noun cannot be compared
)

// Span is a place in one of the two captions: 0 the source's, 1 the follow-up's.
type Span struct {
	Caption int `json:"caption"`
	Start   int `json:"start"`
	End     int `json:"end"`
}

// Violation is one difference between what the relations demand and what the
// captions say.
type Violation struct {
	Kind     string    `json:"kind"`
	Class    string    `json:"class"`
	Expected *Interval `json:"expected,omitempty"` // of counts only
	Found    *Interval `json:"found,omitempty"`
	Spans    []Span    `json:"spans,omitempty"` // the words that caused it
}

// String is the violation in short, as filters and signatures use it: "missing:dog".
func (v Violation) String() string { return v.Kind + ":" + v.Class }

// Judgement is the verdict over one pair with its reasons.
type Judgement struct {
	Verdict    string          `json:"verdict"`
	Category   string          `json:"category"`             // the gravest of the categories; "" unless an issue
	Categories []string        `json:"categories,omitempty"` // all of them
	Rule       string          `json:"rule"`                 // the relation broken or the reason in words: "MR1 missing dog"
	Violations []string        `json:"violations,omitempty"` // "missing:dog", "weak:tie"
	Details    []Violation     `json:"details,omitempty"`
	Swaps      []Swap          `json:"swaps,omitempty"` // what was called what, of a misclassification
	Mentions   [2][]Mention    `json:"mentions"`
	Found      [2][]ClassCount `json:"found"` // what each caption says, class by class
}

// Swap is a thing that was called something else.
type Swap struct {
	From string `json:"from"`
	To   string `json:"to"`
}
