package blend

import (
	"fmt"
	"slices"

	"assay/core/kv"
)

// dummyText fills the positions before a slot in promptcache mode: neutral, and
// long enough that its repetition does not look like a short cycle.
const dummyText = "This text stands here only to fill the place of what will be put in front of the next part. " +
	"It says nothing about anybody and answers no question. "

// dummy returns length tokens of dummy text: the BOS where the model has one,
// then dummyText over and over, cut at the end. Without a tokenizer the ids 0, 1,
// 2, ... take the place of the text.
func (e *Engine) dummy(length int) []int32 {
	var unit, out []int32
	if e.m.Tokenizer != nil {
		unit = e.m.Tokenizer.Encode(dummyText)
	}
	for id := 0; len(unit) == 0 || (e.m.Tokenizer == nil && id < e.m.Config.Vocab); id++ {
		unit = append(unit, int32(id))
	}
	if e.m.Config.BOS >= 0 {
		out = append(out, int32(e.m.Config.BOS))
	}
	for i := 0; len(out) < length; i++ {
		out = append(out, unit[i%len(unit)])
	}
	return out[:length]
}

// fillSlots finds or makes the caches of promptcache mode: the prefix as it is,
// each chunk behind a dummy of exactly as many tokens as come before it, so that
// it needs no other position later.
func (s *Session) fillSlots() error {
	if s.slots != nil {
		return nil
	}
	var missing []*segment
	slots := make([]*segment, len(s.segs))
	for i, g := range s.segs {
		if g.Kind == kv.SegmentPrefix || g.cold {
			slots[i] = g
			continue
		}
		slot := &segment{SegmentDoc: g.SegmentDoc, ids: g.ids, at: g.Start, turned: g.turned, doc: g.doc}
		s.e.name(slot, fmt.Sprintf("dummy-1@%d", g.Start))
		slots[i] = slot
		hit, err := s.e.find(slot)
		if err != nil {
			return err
		}
		if !hit {
			missing = append(missing, slot)
		}
	}
	if err := s.fill(missing); err != nil {
		return err
	}
	s.slots = slots
	return nil
}

// fill makes the caches of slots, in ascending order of their places. The dummy
// is prefilled once for the longest of them; since a row does not depend on the
// rows behind it, the shorter ones are its beginning. The slots are done from
// the last to the first: each overwrites the dummy only at and behind its own
// place, which no slot before it looks at.
func (s *Session) fill(slots []*segment) error {
	if len(slots) == 0 {
		return nil
	}
	longest := slots[len(slots)-1].Start
	if longest > 0 {
		if _, err := s.extend(s.e.mem.mode, s.e.dummy(longest), 0, 0); err != nil {
			return err
		}
	}
	for _, slot := range slices.Backward(slots) {
		if err := s.e.compute(slot, slot.ids, slot.Start); err != nil {
			return err
		}
	}
	return nil
}

// fillQuestion makes the cache of the question, for the ref variant: as a chunk,
// held in memory alone.
func (s *Session) fillQuestion() error {
	if s.question.ram != nil {
		return nil
	}
	disk := s.e.store
	s.e.store = nil
	defer func() { s.e.store = disk }()
	return s.e.precompute(s.question)
}
