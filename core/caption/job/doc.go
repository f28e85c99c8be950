// Package job makes the runs of the caption bench: caption.run composes pairs
// and asks a captioner, caption.replay judges captions that are there already, a
// file of pairs or those of another run, with another lexicon perhaps.
//
// Every caption is a record that is committed before the next is asked for, so
// that a killed campaign asks again only for those that were under way. Verdicts
// follow from captions and parameters alone; a resumed campaign judges again.
//
// Kinds are values and safe for concurrent use; a job is used by one goroutine.
package job
