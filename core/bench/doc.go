// Package bench says what a bench is: the kinds of runs it offers, the
// parameters of each, and the life of a job.
//
// # Life of a job
//
//  1. Kind.Schema describes the parameters once: name, type, unit, default,
//     range, help. Forms, flags, TOML, JSON, validation and the reference pages
//     derive from it, so a parameter cannot be right in one place and wrong in
//     another.
//  2. Kind.Resolve reads small input files into the parameters, so that the
//     record alone repeats the run. Kind.New(params) checks everything that
//     needs no file and no device. Errors here are the user's: code E-USAGE,
//     exit 2.
//  3. Job.Prepare(ctx, env) loads models, corpora and devices. Errors here say
//     that a resource is missing or broken, and name it.
//  4. Job.Run(ctx, env) does the work and tells env.Recorder. It first reads
//     what env.Reader already holds for env.ID, so that a resumed run goes on
//     from its last committed point. It returns within 2 s of cancellation,
//     having left a point to resume from; whatever it returns then, the run is
//     not done. Recorder.Commit is the safe point: a paused run waits in it, and
//     a run that does not call its recorder for Kind.Stall is ended.
//  5. A job that implements Interactive stays warm after Run and answers
//     requests of a screen with child runs.
//  6. Kind.Document makes the command's document out of stored rows only, so it
//     can be made again at any time, by any process, of an unfinished run too.
//  7. Job.Close frees what Prepare loaded. It is called once, whatever failed.
//
// A job never knows how its rows are stored, who looks at them, or whether a
// person waits. The package knows no bench: the command line makes the Registry.
package bench
