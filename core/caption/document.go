package caption

// The kinds of records that runs of the caption bench store, beside those of
// kind run.FindingKind: one IssueDoc an issue, key Pair.ID.
const (
	RecordPlan    = "caption.plan"    // one PlanDoc, key ""
	RecordSaid    = "caption.said"    // one Said a picture and repeat, key "SHA/REPEAT"
	RecordPair    = "caption.pair"    // one Pair, key Pair.ID
	RecordSummary = "caption.summary" // one Summary, key ""; replaced as the campaign goes on
)

// PlanDoc is what a campaign set out to do, and what could not be placed.
type PlanDoc struct {
	Captioner   string              `json:"captioner"`
	Fingerprint string              `json:"fingerprint"` // of the captioner and everything that goes into its answers
	Variant     string              `json:"variant"`
	Classes     []string            `json:"classes"`
	Also        map[string][]string `json:"also,omitempty"` // classes that may be named beside an object
	Backgrounds int                 `json:"backgrounds"`
	Pairs       int                 `json:"pairs"`
	Pictures    int                 `json:"pictures"` // distinct ones
	Requests    int                 `json:"requests"` // captions to ask for, repeats and controls included
	Objects     int                 `json:"objects"`  // cut-outs in the corpus
	Rejected    map[string]int      `json:"rejected"` // draws that were given up, by reason
	Method      string              `json:"method"`   // of composition: blend or paste
	Note        string              `json:"note,omitempty"`
}

// Summary is the campaign in figures. Precision is the share of issues whose
// captions the truth contradicts, recall the share of pairs with a wrong caption
// that are issues; both with Wilson intervals, both over pairs with known truth.
type Summary struct {
	PairsTotal  int            `json:"pairs_total"`
	PairsJudged int            `json:"pairs_judged"`
	PairsUnsure int            `json:"pairs_unsure"`
	Invalid     int            `json:"pairs_invalid"`
	Failures    map[string]int `json:"failures"`
	Categories  map[string]int `json:"categories"` // issues by primary category
	IssuesRaw   int            `json:"issues_total"`
	Distinct    int            `json:"issues_distinct"`
	Flaky       int            `json:"pairs_flaky"`
	Unstable    int            `json:"pairs_unstable"`

	Precision   float64    `json:"oracle_precision"` // 0 without an issue of known truth
	PrecisionCI [2]float64 `json:"oracle_precision_ci95"`
	Recall      float64    `json:"oracle_recall"` // 0 without a wrong caption of known truth
	RecallCI    [2]float64 `json:"oracle_recall_ci95"`
	Known       int        `json:"pairs_with_truth"`
	Wrong       int        `json:"pairs_with_wrong_caption"`
	Confirmed   int        `json:"issues_confirmed"`

	ByLevel  []LevelDoc     `json:"by_level"`
	Matrix   []ClassDoc     `json:"by_class"` // inserted classes, most issues first
	Asked    int            `json:"captions_asked"`
	Cached   int            `json:"captions_cached"`
	CostUSD  float64        `json:"cost_usd"`
	Chair    ChairDoc       `json:"chair"`
	Blamed   map[string]int `json:"blame"`
	Relation map[string]int `json:"issues_by_relation"`
}

// LevelDoc is one overlap level: Named counts the judged insertions whose
// follow-up caption names the object.
type LevelDoc struct {
	Level  int `json:"level"`
	Pairs  int `json:"pairs"`
	Issues int `json:"issues"`
	Named  int `json:"named"`
}

// ClassDoc is one inserted class and the categories of its issues.
type ClassDoc struct {
	Class      string         `json:"class"`
	Pairs      int            `json:"pairs"`
	Issues     int            `json:"issues"`
	Categories map[string]int `json:"categories"`
}

// ChairDoc holds the CHAIR rates (arXiv 1809.02156) over the captions of
// pictures with known truth: hallucinated mentions over all mentions, captions
// with one over all captions, and true classes named over true classes.
type ChairDoc struct {
	I        float64 `json:"chair_i"`
	S        float64 `json:"chair_s"`
	Recall   float64 `json:"recall"`
	Captions int     `json:"captions"`
}

// RunDoc is the document of `assay caption run` and `assay caption replay`.
//
// The four figures of the oracle stand in front of those of the summary: they
// are null where nothing is known that they could be computed from.
type RunDoc struct {
	Summary
	Precision   *float64    `json:"oracle_precision"`
	PrecisionCI *[2]float64 `json:"oracle_precision_ci95"`
	Recall      *float64    `json:"oracle_recall"`
	RecallCI    *[2]float64 `json:"oracle_recall_ci95"`

	Captioner string      `json:"captioner"`
	Variant   string      `json:"variant"`
	Issues    []IssueDoc  `json:"issues"`
	Plan      PlanDoc     `json:"plan"`
	Labels    *LabelCount `json:"labels,omitempty"`
}

// LabelCount sums up what people said of the issues of a run. Precision is over
// true and false labels, with its Wilson interval.
type LabelCount struct {
	True        int        `json:"true"`
	False       int        `json:"false"`
	Unsure      int        `json:"unsure"`
	Issues      int        `json:"issues"`
	Precision   float64    `json:"precision"`
	PrecisionCI [2]float64 `json:"precision_ci95"`
}

// ComposeDoc is the document of `assay caption compose`.
type ComposeDoc struct {
	Pairs    []ComposedPair `json:"pairs"`
	Rejected map[string]int `json:"rejected"`
}

// ComposedPair is a pair of pictures with their truth. File is a path below the output folder.
type ComposedPair struct {
	ID       string          `json:"id"`
	Relation string          `json:"relation"`
	Object   string          `json:"object"`
	Level    int             `json:"level"`
	Source   ComposedPicture `json:"source"`
	Followup ComposedPicture `json:"followup"`
}

// ComposedPicture is a picture file and what it shows.
type ComposedPicture struct {
	File  string         `json:"file"`
	SHA   string         `json:"sha256"`
	Truth map[string]int `json:"truth"`
	Boxes []Box          `json:"boxes"`
}

// JudgeDoc is the document of `assay caption judge`, in the order of the file.
type JudgeDoc struct {
	Pairs   []Judgement `json:"pairs"`
	Compare *CompareDoc `json:"compare,omitempty"`
}

// CompareDoc sets the two variants side by side, and both against the column
// "reported" of a released file where there is one.
type CompareDoc struct {
	Differences []Difference `json:"differences"`
	Reported    int          `json:"pairs_with_reported"`
	RefAgrees   int          `json:"ref_agrees"`
	ExactAgrees int          `json:"exact_agrees"`
}

// Difference is a pair on which the variants disagree. Pair counts from 0, as
// the list of pairs does; Rule is the reason of the exact verdict, RefRule that
// of the other.
type Difference struct {
	Pair    int    `json:"pair"`
	Object  string `json:"object"`
	Exact   string `json:"exact"`
	Ref     string `json:"ref"`
	Rule    string `json:"rule"`
	RefRule string `json:"ref_rule"`
}
