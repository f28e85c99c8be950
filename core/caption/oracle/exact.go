package oracle

import (
	"slices"

	"assay/core/caption"
)

// insertion compares two captions between which an object was inserted.
func (o *Oracle) insertion(object string, a, b found) (out []caption.Violation) {
	was, in0 := a.strong[object]
	now, in1 := b.strong[object]
	if !in1 {
		out = append(out, o.absent(caption.Missing, object, a, b))
	}
	for _, c := range a.counts {
		if c.Class == object || c.Weak {
			continue
		}
		if after, ok := b.strong[c.Class]; !ok {
			out = append(out, o.absent(caption.Lost, c.Class, a, b))
		} else if !c.Meets(after.Interval) {
			out = append(out, miscount(c.Class, c.Interval, after.Interval))
		}
	}
	for _, c := range b.counts {
		if _, before := a.strong[c.Class]; before || c.Weak || c.Class == object || slices.Contains(o.also[object], c.Class) {
			continue
		}
		out = append(out, o.extra(c.Class, a))
	}
	if in1 {
		expected := caption.Interval{Lo: 1, Hi: 1}
		switch {
		case in0:
			expected = was.Plus(caption.Interval{Lo: 1, Hi: 1})
		case a.weak[object]:
			expected.Hi = caption.Unbounded
		}
		switch {
		case in0 && was.Mass && now.Mass:
			out = append(out, caption.Violation{Kind: caption.SoftMass, Class: object})
		case !expected.Meets(now.Interval):
			out = append(out, miscount(object, expected, now.Interval))
		}
	}
	return out
}

// removal compares two captions between which an object was removed; left says
// that another one of its class remains. ROME's second relation is unsound
// where one does, and holds here only where the truth says that none is left.
func (o *Oracle) removal(object string, left bool, a, b found) (out []caption.Violation) {
	if now, in1 := b.strong[object]; in1 && !left {
		out = append(out, caption.Violation{Kind: caption.Stays, Class: object, Found: &now.Interval})
	} else if was, in0 := a.strong[object]; in0 && in1 && was.Hi != caption.Unbounded {
		if expected := (caption.Interval{Lo: max(was.Lo-1, 1), Hi: max(was.Hi-1, 1)}); !expected.Meets(now.Interval) {
			out = append(out, miscount(object, expected, now.Interval))
		}
	} else if in0 && !in1 && left {
		out = append(out, o.absent(caption.Lost, object, a, b))
	}
	for _, c := range a.counts {
		if c.Class == object || c.Weak {
			continue
		}
		if after, ok := b.strong[c.Class]; !ok {
			out = append(out, o.absent(caption.Lost, c.Class, a, b))
		} else if !c.Meets(after.Interval) {
			out = append(out, miscount(c.Class, c.Interval, after.Interval))
		}
	}
	for _, c := range b.counts {
		if _, before := a.strong[c.Class]; !before && !c.Weak && c.Class != object {
			out = append(out, o.extra(c.Class, a))
		}
	}
	return out
}

// same compares two captions of equal pictures.
func same(a, b found) (out []caption.Violation) {
	for _, c := range a.counts {
		if c.Weak {
			continue
		}
		if after, ok := b.strong[c.Class]; !ok {
			out = append(out, caption.Violation{Kind: caption.Lost, Class: c.Class})
		} else if !c.Meets(after.Interval) {
			out = append(out, miscount(c.Class, c.Interval, after.Interval))
		}
	}
	for _, c := range b.counts {
		if _, before := a.strong[c.Class]; !before && !c.Weak {
			out = append(out, caption.Violation{Kind: caption.Extra, Class: c.Class})
		}
	}
	return out
}

// absent is the violation, or its softening, of a class that the follow-up
// caption should name and does not.
func (o *Oracle) absent(kind, class string, a, b found) caption.Violation {
	switch {
	case b.weak[class] && (kind == caption.Lost || !a.weak[class]):
		return caption.Violation{Kind: caption.SoftWeak, Class: class}
	case newHypernym(class, a, b):
		return caption.Violation{Kind: caption.SoftHypernym, Class: class}
	case kind == caption.Missing && b.modifier[class] && !a.modifier[class]:
		return caption.Violation{Kind: caption.SoftModifier, Class: class}
	}
	return caption.Violation{Kind: kind, Class: class}
}

func (o *Oracle) extra(class string, a found) caption.Violation {
	if a.weak[class] {
		return caption.Violation{Kind: caption.SoftWeak, Class: class}
	}
	return caption.Violation{Kind: caption.Extra, Class: class}
}

// newHypernym reports whether the follow-up caption has a general word for the
// class that the source caption does not have.
func newHypernym(class string, a, b found) bool {
	for word := range b.hypernym {
		if kind := hypernyms[word]; !a.hypernym[word] && (kind == "" || kind == kindOf(class)) {
			return true
		}
	}
	return false
}

func miscount(class string, expected, got caption.Interval) caption.Violation {
	return caption.Violation{Kind: caption.Count, Class: class, Expected: &expected, Found: &got}
}

// where returns the words behind a violation.
func where(v caption.Violation, f [2]found) []caption.Span {
	switch v.Kind {
	case caption.Lost:
		return f[0].spans(0, v.Class, caption.RoleObject)
	case caption.Missing, caption.Extra, caption.Stays:
		return f[1].spans(1, v.Class, caption.RoleObject)
	}
	return slices.Concat(f[0].spans(0, v.Class, caption.RoleObject), f[1].spans(1, v.Class, caption.RoleObject), f[1].spans(1, v.Class, caption.RoleModifier))
}
