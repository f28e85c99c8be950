package conform

import "slices"

// Table returns the cases: the quick selection, or all of them.
func Table(full bool) []Case {
	return slices.Concat(
		matmulCases(full), attentionCases(full), probsCases(full),
		rowCases(full), ropeCases(full), moveCases(full), statCases(full),
		convCases(full), cnnCases(full),
	)
}
