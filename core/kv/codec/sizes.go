package codec

// Sizes says what a container spends its bytes on. Total counts all of it.
type Sizes struct {
	Payload int64 // symbols, and what ends their streams
	Table   int64 // probability tables
	Scale   int64
	Length  int64 // lengths of streams, maps of folded rows
	Header  int64 // header, section heads and checksums
	Total   int64
}

// Add returns the sum of two.
func (s Sizes) Add(o Sizes) Sizes {
	return Sizes{s.Payload + o.Payload, s.Table + o.Table, s.Scale + o.Scale, s.Length + o.Length, s.Header + o.Header, s.Total + o.Total}
}

// Sizes returns the container's.
func (k *Chunk) Sizes() Sizes {
	n := func(sec int) int64 { return int64(len(k.parts[sec])) }
	s := Sizes{Payload: n(secData), Table: n(secTables), Scale: n(secScales), Length: n(secLengths) + n(secRows), Total: int64(k.size)}
	if b := k.m.block; b != nil {
		blocks := n(secData) / int64(b.bytes)
		s.Scale = blocks * int64(b.scale)
		s.Payload -= s.Scale
	}
	s.Header = s.Total - s.Payload - s.Table - s.Scale - s.Length
	return s
}

// PayloadOf returns the bytes of one tensor's streams, without scales and tables.
func (k *Chunk) PayloadOf(part, layer int) int64 {
	total := int64(0)
	for _, p := range k.tensors[part*k.h.layers+layer].planes {
		total += int64(len(p.data))
	}
	return total
}
