package kv

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// The rules of a streaming controller, and Clairvoyant, which knows the whole
// trace and is there to compare with.
const (
	RulePaper       = "paper"       // text where all that is left fits as text, else the finest level that fits at the throughput last seen
	RuleReleased    = "ref"         // an equal share of the deadline a chunk, levels before text
	RuleExact       = "exact"       // the best quality that leaves the deadline safe should the link fall to a tenth
	RuleClairvoyant = "clairvoyant" // the fastest way of every chunk
)

// StreamRules returns the rules that can be asked for.
func StreamRules() []string { return []string{RulePaper, RuleReleased, RuleExact} }

// ChoiceText sends a chunk as text, whose KV is then recomputed.
const ChoiceText = "text"

// RecordStream is one StreamDoc, key ""; RecordPlan one StreamPlan, key "".
const (
	RecordStream = "kv.stream"
	RecordPlan   = "kv.plan"
)

// MaxPlanBytes bounds a plan or a trace.
const MaxPlanBytes = 16 << 20

// StreamPlan is what a controller knows and a link will do. Lists are by chunk.
type StreamPlan struct {
	Sizes     map[string][]int64 `json:"sizes_bytes"` // by level "1", "2", "3"
	Text      []float64          `json:"text_s"`      // seconds to recompute the chunk from text
	SLO       float64            `json:"slo_s"`
	Bandwidth []float64          `json:"bandwidth_gbps"` // 10^9 bits a second while the chunk is sent
}

// ParsePlan reads a plan. The error is of code E-INPUT and names what is wrong; a
// deadline of 0 is left for the caller to fill in.
func ParsePlan(data []byte) (StreamPlan, error) {
	var p StreamPlan
	if len(data) > MaxPlanBytes {
		return p, input("plan: more than %d MiB", MaxPlanBytes>>20)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, input(`plan: %s: expected {"sizes_bytes":{"1":[...],"2":[...],"3":[...]},"text_s":[...],"slo_s":S,"bandwidth_gbps":[...]}`, badJSON(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return p, input("plan: something follows the JSON object at byte %d", d.InputOffset())
	}
	return p, p.Check()
}

// Check refuses a plan that cannot be followed.
func (p StreamPlan) Check() error {
	n := len(p.Text)
	if n == 0 {
		return input("plan: text_s is empty: expected the seconds of at least one chunk")
	}
	for _, level := range Ladder() {
		sizes, ok := p.Sizes[level]
		if !ok || len(sizes) != n {
			return input("plan: sizes_bytes[%q] has %d chunks, text_s has %d", level, len(sizes), n)
		}
		for i, s := range sizes {
			if s < 1 {
				return input("plan: sizes_bytes[%q][%d] is %d: expected at least 1 byte", level, i, s)
			}
		}
	}
	if len(p.Sizes) != len(Ladder()) {
		return input("plan: sizes_bytes has %d levels: expected %s", len(p.Sizes), strings.Join(Ladder(), ", "))
	}
	if len(p.Bandwidth) != n {
		return input("plan: bandwidth_gbps has %d chunks, text_s has %d", len(p.Bandwidth), n)
	}
	for i, t := range p.Text {
		if !(t >= 0) || t > longest {
			return input("plan: text_s[%d] is %g: expected 0 to %g seconds", i, t, longest)
		}
	}
	if !(p.SLO >= 0) || p.SLO > longest {
		return input("plan: slo_s is %g: expected more than 0 seconds, at most %g", p.SLO, longest)
	}
	return checkBandwidth("plan: bandwidth_gbps", p.Bandwidth)
}

// The bounds of what a plan may hold: far beyond any link and any wait, and near
// enough for sums to stay numbers.
const (
	slowestLink = 1e-6 // Gbit/s
	fastestLink = 1e6
	longest     = 1e9 // seconds
)

func checkBandwidth(what string, trace []float64) error {
	for i, b := range trace {
		if !(b > 0) || math.IsInf(b, 0) {
			return input("%s[%d] is %g: expected more than 0 Gbit/s; a link that is down has no rate, leave the chunk to text", what, i, b)
		}
		if b < slowestLink || b > fastestLink {
			return input("%s[%d] is %g: expected %g to %g Gbit/s", what, i, b, slowestLink, fastestLink)
		}
	}
	return nil
}

// ParseTrace reads a bandwidth trace: a JSON list of numbers, an object with
// bandwidth_gbps, or numbers with white space or commas between, in 10^9 bits a
// second by chunk.
func ParseTrace(data []byte) ([]float64, error) {
	if len(data) > MaxPlanBytes {
		return nil, input("trace: more than %d MiB", MaxPlanBytes>>20)
	}
	var trace []float64
	text := strings.TrimSpace(string(data))
	switch {
	case strings.HasPrefix(text, "["):
		if err := json.Unmarshal(data, &trace); err != nil {
			return nil, input("trace: %s: expected a list of numbers", badJSON(err))
		}
	case strings.HasPrefix(text, "{"):
		var o struct {
			Bandwidth []float64 `json:"bandwidth_gbps"`
		}
		if err := json.Unmarshal(data, &o); err != nil {
			return nil, input(`trace: %s: expected {"bandwidth_gbps":[...]}`, badJSON(err))
		}
		trace = o.Bandwidth
	default:
		for i, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;\t\r\n", r) }) {
			b, err := strconv.ParseFloat(w, 64)
			if err != nil {
				return nil, input("trace: entry %d is %s: expected a number of Gbit/s", i, quote(w))
			}
			trace = append(trace, b)
		}
	}
	if len(trace) == 0 {
		return nil, input("trace: it has no entry: expected Gbit/s by chunk")
	}
	return trace, checkBandwidth("trace", trace)
}

// StreamDoc is the document of `assay kv stream`.
type StreamDoc struct {
	Rule     string    `json:"rule"`
	Choices  []string  `json:"choices"` // a level or text, by chunk
	Total    float64   `json:"total_s"`
	Met      bool      `json:"met"`
	SLO      float64   `json:"slo_s"`
	Feasible bool      `json:"feasible"` // some choice meets the deadline: the clairvoyant one does
	Note     string    `json:"note,omitempty"`
	Others   []RuleDoc `json:"others"` // the other rules, and the clairvoyant choice, on the same plan
	Chunks   []SentDoc `json:"chunks"`
	Live     *LiveDoc  `json:"live,omitempty"` // the transfer over a real link
}

// RuleDoc is what a rule would have done.
type RuleDoc struct {
	Rule    string   `json:"rule"`
	Choices []string `json:"choices"`
	Total   float64  `json:"total_s"`
	Met     bool     `json:"met"`
}

// SentDoc is one chunk of the plan.
type SentDoc struct {
	Choice    string  `json:"choice"`
	Bytes     int64   `json:"bytes"` // 0 for text
	Bandwidth float64 `json:"bandwidth_gbps"`
	Start     float64 `json:"start_s"`
	End       float64 `json:"end_s"`
}

// LiveDoc is a transfer over loopback TCP at the throttled rates of the plan.
type LiveDoc struct {
	Choices []string  `json:"choices"`
	TotalMs float64   `json:"total_ms"`
	Met     bool      `json:"met_live_ms"` // measured, as the name says
	Lanes   []SpanDoc `json:"lanes_ms"`
}

// SpanDoc is one bar of a Gantt chart.
type SpanDoc struct {
	Lane  string  `json:"lane"` // load, decode, compute
	Item  int     `json:"item"` // chunk or layer
	Start float64 `json:"start_ms"`
	End   float64 `json:"end_ms"`
}
