package caption

import "strconv"

// Unbounded is the upper end of an interval that has none.
const Unbounded = -1

// Interval is a range of counts, both ends included. Hi is Unbounded where
// words such as "several" set no upper end.
type Interval struct {
	Lo int `json:"lo"`
	Hi int `json:"hi"`
}

// Meets reports whether some count lies in both intervals.
func (i Interval) Meets(j Interval) bool {
	return (i.Hi == Unbounded || j.Lo <= i.Hi) && (j.Hi == Unbounded || i.Lo <= j.Hi)
}

// Plus returns the interval of the sum of two counts.
func (i Interval) Plus(j Interval) Interval {
	if i.Hi == Unbounded || j.Hi == Unbounded {
		return Interval{i.Lo + j.Lo, Unbounded}
	}
	return Interval{i.Lo + j.Lo, i.Hi + j.Hi}
}

// String writes the interval as people read it: "2", ">=2" or "2-3".
func (i Interval) String() string {
	switch {
	case i.Hi == Unbounded:
		return ">=" + strconv.Itoa(i.Lo)
	case i.Lo == i.Hi:
		return strconv.Itoa(i.Lo)
	}
	return strconv.Itoa(i.Lo) + "-" + strconv.Itoa(i.Hi)
}

// The roles of a mention. Only objects are compared; the others soften a
// verdict or explain it.
const (
	RoleObject   = "object"
	RoleModifier = "modifier" // "dog" in "dog house"
	RoleHypernym = "hypernym" // "animal"
)

// Mention is one place of a caption that names a class.
type Mention struct {
	Class string `json:"class"` // the hypernym itself where Role says so
	Interval
	Weak    bool   `json:"weak,omitempty"` // a loose synonym: evidence, not proof
	Mass    bool   `json:"mass,omitempty"` // the number cannot be read off the words
	Role    string `json:"role"`
	Start   int    `json:"start"` // byte offsets into the caption, End exclusive
	End     int    `json:"end"`
	Surface string `json:"surface"` // the words, lower case
	Rule    string `json:"rule"`    // what made the interval: "a", "numeral", "plural", ...
}

// ClassCount is what one caption says of one class, all its mentions together.
type ClassCount struct {
	Class string `json:"class"`
	Interval
	Weak bool `json:"weak,omitempty"` // every mention is weak
	Mass bool `json:"mass,omitempty"` // every mention is a mass noun
}
