package caption

// IssueDoc is an issue as commands print it and as the list of findings of all
// benches reads it. ID is that of its pair.
type IssueDoc struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Category  string `json:"category"`
	Severity  string `json:"severity"`
	Signature string `json:"signature"`
	Verdict   string `json:"verdict"`
	Confirmed bool   `json:"confirmed"`

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
