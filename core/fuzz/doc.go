// Package fuzz holds the nouns of the autodiff half of the Fuzz bench: targets
// and their APIs, cases, findings, and the documents that runs store.
//
// The method is nablaFuzz (arXiv 2302.04351): every API of a library becomes a
// function of its differentiable tensors, which is run directly, in reverse mode,
// in forward mode and by numerical differences; where they differ, one of the
// library's derivative rules is wrong. The package imports no engine and no
// library under test, so that screens may use it. Below it:
//
//	wire     the lines between the engine and the process of a library
//	harness  those processes: limits, crashes, restarts
//	oracle   comparisons, filters, who is wrong and in what pattern
//	mutate   values, shapes and types of cases; the bandit over value kinds
//	campaign the loop over cases, confirmation, shrinking
//	torch    the PyTorch target: a Python worker, and reproducers in Python
//	gorgonia the Gorgonia target: a Go worker, and reproducers in Go
//	job      the runs
//
// Nothing above torch and gorgonia knows which library it talks to.
package fuzz
