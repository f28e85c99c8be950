package kv

import (
	"fmt"
	"strings"

	"assay/core/run"
)

// Finding returns what the list of findings says of a wrong answer, under the key
// of its WrongDoc; ok is false where it is none: full prefill is wrong as well, or
// the mode is exact or a control that nobody would serve with.
func (d WrongDoc) Finding(key string) (f run.Finding, ok bool) {
	severity := run.Medium // reuse leaves attention between chunks out and says so
	switch Mode(d.Mode) {
	case Full, Prefix, Random, Oracle:
		return f, false
	case Blend:
		severity = run.High // it promises the answers of full prefill
	}
	if d.FullToo {
		return f, false
	}
	question, _, _ := strings.Cut(strings.TrimPrefix(d.Question, "Question: "), "\n")
	return run.Finding{
		ID: key, Category: "wrong-answer", Severity: severity, Signature: d.Mode + "/" + d.Kind, Verdict: "issue",
		Title: fmt.Sprintf("%s: %s expected %s, got %s", d.Key, question, strings.TrimSpace(d.Answer), strings.TrimSpace(d.Got)),
	}, true
}
