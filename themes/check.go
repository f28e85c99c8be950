package themes

import (
	"errors"
	"math"
)

// check finds what is wrong with how a theme would look, as far as arithmetic
// can. Colours that are up to the terminal are not judged, and a palette that
// somebody else has published keeps its contrasts: a theme of its name with other
// colours would be none.
func (sp *spec) check() error {
	var errs []error
	if !sp.background.known() {
		e := sp.backgroundAt
		if e.key == nil {
			return &Error{File: sp.rampAt.file, Key: "background", Text: "missing: state the colour that contrast is measured against"}
		}
		return e.fault("expected a colour of fixed appearance")
	}
	if !sp.published {
		errs = append(sp.checkContrast(), sp.checkVerdicts()...)
	}
	if sp.rampAt.key != nil && !monotone(sp.ramp, 0, Steps-1) {
		errs = append(errs, sp.rampAt.fault("the lightness of the ramp does not grow or fall throughout"))
	}
	if sp.divergeAt.key != nil && (!monotone(sp.diverge, 0, Steps/2) || !monotone(sp.diverge, Steps/2, Steps-1)) {
		errs = append(errs, sp.divergeAt.fault("the lightness of the diverging ramp does not grow or fall from the middle to each end"))
	}
	return errors.Join(errs...)
}

// checkContrast makes sure that what is read can be read.
func (sp *spec) checkContrast() (errs []error) {
	for _, name := range Roles() {
		r := sp.roles[name]
		if r.at.key == nil || name == "border" || name == "grid" || name == "scrollbar" || name == "faint" {
			// Rules and grids are furniture: they may be as quiet as they like above
			// nothing, and nobody reads them. What is faint is repeated elsewhere.
			if r.fg.known() && contrast(r.fg, sp.background) < 3 {
				errs = append(errs, r.at.fault("contrast %.1f, at least 3 is needed", contrast(r.fg, sp.background)))
			}
			continue
		}
		ground := sp.background
		if r.bg.known() {
			ground = r.bg
		}
		if !r.fg.known() || !ground.known() {
			continue
		}
		if got, need := contrast(r.fg, ground), leastContrast(name); got < need {
			errs = append(errs, r.at.fault("contrast %.1f with its ground, at least %.1f is needed", got, need))
		}
	}
	return errs
}

// checkVerdicts makes sure that ok, warn and error look different without red
// or green cones.
func (sp *spec) checkVerdicts() (errs []error) {
	const least = 0.06 // distance in OKLab that is seen at a glance in a word of text
	verdicts := []string{"ok", "warn", "error"}
	for _, red := range []bool{true, false} {
		for i, x := range verdicts {
			for _, y := range verdicts[i+1:] {
				a, b := sp.roles[x], sp.roles[y]
				if !a.fg.known() || !b.fg.known() {
					continue
				}
				l1, a1, b1 := a.fg.dichromat(red)
				l2, a2, b2 := b.fg.dichromat(red)
				if math.Sqrt((l1-l2)*(l1-l2)+(a1-a2)*(a1-a2)+(b1-b2)*(b1-b2)) < least {
					who := "deuteranopia"
					if red {
						who = "protanopia"
					}
					errs = append(errs, b.at.fault("looks like %s under %s", x, who))
				}
			}
		}
	}
	return errs
}

// monotone reports whether lightness only grows, or only falls, from one step to
// another, in the full colours and in the 256 colours.
func monotone(r ramp, from, to int) bool {
	way := func(at func(int) color) bool {
		up, down := true, true
		for i := from; i < to; i++ {
			a, b := at(i), at(i+1)
			if !a.known() || !b.known() {
				continue
			}
			la, _, _ := a.oklab()
			lb, _, _ := b.oklab()
			up = up && lb > la
			down = down && lb < la
		}
		return up || down
	}
	return way(func(i int) color { return r.full[i] }) &&
		way(func(i int) color { return color{kind: indexed, index: r.c256[i]} })
}
