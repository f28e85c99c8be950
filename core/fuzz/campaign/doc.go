// Package campaign is the loop of a fuzzing campaign over one target: it makes
// cases, has them observed by worker processes, lets the oracle judge, confirms what
// is suspicious in fresh processes, shrinks it and has a reproducer written and run.
//
// # Order
//
// Tests are numbered and made in batches of 64. What a batch learns (the bandit, the
// weights of APIs, which signatures are new) is taken in the order of its tests when
// all have ended, and reaches the batch after next; so two batches are under way at a
// time, and the cases of a seed are the same for any number of workers. Nothing that
// shapes a case depends on time. After each batch the State is handed out; a campaign
// that starts from a State goes on after it.
//
// # Findings
//
// A suspicion that no filter explains is seen again five times in a process that has
// served nothing else (three processes where it kills them). Findings of one root
// cause are one finding with a count. Shrinking and reproducers come after the
// budget.
package campaign
