// Package kvscene makes the charts of the KV bench out of its stored documents
// and arrays: which series there are, their order, axes, units and words. What a
// screen draws and what a report shows come from here, so that both say the same.
//
// Its functions are pure: the same documents give the same scene, bit for bit.
// Intervals are drawn from streams of a fixed seed. Nothing is read or drawn
// here; package plot draws scenes as pictures, the screens as text.
package kvscene
