// Package job makes the runs of the Fuzz bench: fuzz.autodiff tests the derivatives
// of a library. A campaign writes each finding as soon as it is confirmed, and the
// state it resumes from after its batches; the document is put together from these
// records alone. The package also holds what works on a finding that is recorded:
// running its reproducer again, shrinking it further, and the self-test.
//
// Kinds are values and safe for concurrent use; a job is used by one goroutine.
package job
