package tokenizer

import "container/heap"

// merge is what a pair of adjacent tokens becomes, and how early.
type merge struct {
	rank int32
	id   int32
}

type pair struct{ a, b int32 }

// symbol is one token of a piece while it is being merged, in a list linked by index.
type symbol struct {
	id         int32
	prev, next int32 // -1 at the ends
}

// candidate is a possible merge of the symbols at and behind position at. It is stale once either has changed.
type candidate struct {
	merge
	at   int32
	pair pair
}

// candidates is a heap: lowest rank first, leftmost first among equals.
type candidates []candidate

func (c candidates) Len() int { return len(c) }
func (c candidates) Less(i, j int) bool {
	if c[i].rank != c[j].rank {
		return c[i].rank < c[j].rank
	}
	return c[i].at < c[j].at
}
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)   { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// merger holds the buffers of one Encode call.
type merger struct {
	t     *Tokenizer
	syms  []symbol
	queue candidates
}

// piece appends the tokens of one pre-tokenised piece: repeatedly the adjacent pair of lowest rank is merged, ties
// leftmost. A heap over a linked list keeps that at n log n, so that a megabyte without a space is no trap.
func (m *merger) piece(ids []int32, text string) []int32 {
	if m.t.ignoreMerges {
		if id, ok := m.t.byRaw[text]; ok {
			return append(ids, id)
		}
	}
	m.syms = m.syms[:0]
	m.queue = m.queue[:0]
	for i := range len(text) {
		id := m.t.byteID[text[i]]
		if id < 0 {
			if m.t.unk < 0 {
				continue
			}
			id = m.t.unk
		}
		n := int32(len(m.syms))
		m.syms = append(m.syms, symbol{id: id, prev: n - 1, next: n + 1})
	}
	if len(m.syms) == 0 {
		return ids
	}
	m.syms[len(m.syms)-1].next = -1
	for i := range m.syms {
		if c, ok := m.at(int32(i)); ok {
			m.queue = append(m.queue, c)
		}
	}
	heap.Init(&m.queue)
	for len(m.queue) > 0 {
		c := heap.Pop(&m.queue).(candidate)
		if now, ok := m.at(c.at); !ok || now.pair != c.pair {
			continue
		}
		m.join(c)
	}
	for i := int32(0); i >= 0; i = m.syms[i].next {
		ids = append(ids, m.syms[i].id)
	}
	return ids
}

// at returns the possible merge of the symbol at i with the one behind it.
func (m *merger) at(i int32) (candidate, bool) {
	s := m.syms[i]
	if s.id < 0 || s.next < 0 {
		return candidate{}, false
	}
	p := pair{s.id, m.syms[s.next].id}
	g, ok := m.t.merges[p]
	return candidate{merge: g, at: i, pair: p}, ok
}

// join merges a candidate's two symbols into its first and looks at both new neighbourhoods.
func (m *merger) join(c candidate) {
	left := &m.syms[c.at]
	right := &m.syms[left.next]
	left.id = c.id
	left.next = right.next
	right.id = -1 // candidates that start here are stale
	if left.next >= 0 {
		m.syms[left.next].prev = c.at
	}
	if n, ok := m.at(c.at); ok {
		heap.Push(&m.queue, n)
	}
	if left.prev >= 0 {
		if n, ok := m.at(left.prev); ok {
			heap.Push(&m.queue, n)
		}
	}
}
