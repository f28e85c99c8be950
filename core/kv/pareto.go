package kv

// The records of kv.pareto and kv.load.
const (
	RecordPoint = "kv.point" // one PointDoc a level and ratio, key "LEVEL/RATIO"
	RecordTrial = "kv.trial" // one PointDoc a prompt, level and ratio, key "PROMPT/LEVEL/RATIO"
	RecordTier  = "kv.tier"  // one TierDoc a tier and level, key "TIER/LEVEL"
	RecordPick  = "kv.pick"  // one PickDoc, key ""
)

// LevelText is the way to serve without a cache: the text is sent and computed.
const LevelText = "text"

// ParetoDoc is the document of `assay kv pareto`: blends of compressed chunks that
// come over a throttled link, beside computing the text.
type ParetoDoc struct {
	Points []PointDoc `json:"points"`
}

// PointDoc is one level and ratio, the mean over prompts. Text has ratio 1.
type PointDoc struct {
	Level     string  `json:"level"`
	Ratio     float64 `json:"ratio"`
	Bytes     int64   `json:"bytes"` // over the link
	TTFTMs    float64 `json:"ttft_ms"`
	KL        float64 `json:"kl"`
	Top1      float64 `json:"top1"`
	Prompts   int     `json:"prompts"`
	Dominated bool    `json:"dominated"` // another point is at least as good in all three and better in one; rests on measured times
}

// Dominate marks the points that another one beats in bytes, time and loss.
func Dominate(points []PointDoc) {
	for i := range points {
		p := &points[i]
		p.Dominated = false
		for _, q := range points {
			if q.Bytes <= p.Bytes && q.TTFTMs <= p.TTFTMs && q.KL <= p.KL && (q.Bytes < p.Bytes || q.TTFTMs < p.TTFTMs || q.KL < p.KL) {
				p.Dominated = true
			}
		}
	}
}

// The storage tiers of kv.load.
const (
	TierMemory = "memory"
	TierDisk   = "disk"
	TierRemote = "remote" // a loopback link at a throttled rate
)

// Tiers returns every tier.
func Tiers() []string { return []string{TierMemory, TierDisk, TierRemote} }

// LoadDoc is the document of `assay kv load`: what CacheBlend's loading controller
// (arXiv 2405.16444, section 5.1) makes of each tier.
type LoadDoc struct {
	Tiers []TierDoc `json:"tiers"`
	Pick  PickDoc   `json:"pick"`
}

// PickDoc is the tier that the controller takes for the ratio asked for.
type PickDoc struct {
	Ratio  float64 `json:"ratio"`
	Tier   string  `json:"tier_ms"` // rests on measured times, as the name says
	Level  string  `json:"level_ms"`
	Reason string  `json:"reason_ms"`
}

// TierDoc is one tier with chunks at one level.
type TierDoc struct {
	Tier  string  `json:"tier"`
	Level string  `json:"level"` // of exact
	Bytes int64   `json:"bytes"`
	Price float64 `json:"price_gb_month"`
	Cost  float64 `json:"cost_month"` // bytes times price

	LoadMs      float64 `json:"load_ms"`      // of all layers, decoding included, alone
	PrefillMs   float64 `json:"prefill_ms"`   // of the context, by the fit
	RecomputeMs float64 `json:"recompute_ms"` // the ratio asked for times prefill
	Ratio       float64 `json:"ratio_ms"`     // at which recomputing takes as long as loading; at least 0.15, at most 1
	PredictedMs float64 `json:"predicted_ttft_ms"`
	MeasuredMs  float64 `json:"measured_ttft_ms"`
	Sequential  float64 `json:"sequential_ttft_ms"` // the same without loading ahead
	KL          float64 `json:"kl"`
	Misses      int     `json:"misses_ms"`      // chunks that had to be fetched or made again because the tier was full; as many as runs were timed
	Note        string  `json:"note,omitempty"` // what makes the figures those of another tier

	Lanes []SpanDoc `json:"lanes_ms"` // of the prediction: load and compute by layer
}
