// Package blend serves prompts whose chunks were cached before, in every mode of
// package kv side by side, and measures what each one costs in time and loses
// against full prefill (CacheBlend, arXiv 2405.16444).
//
// # How a prompt is served
//
// Every segment is precomputed alone: the prefix from position 0, each chunk
// behind what kv.Chunking says, whose rows are dropped: one BOS by default, which
// serves as the chunk's attention sink, nothing, or the prompt's own prefix. The
// policy is part of a cache's key. K is kept before RoPE (or, where a session asks
// for it, after; see below), V as it is, in f32. Serving loads them layer by
// layer, rotates K to its final position, recomputes some rows, and computes the
// question on top:
//
//	full         all rows, all layers
//	prefix       all rows behind the longest token-exact cached beginning
//	reuse        the question
//	reuse_raw    the question; K of chunks stands at the positions it was computed at
//	promptcache  the question; chunks were computed behind a dummy text
//	legolink     the question, and the first k tokens of every chunk but the first
//	blend        layer 0 and K, V of layer 1 for all rows; from there on the question and the
//	             m = floor(r*n) of all n context tokens whose rows at layer 1 lie
//	             farthest from the cached ones (squared L2 over all channels, K before
//	             RoPE; ties to the lowest position)
//	random       as blend, m tokens drawn from the seed; smaller m are subsets of larger
//	oracle       as blend, by the V deviation from full prefill summed over all layers
//
// With a threshold blend picks, in place of m, all context tokens whose distance
// relative to the norm of the fresh row is above it; under gradual filtering a
// token goes on as long as that holds at every layer. The ratio reported is what
// came of it.
//
// At layer 1 the fresh K and V of all tokens stay, so a blend with ratio 0 is
// not reuse; notes in the documents tell the two apart.
//
// Dummy of promptcache: a chunk at position p is computed behind exactly p
// tokens, a BOS and a fixed English text over and over (the ids 0, 1, 2, ...
// where there is no tokenizer). It needs no other position later, but where the
// stored form is K before RoPE, it pays for the same rotation as reuse.
//
// # K cached after RoPE
//
// A session may cache K rotated for the positions at which a segment was computed
// (the form of LMCache) and turn it by the difference to where it stands, with
// magnitude 1: what scales a rotation was applied when it was stored. That rounds
// once more, so everything loaded deviates a little, at layer 0 too; a difference
// of 0 changes no bit. The rules of selection compare K before RoPE in either
// form. Rope types whose angles depend on the length of the text are refused.
//
// # Variants
//
// A variant chooses the filter and the mask where Spec leaves them automatic,
// and decides what no flag does:
//
//	        filter    mask          candidates of the selection
//	exact   single    exact         the n context tokens
//	paper   gradual   exact         the n context tokens
//	ref     single    bottom-right  all N tokens but the last; m = floor(r*(N-1))
//
// Ref follows the released prototype, whose suffix length is the length of a
// list of one: question tokens compete for selection, and those not picked keep
// K and V from the question precomputed alone as a chunk. Only the last token is
// always recomputed. With a selection given by hand there are no candidates, and
// the whole question is recomputed. The paper shows gradual filtering without
// numbers; selection.count states ours. The rule is never the variant's.
//
// Bottom-right is the mask that the prototype and flash attention apply to the
// cut-down queries: row i of |S| sees keys up to N-|S|+i, so selected context
// tokens see tokens behind them. It holds from the check layer on, where rows
// are missing; before it, it is the causal mask.
//
// # Invariants
//
// All rest on the Strict numerics of package gpu (a row's bits do not depend on
// the other rows) and are pinned by tests: ratio 1 is full prefill bit for bit;
// at layer 0 nothing deviates after re-positioning; prefix rows never deviate;
// a rerun from the check layer gives the bits of a run from the start; the
// selection is the same with and without the prefix taken from its cache.
// Gate checks the first three on every model before it is used.
//
// # Times
//
// A pass is timed from the lookup of the first cache to the logits of the last
// token on the host, in laps without gaps, so phases add up to the total.
// Nothing large is allocated in between, precomputing chunks and measuring is
// outside, and the baseline has warmed up the engine before. Caches are read
// from the store every time.
//
// # Faults
//
// A cache that is gone or damaged when it is loaded is computed again, held in
// memory, and the mode starts over. NaN or Inf in a segment's cache is never
// stored; modes that would use it fall back to full prefill and say so.
//
// Nothing here is safe for concurrent use; one engine has one session.
package blend
