package bench

import "strings"

// CommandLine returns the command that starts the same run from a shell: the
// parameters that differ from their defaults, as flags.
func (k Kind) CommandLine(p Params) string {
	words := []string{"assay", k.Bench(), strings.TrimPrefix(k.Name, k.Bench()+".")}
	def := k.Schema.Defaults()
	for _, q := range k.Schema {
		text := q.Format(p[q.Key()])
		switch {
		case text == q.Format(def[q.Key()]):
		case q.Type == Bool:
			words = append(words, "--"+q.Name+"="+text)
		default:
			words = append(words, "--"+q.Name, quote(text))
		}
	}
	return strings.Join(words, " ")
}

// quote writes a word so that a shell reads it back as one.
func quote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,_-/:@%+="
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
