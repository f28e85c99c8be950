package fuzz

// The kinds of records that runs of the autodiff bench store, beside those of kind
// run.FindingKind: one FindingDoc a finding, key its ID.
const (
	RecordCampaign = "fuzz.campaign" // one CampaignDoc, key ""; replaced as the campaign goes on
	RecordLook     = "fuzz.look"     // one LookDoc, key ""
	RecordMinimise = "fuzz.minimise" // one MinimiseDoc, key ""; replaced as the case gets smaller
	RecordState    = "fuzz.state"    // what a campaign resumes from, key ""
)

// The phases of a campaign. Fuzzing ends with the budget or the last test; what
// follows costs no fuzzing time.
const (
	PhaseFuzzing   = "fuzzing"
	PhaseConfirm   = "confirming"
	PhaseShrink    = "shrinking"
	PhaseReproduce = "verifying reproducers"
	PhaseDone      = "done"
)

// CampaignDoc is a campaign in figures, as far as it has come.
type CampaignDoc struct {
	Target     TargetDoc        `json:"target"`
	Phase      string           `json:"phase"`
	PhaseDone  int              `json:"phase_done"`
	PhaseTotal int              `json:"phase_total"`
	Tests      int64            `json:"tests"`
	Checks     int64            `json:"checks"`
	Seconds    float64          `json:"seconds"` // of fuzzing
	ChecksPerS float64          `json:"checks_per_s"`
	APIs       int              `json:"apis"`
	Covered    int              `json:"apis_covered"`
	Sources    map[string]int   `json:"sources,omitempty"` // APIs by the source that listed them
	Verdicts   map[string]int64 `json:"verdicts"`          // tests by Verdict
	Crashes    int64            `json:"crashes"`           // deaths of target processes, hangs among them
	Hangs      int64            `json:"hangs"`
	LastFindS  float64          `json:"last_find_s"` // since the first test; 0 while there is none
	CaseDigest string           `json:"case_digest"`
	Facets     []FacetDoc       `json:"facets,omitempty"` // the columns of the coverage matrix
	Cells      int              `json:"cells"`            // APIs times the facets that each supports
	CellsTried int              `json:"cells_tried"`
	Families   []FamilyDoc      `json:"families"`        // in the order of their names
	Speed      []SpeedDoc       `json:"speed"`           // at most 120 points, resolution halved when full
	Empty      []EmptyDoc       `json:"empty,omitempty"` // APIs for which no seed runs, so that they are not tested
}

// EmptyDoc is an API without a seed that runs.
type EmptyDoc struct {
	API string `json:"api"`
	Why string `json:"why"` // one line
}

// ReportDoc is the document of `assay fuzz autodiff`: the figures of a campaign and
// its findings in the order of their tests.
type ReportDoc struct {
	CampaignDoc
	Findings []FindingDoc `json:"findings"`
}

// TargetDoc names the library under test.
type TargetDoc struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Build   string `json:"build,omitempty"`
	Program string `json:"program,omitempty"` // the interpreter or binary
}

// FamilyDoc is the coverage of a group of APIs.
type FamilyDoc struct {
	Name     string           `json:"name"`
	APIs     int              `json:"apis"`
	Covered  int              `json:"covered"`
	Tests    int64            `json:"tests"`
	Findings int              `json:"findings"`
	Verdicts map[string]int64 `json:"verdicts"`
	// How many of its APIs were tried in each way of CampaignDoc.Facets, and how many
	// support it.
	Tried     []int `json:"tried,omitempty"`
	Supported []int `json:"supported,omitempty"`
}

// FacetDoc is a way in which APIs can be tried: a mode, a type of elements, or a kind
// of values, by its group.
type FacetDoc struct {
	Group string `json:"group"`
	Name  string `json:"name"`
}

// SpeedDoc is a point of the speed of a campaign: what was done up to a second.
type SpeedDoc struct {
	S        float64 `json:"s"`
	Tests    int64   `json:"tests"`
	Checks   int64   `json:"checks"`
	Findings int     `json:"findings"`
}

// LookDoc is one case looked at in full: the verdict of the oracle, values and
// Jacobians in every way, and the function along one input around the point.
type LookDoc struct {
	Target   TargetDoc   `json:"target"`
	Case     *Case       `json:"case"`
	Verdict  Verdict     `json:"verdict"`
	Category string      `json:"category,omitempty"`
	Wrong    Wrong       `json:"wrong,omitempty"`
	Pattern  string      `json:"pattern,omitempty"`
	Text     string      `json:"text,omitempty"` // of what failed, or of the filter that took it
	Checks   int         `json:"checks"`
	Evidence EvidenceDoc `json:"evidence"`
	Profile  *ProfileDoc `json:"profile,omitempty"`
}

// ProfileDoc is one output as a function of one input, all else fixed: at X around
// the point X[len(X)/2], with the slope that each way to differentiate gives there.
type ProfileDoc struct {
	Row     int     `json:"row"` // of the Jacobian
	Col     int     `json:"col"`
	X       []Float `json:"x"`
	Y       []Float `json:"y"`
	Reverse Float   `json:"reverse"` // NaN where there is none
	Forward Float   `json:"forward"`
	Numeric Float   `json:"numeric"`
}

// MinimiseDoc is the document of `assay fuzz minimise`: the finding as far as it has
// been shrunk, and the steps on the way.
type MinimiseDoc struct {
	FindingDoc
	Campaign string            `json:"campaign"` // the run that found it
	Phase    string            `json:"phase"`
	Trials   int               `json:"trials"`
	Steps    []MinimiseStepDoc `json:"steps"`
}

// MinimiseStepDoc is a case that was smaller or plainer than the one before.
type MinimiseStepDoc struct {
	Trial    int   `json:"trial"`
	Elements int   `json:"elements"`
	Case     *Case `json:"case"`
}

// SelfTestDoc is the document of `assay fuzz selftest`.
type SelfTestDoc struct {
	Planted       int          `json:"planted"`        // faults the target can express
	Found         int          `json:"found"`          // of them, found and named right
	NotApplicable int          `json:"not_applicable"` // faults it cannot express
	Twins         int          `json:"twins"`          // correct functions
	FalseAlarms   int          `json:"false_alarms"`   // findings among them
	Sensitivity   float64      `json:"sensitivity"`    // Found / Planted
	Specificity   float64      `json:"specificity"`    // 1 - FalseAlarms / Twins
	Functions     []PlantedDoc `json:"functions"`
}

// PlantedDoc is one function of a self-test.
type PlantedDoc struct {
	Name     string `json:"name"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
	OK       bool   `json:"ok"`
	Reason   string `json:"reason,omitempty"` // why it is not applicable
}

// ReproDoc is the document of `assay fuzz repro`.
type ReproDoc struct {
	ID         string `json:"id"`
	Reproduced bool   `json:"reproduced"`
	Output     string `json:"output"`
	Reproducer string `json:"reproducer"`
	Note       string `json:"note,omitempty"` // why it could not run
}
