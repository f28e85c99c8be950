// Package job makes the runs of the KV bench: kv.blend serves one prompt in
// several modes, kv.sweep measures modes, ratios and rules over many prompts,
// kv.eval asks questions with known answers.
//
// Each writes one record as soon as it is known, a mode, a cell or an archive,
// and commits it; that is what screens follow and where a resumed run goes on.
// A run that was resumed ends with the document of one that was not, but for
// times. Documents are put together from the records alone.
//
// A blend stays warm after its run and answers the request
//
//	kv.rerun {"mode": "blend", "picked": [3, 17, 40]}
//
// with a child run: the baseline, and a blend of exactly those context positions,
// executed from the check layer on. The child's parameters repeat it from
// scratch with the same numbers.
//
// Kinds are values and safe for concurrent use; a job is used by one goroutine.
package job
