package blend

import (
	"context"
	"fmt"

	"assay/core/kv"
	"assay/core/run"
)

// Question is a question put to a context, with the answer that is expected.
// Both have at least one token.
type Question struct{ Prompt, Answer []int32 }

// Answer is what a mode gave for a question, teacher-forced: at each token of
// the answer the most likely one, with the expected ones before it in place.
type Answer struct {
	Correct bool
	KL      float64 // mean over the answer's tokens of KL(full || mode), nats
	Top     []int32 // the most likely token at each place
	Share   float64 // of the context that a mode with a check layer picked, mean over the layers from there on
}

// Exam asks questions about the context of a session in several modes. The
// context is served once a mode; each question is then computed on top of it.
type Exam struct {
	s    *Session
	qs   []Question
	full [][][]float32 // by question, by token of the answer: logits under full prefill
}

// Exam prepares questions: the session must have no question of its own, and
// Room for the longest question with its answer.
func (s *Session) Exam(ctx context.Context, qs []Question) (*Exam, error) {
	if err := s.mine(); err != nil {
		return nil, err
	}
	if s.len != s.n {
		return nil, &run.Error{Code: run.EState, Text: "an exam needs a prompt without a question"}
	}
	x := &Exam{s: s, qs: qs}
	positions := s.e.m.Config.MaxPositions
	for i, q := range qs {
		if len(q.Prompt) == 0 || len(q.Answer) == 0 {
			return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("question %d: it or its answer has no tokens", i)}
		}
		if need := s.n + len(q.Prompt) + len(q.Answer); need > positions {
			return nil, &run.Error{Code: run.EInput, Text: fmt.Sprintf("question %d: %d tokens with its context and answer, longer than the model's context of %d", i, need, positions)}
		}
	}
	err := s.e.guard(ctx, func() (err error) {
		x.full, err = x.ask(s.e.mem.full)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, rows := range x.full {
		for _, row := range rows {
			if !finite(row) {
				return nil, &run.Error{Code: run.EModel, Text: fmt.Sprintf("model %s gives NaN or Inf for question %d in full prefill: nothing can be compared with it", s.e.m.Name, i)}
			}
		}
	}
	return x, nil
}

// ask computes every question on top of a cache of the context.
func (x *Exam) ask(c cache) ([][][]float32, error) {
	out := make([][][]float32, len(x.qs))
	for i, q := range x.qs {
		ids := append(append([]int32{}, q.Prompt...), q.Answer[:len(q.Answer)-1]...)
		rows, err := x.s.extend(c, ids, x.s.n, len(q.Answer))
		if err != nil {
			return nil, err
		}
		out[i] = rows
	}
	return out, nil
}

// Run serves the context in a mode and answers every question on top of it. A
// context whose caches cannot be used is computed in full.
func (x *Exam) Run(ctx context.Context, spec kv.Spec) (answers []Answer, err error) {
	if err := x.s.mine(); err != nil {
		return nil, err
	}
	spec, err = spec.Normal()
	if err != nil {
		return nil, err
	}
	rows, share := x.full, 0.0
	err = x.s.e.guard(ctx, func() error {
		if spec.Mode == kv.Full {
			return nil
		}
		out, err := x.s.execute(spec, false)
		if err != nil || out == nil {
			return err
		}
		share = out.share
		rows, err = x.ask(x.s.e.mem.mode)
		return err
	})
	if err != nil {
		return nil, err
	}
	return x.grade(rows, share), nil
}

// grade compares the logits at each answer with the answer and with full prefill.
func (x *Exam) grade(rows [][][]float32, share float64) (answers []Answer) {
	for i, q := range x.qs {
		a := Answer{Correct: true, Share: share}
		for j, want := range q.Answer {
			got := int32(argmax(rows[i][j]))
			a.Top = append(a.Top, got)
			a.Correct = a.Correct && got == want
			if finite(rows[i][j]) {
				a.KL += divergence(x.full[i][j], rows[i][j]) / float64(len(q.Answer))
			}
		}
		answers = append(answers, a)
	}
	return answers
}
