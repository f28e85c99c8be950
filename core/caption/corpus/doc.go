// Package corpus collects cut-outs: single objects with alpha, by class, that a
// campaign inserts into scenes. They come from the set that ships with the
// binary, from a folder, or out of photos by a COCO instances file.
//
// What comes from outside passes the quality filters of Limits, since an
// object that a fair captioner cannot see or name makes false alarms; every
// rejection keeps the name of its rule. MetaIC (arXiv 2206.06550, section 3.2)
// has no such filters, and its released pool shows why it should.
//
// Sets are immutable once built and safe for concurrent use.
package corpus
