// Package kvbench is the screen of the KV bench. It shows these kinds of runs:
//
//   - kv.blend: a heat map of deviation by layer and token with a cell cursor,
//     the layers, times to the first token, answers by mode, the segments; tokens
//     can be added to or taken from a selection and the run executed again;
//   - kv.sweep: divergence and time against the recompute ratio, and every cell;
//   - kv.eval: accuracy by scheme and kind of question, and the wrong answers,
//     each of which opens as a blend;
//   - kv.compress: loss against bits, the levels, and of one row its entropy by
//     layer and channel, symbols, bytes and layers;
//   - kv.stream, kv.pareto, kv.load: what was sent when under which rule; bytes,
//     time and loss of blends from compressed chunks; tiers and their pipeline.
//
// Two modes of a blend, or two runs, compare as two maps and their difference.
//
// Everything comes out of a run.Reader, in commands: the screen of a run of last
// week and that of one that is going on are the same, the latter just has fewer
// rows yet. Replies carry the generation of what they were asked for, so an
// answer about a run that was left is dropped; at most one reading is under way,
// and news that come meanwhile are fetched after it.
//
// A Screen holds what is read (package kvdata), one page a kind of run, and the
// frame it drew last; a page draws itself anew only when something changed.
package kvbench
