package fuzz

import "strings"

// RefCode is the result code that nablaFuzz's released code has for a finding, "" for
// what it does not look for. The same codes stand for first and for higher order.
func (f FindingDoc) RefCode() string {
	mode := "REV"
	switch f.Stage {
	case "direct", "build":
		mode = "DIRECT"
	case "nd", "ndg":
		mode = "ND"
	case "fwd", "fwd64", "wr", "ww":
		mode = "FWD"
	}
	switch {
	case f.Category == Crash:
		return mode + "_CRASH"
	case f.Oracle == "status" && mode == "DIRECT":
		return "STATUS"
	case f.Oracle == "status":
		return mode + "_STATUS"
	case f.Category == ValueDiff && f.Oracle == "D-W":
		return "FWD_VALUE"
	case f.Category == ValueDiff:
		return "REV_VALUE"
	case f.Oracle == "R-W":
		return "REV_FWD_GRAD"
	case strings.HasPrefix(f.Category, "grad-"), f.Category == NaNMask, f.Category == SilentNone, strings.HasPrefix(f.Category, Higher):
		return "ND_GRAD"
	}
	return ""
}
