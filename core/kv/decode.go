package kv

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// badJSON says in a user's words what is wrong with JSON from a file.
func badJSON(err error) string {
	var t *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return "it is empty"
	case errors.Is(err, io.ErrUnexpectedEOF), err.Error() == "unexpected end of JSON input":
		return "it ends inside its JSON"
	case errors.As(err, &t):
		kind := "a number"
		switch t.Type.String() {
		case "int", "int64":
			kind = "a whole number"
		case "float64":
		default:
			kind = "something else"
		}
		if t.Field == "" {
			return t.Value + " where " + kind + " belongs"
		}
		return strings.TrimPrefix(t.Field, ".") + " has " + t.Value + " where " + kind + " belongs"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}
