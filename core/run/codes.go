package run

import (
	_ "embed" // for the text of the codes
	"regexp"
)

// The codes explain themselves where they are declared: a list beside them would
// say the same again, and something else after a while.
//
//go:embed error.go
var errorSource string

var codeLine = regexp.MustCompile(`(?m)^\tE\w+\s+Code = "(E-[A-Z-]+)"\s+// (.+)$`)

// CodeText is an error code with what it means, in a few words.
type CodeText struct {
	Code Code
	Text string
}

// Codes lists every error code, in the order of their declarations.
func Codes() []CodeText {
	var out []CodeText
	for _, m := range codeLine.FindAllStringSubmatch(errorSource, -1) {
		out = append(out, CodeText{Code(m[1]), m[2]})
	}
	return out
}
