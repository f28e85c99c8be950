package app_test

import (
	"context"
	"errors"
	"os/exec"
	"strings"

	"assay/tui/app"
)

// shell knows a few commands; flags are --name=value, or two words.
type shell struct{ ran [][]string }

func (*shell) Commands() []app.Command {
	return []app.Command{{Path: "kv", Short: "KV"}, {Path: "kv blend", Short: "serve a prompt"}, {Path: "run", Short: "runs"}, {Path: "run ls", Short: "list runs"}, {Path: "run show", Short: "show a run"}}
}

func (*shell) Read(words []string) (app.Line, error) {
	var l app.Line
	if len(words) < 2 || words[0] != "kv" {
		return l, nil
	}
	k, err := kinds().Find(words[0] + "." + words[1])
	if err != nil {
		return l, err
	}
	l = app.Line{Kind: k.Name, Given: map[string]any{}}
	for i := 2; i < len(words); i++ {
		name, value, joined := strings.Cut(strings.TrimPrefix(words[i], "--"), "=")
		if _, ok := k.Schema.Find(name); !ok {
			return l, errors.New("unknown flag: --" + name)
		}
		if !joined {
			if i++; i == len(words) {
				return l, errors.New("flag needs an argument: --" + name)
			}
			value = words[i]
		}
		l.Given[name] = value
	}
	_, err = k.Schema.Complete(l.Given)
	return l, err
}

func (*shell) Complete(_ context.Context, words []string) []app.Command {
	var out []app.Command
	for _, w := range []app.Command{{Path: "--ratio", Short: "share of tokens"}, {Path: "--rule", Short: "whose deviation"}, {Path: "--seed", Short: "names the prompt"}} {
		if strings.HasPrefix(w.Path, words[len(words)-1]) {
			out = append(out, w)
		}
	}
	return out
}

func (s *shell) Pager(words []string, pager string) *exec.Cmd {
	s.ran = append(s.ran, append([]string{pager}, words...))
	return exec.Command("true")
}

func (s *shell) Process(words []string) *exec.Cmd {
	s.ran = append(s.ran, words)
	return exec.Command("true")
}
