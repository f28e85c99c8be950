package model

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// The rope types that are understood.
const (
	RoPEDefault = "default"
	RoPELinear  = "linear"
	RoPELlama3  = "llama3"
)

// defaultTheta is the base that files leave out when they mean it (RoFormer, arXiv 2104.09864).
const defaultTheta = 10000

// RoPE describes a rotary position embedding whose frequencies do not depend on the length of the text, so that a key
// can be turned from one position to another at any time.
type RoPE struct {
	// Type is RoPEDefault, RoPELinear or RoPELlama3.
	Type string
	// Theta is the base: pair i of a head turns by Theta^(-2i/Dim) radians a position before scaling.
	Theta float64
	// Factor stretches positions (linear) or long wavelengths (llama3); 1 for the default type.
	Factor float64
	// LowFreq, HighFreq and OriginalMax bound the wavelengths that llama3 blends between: OriginalMax/HighFreq and
	// OriginalMax/LowFreq tokens. Zero for the other types.
	LowFreq, HighFreq float64
	OriginalMax       int
	// Dim is the number of rotated dimensions of a head, even.
	Dim int
}

// InvFreq returns the Dim/2 angular frequencies in radians a position, scaling applied. The formulas are those of
// Hugging Face's linear and llama3 rope types.
func (r RoPE) InvFreq() []float64 {
	freq := make([]float64, r.Dim/2)
	for i := range freq {
		w := math.Pow(r.Theta, -2*float64(i)/float64(r.Dim))
		switch r.Type {
		case RoPELinear:
			w /= r.Factor
		case RoPELlama3:
			w = r.llama3(w)
		}
		freq[i] = w
	}
	return freq
}

// llama3 keeps short wavelengths, divides long ones by Factor and blends in between:
// t = (OriginalMax/wavelength - LowFreq)/(HighFreq - LowFreq), w' = (1-t)*w/Factor + t*w.
func (r RoPE) llama3(w float64) float64 {
	orig, wavelength := float64(r.OriginalMax), 2*math.Pi/w
	switch {
	case wavelength < orig/r.HighFreq:
		return w
	case wavelength > orig/r.LowFreq:
		return w / r.Factor
	}
	t := (orig/wavelength - r.LowFreq) / (r.HighFreq - r.LowFreq)
	return (1-t)*w/r.Factor + t*w
}

// parseRoPE reads the three places where files keep this: rope_theta, rope_scaling with "type" or "rope_type", and the
// newer rope_parameters, which holds both. When two places speak they must agree.
func parseRoPE(raw rawConfig, headDim int) (RoPE, error) {
	r := RoPE{Type: RoPEDefault, Theta: defaultTheta, Factor: 1, Dim: headDim}
	theta := raw.RopeTheta
	params, where := raw.RopeScaling, "rope_scaling"
	if raw.RopeParameters != nil {
		if raw.RopeScaling != nil {
			return r, fmt.Errorf("rope_scaling and rope_parameters are both set, expected one")
		}
		params, where = raw.RopeParameters, "rope_parameters"
		if text, ok := params["rope_theta"]; ok && string(text) != "null" {
			var inner float64
			if err := json.Unmarshal(text, &inner); err != nil {
				return r, fmt.Errorf("rope_parameters.rope_theta is %s, expected a number", short(text))
			}
			if theta != nil && *theta != inner {
				return r, fmt.Errorf("rope_theta is %g, but rope_parameters.rope_theta is %g", *theta, inner)
			}
			theta = &inner
		}
	}
	if theta != nil {
		r.Theta = *theta
	}
	if !finite(r.Theta) || r.Theta <= 1 {
		return r, fmt.Errorf("rope_theta is %g, expected a number above 1", r.Theta)
	}
	if len(params) == 0 {
		return r, nil
	}
	return r, r.scaling(params, where)
}

// scaling reads the type and exactly the parameters that belong to it: an unknown one means a variant that would be
// computed wrongly.
func (r *RoPE) scaling(params map[string]json.RawMessage, where string) error {
	typ, err := ropeType(params, where)
	if err != nil {
		return err
	}
	r.Type = typ
	keys := make([]string, 0, len(params))
	for k := range params {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	given := map[string]float64{}
	for _, k := range keys {
		text := params[k]
		if k == "type" || k == "rope_type" || string(text) == "null" {
			continue
		}
		if len(text) > 0 && text[0] == '{' {
			return fmt.Errorf("unsupported %s: %q is an object (rope settings by layer type)", where, k)
		}
		switch k {
		case "factor", "rope_theta", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings", "partial_rotary_factor":
		default:
			return fmt.Errorf("unsupported parameter %q in %s of type %q", k, where, typ)
		}
		var v float64
		if err := json.Unmarshal(text, &v); err != nil {
			return fmt.Errorf("%s.%s is %s, expected a number", where, k, short(text))
		}
		given[k] = v
	}
	if p, ok := given["partial_rotary_factor"]; ok && p != 1 {
		return fmt.Errorf("unsupported %s.partial_rotary_factor %g, expected 1", where, p)
	}
	if typ == RoPEDefault {
		return nil
	}
	need := func(key string) float64 {
		v, ok := given[key]
		if !ok && err == nil {
			err = missing(where + "." + key)
		}
		return v
	}
	if r.Factor = need("factor"); err == nil && (!finite(r.Factor) || r.Factor < 1) {
		err = fmt.Errorf("%s.factor is %g, expected at least 1", where, r.Factor)
	}
	if typ == RoPELlama3 && err == nil {
		r.LowFreq, r.HighFreq = need("low_freq_factor"), need("high_freq_factor")
		orig := need("original_max_position_embeddings")
		switch {
		case err != nil:
		case !(r.LowFreq > 0 && r.HighFreq > r.LowFreq) || !finite(r.HighFreq):
			err = fmt.Errorf("%s: low_freq_factor %g and high_freq_factor %g, expected 0 < low < high", where, r.LowFreq, r.HighFreq)
		case orig != math.Trunc(orig) || orig < 1 || orig > maxPositions:
			err = fmt.Errorf("%s.original_max_position_embeddings is %g, expected 1 to %d", where, orig, maxPositions)
		}
		r.OriginalMax = int(orig)
	}
	return err
}

func ropeType(params map[string]json.RawMessage, where string) (string, error) {
	var found string
	for _, key := range []string{"rope_type", "type"} {
		text, ok := params[key]
		if !ok || string(text) == "null" {
			continue
		}
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return "", fmt.Errorf("%s.%s is %s, expected a string", where, key, short(text))
		}
		if found != "" && s != found {
			return "", fmt.Errorf("%s: rope_type %q and type %q differ", where, found, s)
		}
		found = s
	}
	switch found {
	case RoPEDefault, RoPELinear, RoPELlama3:
		return found, nil
	case "":
		for _, k := range sortedKeys(params) {
			if text := params[k]; len(text) > 0 && text[0] == '{' {
				return "", fmt.Errorf("unsupported %s: %q is an object (rope settings by layer type)", where, k)
			}
		}
		// The newer form may hold nothing but the base.
		if _, ok := params["rope_theta"]; ok && len(params) == 1 {
			return RoPEDefault, nil
		}
		return "", fmt.Errorf("%s has no rope_type", where)
	}
	return "", fmt.Errorf("unknown rope type %q in %s, expected default, linear or llama3", found, where)
}

func sortedKeys(m map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// short quotes a JSON value in an error without letting a huge one through.
func short(text json.RawMessage) string {
	const limit = 40
	if len(text) > limit {
		return string(text[:limit]) + "..."
	}
	return string(text)
}
