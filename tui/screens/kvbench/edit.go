package kvbench

import "slices"

// selection is an edit of the tokens that a mode picked: positions toggled by
// hand, in the order they were, so that each can be undone.
type selection struct{ toggled []int }

// toggle adds a position to the selection or takes it out again.
func (s *selection) toggle(pos int) { s.toggled = append(s.toggled, pos) }

// undo takes back the last toggle and returns its position; ok is false where
// there is none.
func (s *selection) undo() (pos int, ok bool) {
	if len(s.toggled) == 0 {
		return 0, false
	}
	pos = s.toggled[len(s.toggled)-1]
	s.toggled = s.toggled[:len(s.toggled)-1]
	return pos, true
}

// odd reports whether a position was toggled an odd number of times.
func (s *selection) odd(pos int) bool {
	odd := false
	for _, t := range s.toggled {
		if t == pos {
			odd = !odd
		}
	}
	return odd
}

// len returns the number of positions whose state differs from the mode's.
func (s *selection) len() int {
	n := 0
	for i, t := range s.toggled {
		if s.odd(t) && !slices.Contains(s.toggled[:i], t) {
			n++
		}
	}
	return n
}

// apply returns base, ascending, with the edits made.
func (s *selection) apply(base []int) []int {
	out := make([]int, 0, len(base)+len(s.toggled))
	for _, b := range base {
		if !s.odd(b) {
			out = append(out, b)
		}
	}
	for _, t := range s.toggled {
		if _, has := slices.BinarySearch(base, t); !has && s.odd(t) && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return out
}

// split returns the positions that were added to base and those taken out of it.
func (s *selection) split(base []int) (added, removed map[int]bool) {
	added, removed = map[int]bool{}, map[int]bool{}
	for _, t := range s.toggled {
		if !s.odd(t) {
			continue
		}
		if _, has := slices.BinarySearch(base, t); has {
			removed[t] = true
		} else {
			added[t] = true
		}
	}
	return added, removed
}
