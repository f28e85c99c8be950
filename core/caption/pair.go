package caption

// The relations between the two pictures of a pair.
const (
	Insert    = "insert"    // the follow-up has one object more (MetaIC)
	Remove    = "remove"    // the follow-up has one object less (ROME)
	RoundTrip = "roundtrip" // inserted and removed again: the pictures are equal
)

// Relations lists the relations, the default first.
func Relations() []string { return []string{Insert, Remove, RoundTrip} }

// Levels are the overlap levels: 0 none, then ranges up to 15, 30 and 45 % of
// the largest box.
func Levels() []string { return []string{"0", "1", "2", "3"} }

// Box is an object in a picture: its class, its rectangle in pixels, and the
// share of its opaque pixels that nothing covers.
type Box struct {
	Class    string  `json:"class"`
	X        int     `json:"x"`
	Y        int     `json:"y"`
	W        int     `json:"w"`
	H        int     `json:"h"`
	Visible  float64 `json:"visible"`
	Inserted bool    `json:"inserted,omitempty"` // what the pair is about
	File     string  `json:"file,omitempty"`     // the cut-out
}

// Picture describes a composed picture; its pixels follow from the campaign's
// parameters, see package compose. SHA is the hex SHA-256 over width, height
// and RGBA bytes.
type Picture struct {
	ID    string         `json:"id"` // file name without extension: "b0001", "b0001-L2"
	SHA   string         `json:"sha256"`
	W     int            `json:"width"`
	H     int            `json:"height"`
	Boxes []Box          `json:"boxes"` // in the order of drawing, the last on top
	Truth map[string]int `json:"truth"` // objects by class
}

// Said is the answer of a captioner to one picture: a text, or a failure.
// It is the record that a resumed campaign goes on from.
type Said struct {
	Picture   string  `json:"picture"` // Picture.SHA
	Repeat    int     `json:"repeat"`
	Text      string  `json:"text"`
	Failure   string  `json:"failure,omitempty"` // one of Failures; "" when there is a text
	Detail    string  `json:"detail,omitempty"`  // why it failed, one printable line
	Truncated bool    `json:"truncated,omitempty"`
	Cached    bool    `json:"cached,omitempty"`
	Tries     int     `json:"tries"`
	Tokens    int     `json:"tokens,omitempty"`
	Conf      float64 `json:"confidence,omitempty"`
	Ms        float64 `json:"latency_ms"`
}

// The kinds of trouble with a captioner.
const (
	FailCrash       = "crash"
	FailTimeout     = "timeout"
	FailEmpty       = "empty"
	FailMultiLine   = "multi_line"
	FailLanguage    = "language"
	FailBadUTF8     = "bad_utf8"
	FailInvalid     = "invalid" // a refusal, or an answer that is no caption
	FailHTTP4xx     = "http_4xx"
	FailHTTP5xx     = "http_5xx"
	FailRateLimited = "rate_limited"
)

// Failures lists the kinds of trouble in the order of reports.
func Failures() []string {
	return []string{FailCrash, FailTimeout, FailEmpty, FailMultiLine, FailLanguage, FailBadUTF8, FailInvalid, FailHTTP4xx, FailHTTP5xx, FailRateLimited}
}

// The blame of an issue.
const (
	BlameSource   = "source"
	BlameFollowup = "follow-up"
	BlameBoth     = "both"
	BlameUnknown  = "unknown"
)

// Truth is what a composed pair shows: objects by class, before and after.
type Truth struct {
	Source   map[string]int `json:"source"`
	Followup map[string]int `json:"followup"`
}

// Pair is one judged (or failed) pair. Records of kind RecordPair hold it, key ID.
type Pair struct {
	ID         string    `json:"id"` // "b0001-L2"
	Relation   string    `json:"relation"`
	Background string    `json:"background"` // family of the drawn picture or name of a photo
	Object     string    `json:"object"`     // class inserted or removed
	Level      int       `json:"level"`
	Rho        []float64 `json:"rho,omitempty"` // share of each background box covered, the largest box first
	Source     Picture   `json:"source"`
	Followup   Picture   `json:"followup"`

	Captions [2]string `json:"captions"`
	Failed   [2]string `json:"failed"` // kind of trouble, "" where there is a caption
	Judgement

	Known     bool    `json:"known"`     // the truth is known: Confirmed, Wrong and Blame rest on it
	Confirmed bool    `json:"confirmed"` // an issue, and a caption is wrong about a class in it
	Wrong     bool    `json:"wrong"`     // a caption is wrong about some class, whatever the verdict
	Blame     string  `json:"blame,omitempty"`
	Repeats   string  `json:"repeats,omitempty"` // "4/5": paired repeats in which the verdict held
	Flaky     bool    `json:"flaky,omitempty"`
	Unstable  bool    `json:"unstable,omitempty"` // the caption of the unchanged background changed under invisible noise
	Hard      bool    `json:"hard,omitempty"`     // the captioner cannot name the object even alone
	Signature string  `json:"signature,omitempty"`
	Group     string  `json:"group,omitempty"` // equal for sightings of one distinct issue: background, object, signature
	Score     float64 `json:"score"`           // rank for triage, more is more worth a look
}

// Judged reports whether both captions were there to compare.
func (p *Pair) Judged() bool { return p.Failed[0] == "" && p.Failed[1] == "" && p.Verdict != Invalid }
