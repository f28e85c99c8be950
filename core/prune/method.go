package prune

import (
	"fmt"
	"slices"
	"strings"

	"assay/core/run"
)

// The methods that prune before training.
const (
	Random      = "random"       // independent normal scores, over all layers
	RandomLayer = "random-layer" // the same share of every layer, at random
	ERK         = "erk"          // Erdős-Rényi-kernel shares, at random inside a layer
	Magnitude   = "magnitude"    // |w|
	LAMP        = "lamp"         // magnitude, made comparable between layers
	SNIP        = "snip"         // |w dL/dw|
	IterSNIP    = "iter-snip"    // SNIP in steps, on what is left
	GraSP       = "grasp"        // w Hg: what helps the gradient's norm stays
	GraSPAbs    = "grasp-abs"    // |w Hg|
	GraSPIt     = "grasp-it"     // squared gradients in steps, on what is left
	SynFlow     = "synflow"      // |w dR/dw| in steps, without data
	FORCE       = "force"        // SNIP in steps, where weights may come back
	Panning     = "panning"      // three indices, five stages by hand
	PanningMul  = "panning-mul"  // the same, multiplied
	PanningRL   = "panning-rl"   // three indices, weighted by an agent
)

// Methods lists the methods in the order of menus.
func Methods() []string {
	return []string{Random, RandomLayer, ERK, Magnitude, LAMP, SNIP, IterSNIP, GraSP, GraSPAbs, GraSPIt, SynFlow, FORCE, Panning, PanningMul, PanningRL}
}

// The controls, written behind a method: synflow~shuffle.
const (
	Shuffle   = "shuffle"   // the mask of each layer is permuted
	Reinit    = "reinit"    // the network is drawn again after the mask is found
	Invert    = "invert"    // the lowest scores stay
	RandLabel = "randlabel" // scores are taken on random labels
)

// Controls lists the controls.
func Controls() []string { return []string{Shuffle, Reinit, Invert, RandLabel} }

// Method is a method with a control, or without.
type Method struct {
	Name    string // one of Methods
	Control string // one of Controls, or empty
}

// String writes a method as ParseMethod reads it.
func (m Method) String() string {
	if m.Control == "" {
		return m.Name
	}
	return m.Name + "~" + m.Control
}

// NeedsData reports whether the scores look at inputs and labels.
func (m Method) NeedsData() bool {
	switch m.Name {
	case Random, RandomLayer, ERK, Magnitude, LAMP, SynFlow:
		return false
	}
	return true
}

// Steps is how many times a method scores unless told otherwise.
func (m Method) Steps() int {
	switch m.Name {
	case IterSNIP, FORCE, GraSPIt:
		return 60 // the released code of FORCE
	case SynFlow, Panning, PanningMul, PanningRL:
		return 100
	}
	return 1
}

// Temperature is what the logits are divided by unless told otherwise.
func (m Method) Temperature() float64 {
	switch m.Name {
	case GraSP, GraSPAbs, Panning, PanningMul, PanningRL:
		return 200 // the released code of GraSP: at 1 the classifier rules the gradient
	}
	return 1
}

// ParseMethod reads NAME or NAME~CONTROL. Errors are of code E-USAGE.
func ParseMethod(text string) (Method, error) {
	name, control, has := strings.Cut(text, "~")
	if !slices.Contains(Methods(), name) {
		return Method{}, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("method %q: expected one of %s, with ~%s behind it for a control",
			text, strings.Join(Methods(), ", "), strings.Join(Controls(), ", ~"))}
	}
	if has && !slices.Contains(Controls(), control) {
		return Method{}, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("method %q: control %q is not one of %s", text, control, strings.Join(Controls(), ", "))}
	}
	if name == PanningRL && has && control != Reinit {
		return Method{}, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("method %q: %s takes no control but ~%s, since its agent sees the scores", text, name, Reinit)}
	}
	return Method{Name: name, Control: control}, nil
}

// ParseMethods reads a list without repetition, separated by commas.
func ParseMethods(text string) ([]Method, error) {
	var out []Method
	for word := range strings.SplitSeq(text, ",") {
		m, err := ParseMethod(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		if slices.Contains(out, m) {
			return nil, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("method %s is given twice", m)}
		}
		out = append(out, m)
	}
	return out, nil
}
