// Package compose plans and draws the pictures of a campaign: background scenes
// of known objects, and the same scenes with one object more or less.
//
// A plan is made up front from a seed: which background, which objects, how
// large, where. The four overlap levels of a pair share object, size and
// direction and differ in distance alone, so that overlap is the only factor
// that varies. Drawing is a pure function of the plan in integer arithmetic:
// equal seeds give equal bytes on every machine and for every order of drawing,
// and pixels outside the inserted rectangle are those of the source.
//
// Source: MetaIC, arXiv 2206.06550, sections 3.2-3.3, and its released code,
// whose defects in tuning the location (a border distance used as a position,
// a direction from a corner, an unseeded generator) are not copied.
//
// A World and a Plan are immutable and safe for concurrent use.
package compose
