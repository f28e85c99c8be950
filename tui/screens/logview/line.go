package logview

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"assay/core/run"
)

// line is one line of a log.
type line struct {
	key   string // names the line while the log grows
	at    time.Time
	level run.Level
	from  string // the run, or "" in a file
	id    run.ID
	kind  string
	text  string
	extra []field
}

// field is one more thing that a line says.
type field struct{ key, value string }

// parseLine reads a line as slog's text handler writes it: key=value pairs, values
// quoted where needed. What is no such line is all text.
func parseLine(text string) line {
	l := line{text: text}
	var fields []field
	for rest := strings.TrimSpace(text); rest != ""; {
		key, after, ok := strings.Cut(rest, "=")
		if !ok || key == "" || strings.ContainsFunc(key, unicode.IsSpace) || strings.Contains(key, `"`) {
			return l
		}
		var value string
		if strings.HasPrefix(after, `"`) {
			quoted, err := strconv.QuotedPrefix(after)
			if err != nil {
				return l
			}
			if value, err = strconv.Unquote(quoted); err != nil {
				return l
			}
			after = after[len(quoted):]
		} else {
			end := strings.IndexFunc(after, unicode.IsSpace)
			if end < 0 {
				end = len(after)
			}
			value, after = after[:end], after[end:]
		}
		fields = append(fields, field{key, value})
		rest = strings.TrimSpace(after)
	}
	found := false
	for _, f := range fields {
		switch f.key {
		case "msg":
			l.text, found = f.value, true
		case "time":
			if t, err := time.Parse(time.RFC3339Nano, f.value); err == nil {
				l.at = t
			}
		case "level":
			l.level = levelOf(f.value)
		default:
			l.extra = append(l.extra, f)
		}
	}
	if !found {
		return line{text: text}
	}
	return l
}

// levelOf reads "INFO" or "WARN+1".
func levelOf(text string) run.Level {
	name, offset := text, 0
	if i := strings.IndexAny(text, "+-"); i > 0 {
		n, err := strconv.Atoi(text[i:])
		if err != nil {
			return run.Info
		}
		name, offset = text[:i], n
	}
	base := map[string]run.Level{"DEBUG": run.Debug, "INFO": run.Info, "WARN": run.Warn, "ERROR": run.Err}[name]
	return base + run.Level(offset)
}

func levelRole(l run.Level) string {
	switch {
	case l >= run.Err:
		return "error"
	case l >= run.Warn:
		return "warn"
	case l >= run.Info:
		return ""
	}
	return "faint"
}
