package app

import (
	"fmt"
	"strings"

	"assay/core/bench"
	"assay/core/run"
)

// commandLine writes the command that starts the same run from a shell: the
// parameters that differ from their defaults, as flags.
func commandLine(k bench.Kind, r run.Run) (string, error) {
	p, err := k.Schema.FromJSON(r.Params)
	if err != nil {
		return "", fmt.Errorf("parameters of run %s: %w", short(r.ID), err)
	}
	words := []string{"assay", k.Bench(), strings.TrimPrefix(k.Name, k.Bench()+".")}
	def := k.Schema.Defaults()
	for _, q := range k.Schema {
		text := q.Format(p[q.Key()])
		if text == q.Format(def[q.Key()]) {
			continue
		}
		if q.Type == bench.Bool {
			words = append(words, "--"+q.Name+"="+text)
			continue
		}
		words = append(words, "--"+q.Name, quote(text))
	}
	return strings.Join(words, " "), nil
}

// quote writes a word so that a shell reads it back as one.
func quote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,_-/:@%+="
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
