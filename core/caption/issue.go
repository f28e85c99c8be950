package caption

import "assay/core/run"

// IssueDoc is an issue as commands print it and as the list of findings of all
// benches reads it: Finding.ID is that of its pair, Finding.Category one of
// Categories, Finding.Confirmed says that the truth of the scenes contradicts a
// caption.
type IssueDoc struct {
	run.Finding

	Relation   string    `json:"relation"`
	Object     string    `json:"object"`
	Level      int       `json:"level"`
	Captions   [2]string `json:"captions"`
	Rule       string    `json:"rule"`
	Categories []string  `json:"categories"`
	Violations []string  `json:"violations"`
	Swaps      []Swap    `json:"swaps,omitempty"`
	Blame      string    `json:"blame"`
	Truth      *Truth    `json:"truth,omitempty"` // of composed scenes
	Group      string    `json:"group"`
	Score      float64   `json:"score"`
	Flaky      bool      `json:"flaky,omitempty"`
	Unstable   bool      `json:"unstable,omitempty"`
	Hard       bool      `json:"hard,omitempty"`
}
