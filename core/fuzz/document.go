package fuzz

// The kinds of records that campaigns store beside findings (run.FindingKind).
const (
	RecordTarget = "fuzz.target" // one TargetDoc, key ""
	RecordState  = "fuzz.state"  // the state a campaign resumes from, key ""
	RecordStats  = "fuzz.stats"  // one StatsDoc, key "": what screens and documents show
)

// The metrics of a campaign, a value a batch; the step is the number of tests.
const (
	MetricRate     = "checks_per_s"
	MetricFindings = "findings"
	MetricAPIs     = "apis_covered"
)

// TargetDoc names the library under test.
type TargetDoc struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Build   string   `json:"build,omitempty"`
	Program string   `json:"program,omitempty"` // the interpreter or binary
	APIs    int      `json:"apis,omitempty"`    // that the campaign covers
	Seeds   int      `json:"seeds,omitempty"`
	Empty   []string `json:"empty,omitempty"` // APIs for which no seed runs
}

// StatsDoc holds the counters of a campaign. Times are in seconds of fuzzing.
type StatsDoc struct {
	Tests       int64                `json:"tests"`
	Checks      int64                `json:"checks"`
	Seconds     float64              `json:"seconds"`
	ChecksPerS  float64              `json:"checks_per_s"`
	APIsCovered int                  `json:"apis_covered"`
	Verdicts    map[string]int64     `json:"verdicts"`
	Families    map[string]FamilyDoc `json:"families"`
	Crashes     int64                `json:"crashes"`
	Hangs       int64                `json:"hangs"`
	LastFindS   float64              `json:"last_find_s"`
	CaseDigest  string               `json:"case_digest"`
	Phase       string               `json:"phase"` // fuzz, confirm, reproducers, done
	Workers     int                  `json:"workers"`
}

// FamilyDoc is the coverage of a family of APIs.
type FamilyDoc struct {
	APIs     int              `json:"apis"`
	Covered  int              `json:"covered"`
	Tests    int64            `json:"tests"`
	Verdicts map[string]int64 `json:"verdicts"`
}

// CampaignDoc is the document of `assay fuzz autodiff`.
type CampaignDoc struct {
	Target      TargetDoc    `json:"target"`
	Tests       int64        `json:"tests"`
	Checks      int64        `json:"checks"`
	ChecksPerS  float64      `json:"checks_per_s"`
	APIsCovered int          `json:"apis_covered"`
	CaseDigest  string       `json:"case_digest"`
	Findings    []FindingDoc `json:"findings"`
	Stats       StatsDoc     `json:"stats"`
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
