package prune

import "strconv"

// Bits is a mask in JSON: a list of 0 and 1.
type Bits []bool

// MarshalJSON implements json.Marshaler.
func (b Bits) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, 2*len(b)+2)
	out = append(out, '[')
	for i, keep := range b {
		if i > 0 {
			out = append(out, ',')
		}
		if keep {
			out = append(out, '1')
		} else {
			out = append(out, '0')
		}
	}
	return append(out, ']'), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (b *Bits) UnmarshalJSON(data []byte) error {
	*b = (*b)[:0]
	for _, c := range data {
		switch c {
		case '0', '1':
			*b = append(*b, c == '1')
		case '[', ']', ',', ' ', '\n', '\t', '\r':
		default:
			return strconv.ErrSyntax
		}
	}
	return nil
}

// ScoreDoc is the document of a scoring: what a method says of one network.
type ScoreDoc struct {
	Method            string               `json:"method"`
	Exponent          float64              `json:"exponent"`
	ScoreS            float64              `json:"score_s"` // scores and mask, the start of the program left out
	Scores            map[string][]float64 `json:"scores"`  // by tensor; larger means keep
	Mask              map[string]Bits      `json:"mask"`
	MaskHash          string               `json:"mask_hash"`
	Kept              int                  `json:"kept"`
	Sparsity          float64              `json:"sparsity"`
	EffectiveSparsity float64              `json:"effective_sparsity"` // 1 where no path lives
	Collapsed         []string             `json:"collapsed"`          // layers that every path needs and that keep nothing
	Bypassed          []string             `json:"bypassed"`           // empty layers with a shortcut around them
	Layers            []KeptDoc            `json:"layers"`
	Conservation      float64              `json:"conservation"` // of synflow: largest relative difference of a layer's sum from R
	Warnings          []string             `json:"warnings"`
}

// KeptDoc is what a mask leaves of one layer.
type KeptDoc struct {
	Name string `json:"name"`
	Kept int    `json:"kept"`
	Live int    `json:"live"` // on a live path
	Of   int    `json:"of"`
}
