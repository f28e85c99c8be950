package oracle

import (
	"slices"

	"assay/core/caption"
)

// found is what a caption says.
type found struct {
	mentions []caption.Mention
	counts   []caption.ClassCount // active classes, in order of first mention
	strong   map[string]caption.ClassCount
	weak     map[string]bool // classes with weak mentions, whether or not there are strong ones
	modifier map[string]bool
	hypernym map[string]bool
	hits     int // words of the lexicon, of whatever role
}

// place is a match of the lexicon in a caption.
type place struct {
	entry
	at, n int
	role  string
	drop  bool
}

// extract reads a caption.
func (l *lexicon) extract(text string) found {
	tokens := tokenize(text)
	places := l.places(tokens)
	taken := make([]bool, len(tokens))
	for _, p := range places {
		for k := p.at; k < p.at+p.n && !p.hypernym; k++ {
			taken[k] = !p.drop
		}
	}
	f := found{strong: map[string]caption.ClassCount{}, weak: map[string]bool{}, modifier: map[string]bool{}, hypernym: map[string]bool{}}
	var reads []reading
	for _, p := range places {
		if p.drop {
			continue
		}
		f.hits++
		surface := join(tokens[p.at : p.at+p.n])
		own := slices.Clone(taken) // a noun does not end its own phrase
		for k := p.at; k < p.at+p.n; k++ {
			own[k] = false
		}
		r := measure(tokens, p.at, p.form, surface, own)
		if r.negated {
			continue
		}
		for _, class := range p.classes {
			m := caption.Mention{Class: class, Interval: r.Interval, Weak: p.weak, Mass: r.mass, Role: p.role,
				Start: tokens[p.at].start, End: tokens[p.at+p.n-1].end, Surface: surface, Rule: r.rule}
			switch {
			case p.role == caption.RoleHypernym:
				f.hypernym[class] = true
			case !l.active[class]:
				continue
			case p.role == caption.RoleModifier:
				f.modifier[class] = true
			case p.weak:
				f.weak[class] = true
			}
			f.mentions = append(f.mentions, m)
			reads = append(reads, r)
		}
	}
	f.total(reads)
	return f
}

// places finds the nouns of a caption and settles which of them stand for things.
func (l *lexicon) places(tokens []token) []place {
	var out []place
	toilet := false
	for i := 0; i < len(tokens); {
		e, n, ok := l.match(tokens, i)
		if !ok || tokens[i].punct {
			i++
			continue
		}
		p := place{entry: e, at: i, n: n, role: caption.RoleObject}
		switch {
		case e.modifier:
			p.role = caption.RoleModifier
		case e.hypernym:
			p.role = caption.RoleHypernym
		}
		word, prev, next := tokens[i].text, "", ""
		if i > 0 {
			prev = tokens[i-1].text
		}
		if i+n < len(tokens) {
			next = tokens[i+n].text
		}
		toilet = toilet || word == "toilet"
		switch {
		case n > 1:
		case word == "orange" && content(tokens, i+1):
			p.drop = true // a colour
		case verbs[word] && verbal[prev]:
			p.drop = true
		case collectives[word] && next == "of":
			p.drop = true // "a couple of", "a family of": the number of what follows
		case (word == "mobile" || word == "male" || word == "female") && content(tokens, i+1):
			p.drop = true
		}
		out = append(out, p)
		i += n
	}
	for k := range out {
		p := &out[k]
		if p.role == caption.RoleHypernym && k+1 < len(out) && out[k+1].at == p.at+p.n {
			p.drop = true // "a toy bike", "an animal horse" say no more than the class does
		}
		if p.drop || p.role != caption.RoleObject {
			continue
		}
		if toilet && p.weak && tokens[p.at].text == "seat" {
			p.drop = true
			continue
		}
		if k+1 >= len(out) {
			continue
		}
		q := out[k+1]
		if p.form == singular && !p.weak && q.at == p.at+p.n && q.role == caption.RoleObject && !q.drop && !q.weak {
			if agePrefix[tokens[p.at].text] && kindOf(q.classes[0]) == "animal" {
				p.drop = true // a baby elephant is no person
			} else {
				p.role = caption.RoleModifier // "dog bowl", "apple pie"
			}
		}
	}
	return out
}

var collectives = set("couple crowd family team audience group cup glass bottle bowl box")

// content reports whether tokens[i] is a word with content: neither a function
// word nor a mark nor the end.
func content(tokens []token, i int) bool {
	return i < len(tokens) && !tokens[i].punct && !function[tokens[i].text] && tokens[i].text != "'s"
}

// total joins the mentions of each class to one interval: indefinite ones add
// up, definite ones speak of the same things again.
func (f *found) total(reads []reading) {
	type sum struct {
		indef, def *caption.Interval
		mass       bool
	}
	sums := map[string]*sum{}
	var order []string
	for pass := range 2 { // strong mentions, then weak ones of classes without a strong one
		for i, m := range f.mentions {
			if m.Role != caption.RoleObject || m.Weak != (pass == 1) {
				continue
			}
			if _, strong := f.strong[m.Class]; strong && pass == 1 {
				continue
			}
			s := sums[m.Class]
			if s == nil {
				s = &sum{mass: true}
				sums[m.Class] = s
				order = append(order, m.Class)
			}
			s.mass = s.mass && m.Mass
			iv := m.Interval
			switch {
			case reads[i].definite && s.def == nil:
				s.def = &iv
			case reads[i].definite:
				*s.def = larger(*s.def, iv)
			case s.indef == nil:
				s.indef = &iv
			default:
				*s.indef = s.indef.Plus(iv)
			}
		}
		if pass == 0 {
			for _, c := range order {
				f.strong[c] = caption.ClassCount{}
			}
		}
	}
	for _, c := range order {
		s := sums[c]
		cc := caption.ClassCount{Class: c, Mass: s.mass}
		switch {
		case s.indef == nil:
			cc.Interval = *s.def
		case s.def == nil:
			cc.Interval = *s.indef
		default:
			cc.Interval = larger(*s.indef, *s.def)
		}
		if _, strong := f.strong[c]; strong {
			f.strong[c] = cc
		} else {
			cc.Weak = true
		}
		f.counts = append(f.counts, cc)
	}
}

func larger(a, b caption.Interval) caption.Interval {
	out := caption.Interval{Lo: max(a.Lo, b.Lo), Hi: max(a.Hi, b.Hi)}
	if a.Hi == caption.Unbounded || b.Hi == caption.Unbounded {
		out.Hi = caption.Unbounded
	}
	return out
}

// spans returns where a caption names a class.
func (f *found) spans(which int, class, role string) (out []caption.Span) {
	for _, m := range f.mentions {
		if m.Class == class && m.Role == role {
			out = append(out, caption.Span{Caption: which, Start: m.Start, End: m.End})
		}
	}
	return out
}
