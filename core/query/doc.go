// Package query reads the filter language of the lists into a tree.
//
//	kv done            words: each must occur in the row, in any case
//	Blend              a word with a capital letter must occur as it is written
//	~blnd              its letters in this order, others between them
//	"two words"        quotes keep blanks and special characters
//	state:done,lost    a key and the values it may have
//	name:/^a.*z$/      a key and a regular expression
//	seed>=7            a key and a bound: > >= < <=
//	fuzz|prune         either
//	-state:done        not; ! means the same
//
// Terms are joined by and. The package knows no keys: whoever compiles the
// tree says which there are, and names the nearest with Nearest where a person
// has mistyped one. It imports the standard library alone; everything in it is
// a pure function.
package query
