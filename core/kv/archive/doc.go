// Package archive is the world that the demo model was trained on: short notes about people, and questions about them.
//
// A prompt is a list of notes, each the reusable chunk of a KV cache, and a question. Every note has one main person. The
// kinds of question differ in what attention between notes they need:
//
//	direct   the fact stands in a note that names the person          (a reused cache answers it)
//	pronoun  the fact stands in a note that only says He or She: the note before it names the person
//	alias    the fact stands under a nickname, and another note says whose it is
//	who      the reverse of a direct fact: which person has it
//	whopro   the reverse of a pronoun fact: the note with the fact never names the person
//	bridge   two facts of one person in two notes that both name the person
//
// pronoun, alias and whopro lose their meaning when each note's cache was computed alone, which is what blending
// repairs. Words, sentence forms and probabilities are those of the training data; the random numbers are our own, so a
// seed gives other archives here than it did there.
//
// Make, Generate and Joined are pure functions of their seeds and safe for concurrent use, each with its own stream.
package archive
