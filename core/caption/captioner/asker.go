package captioner

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"assay/core/caption"
	"assay/core/run"
)

// Limits is what an Asker keeps to. Zero values set no limit.
type Limits struct {
	Retries     int
	Rate        float64 // requests a second
	MaxRequests int
	BudgetUSD   float64
	PriceImage  float64 // USD a picture
	PriceToken  float64 // USD a thousand tokens
	Breaker     int     // pictures in a row whose trouble may pass before the campaign stops
	CacheDir    string  // "" keeps no cache beyond the run
}

// Asker puts cache, limits, retries and budget around a captioner. It is safe
// for concurrent use.
type Asker struct {
	c Captioner
	l Limits

	mu       sync.Mutex
	next     time.Time // when the next request may go out
	requests int
	cost     float64
	row      int // pictures in a row that failed for a passing reason
}

// NewAsker wraps a captioner, which stays the caller's. The budget is that of
// one attempt: who takes a campaign up again grants it anew.
func NewAsker(c Captioner, l Limits) *Asker { return &Asker{c: c, l: l} }

// Ask returns what the captioner says of a picture. The error ends the
// campaign: the budget is spent, the breaker is open, the captioner cannot be
// used, or ctx is done.
func (a *Asker) Ask(ctx context.Context, p Picture, repeat int) (caption.Said, error) {
	said := caption.Said{Picture: p.SHA, Repeat: repeat}
	key := a.path(p, repeat)
	if cached, ok := load(key); ok {
		cached.Picture, cached.Repeat, cached.Cached, cached.Tries, cached.Ms = p.SHA, repeat, true, 0, 0
		return cached, nil
	}
	var ans Answer
	for {
		if err := a.admit(ctx); err != nil {
			return said, err
		}
		said.Tries++
		start := time.Now()
		var err error
		if ans, err = a.c.Ask(ctx, p, repeat); err != nil {
			return said, err
		}
		said.Ms = float64(time.Since(start).Microseconds()) / 1000
		if ctx.Err() != nil {
			return said, ctx.Err()
		}
		a.count(ans)
		if ans.Failure == "" || !ans.transient || said.Tries > a.l.Retries {
			break
		}
		if err := sleep(ctx, max(ans.wait, pause(said.Tries, ans.Failure))); err != nil {
			return said, err
		}
	}
	said.Text, said.Failure, said.Detail, said.Truncated, said.Tokens, said.Conf = ans.Text, ans.Failure, ans.Detail, ans.Truncated, ans.Tokens, ans.Conf
	if said.Failure == "" {
		store(key, said)
	}
	return said, a.trip(ans)
}

// admit waits for the rate limit and refuses what is beyond the budget.
func (a *Asker) admit(ctx context.Context) error {
	a.mu.Lock()
	if a.l.MaxRequests > 0 && a.requests >= a.l.MaxRequests {
		a.mu.Unlock()
		return spent(fmt.Sprintf("the %d requests of --max-requests are used", a.l.MaxRequests))
	}
	if a.l.BudgetUSD > 0 && a.cost+a.l.PriceImage > a.l.BudgetUSD {
		a.mu.Unlock()
		return spent(fmt.Sprintf("%.4f USD of the budget of %.4f USD are spent", a.cost, a.l.BudgetUSD))
	}
	a.requests++
	a.cost += a.l.PriceImage
	var wait time.Duration
	if a.l.Rate > 0 {
		now := time.Now()
		if a.next.Before(now) {
			a.next = now
		}
		wait = a.next.Sub(now)
		a.next = a.next.Add(time.Duration(float64(time.Second) / a.l.Rate))
	}
	a.mu.Unlock()
	return sleep(ctx, wait)
}

func spent(text string) error {
	return &run.Error{Code: run.ECancelled, Text: text, Hint: "taking the run up again grants as much once more"}
}

func (a *Asker) count(ans Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cost += a.l.PriceToken * float64(ans.Tokens) / 1000
}

// trip counts pictures in a row that failed for a reason that may pass: an
// endpoint that is down fails them all.
func (a *Asker) trip(ans Answer) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ans.Failure == "" || !ans.transient {
		a.row = 0
		return nil
	}
	a.row++
	if a.l.Breaker > 0 && a.row >= a.l.Breaker {
		return &run.Error{Code: run.ECancelled, Text: fmt.Sprintf("the captioner failed on %d pictures in a row, the last time: %s: %s", a.row, ans.Failure, ans.Detail), Hint: "look at the captioner, then resume the run"}
	}
	return nil
}

// pause is the wait before another try: full jitter below a bound that doubles,
// from a second to a minute; none for a command, which is local.
func pause(tries int, failure string) time.Duration {
	switch failure {
	case caption.FailCrash, caption.FailTimeout:
		return 0
	}
	bound := min(time.Second<<min(tries-1, 6), time.Minute)
	return time.Duration(rand.Int64N(int64(bound)))
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// path is the file of an answer in the cache, by what was seen, who was asked
// and which time; "" without a cache.
func (a *Asker) path(p Picture, repeat int) string {
	if a.l.CacheDir == "" {
		return ""
	}
	key := fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", p.SHA, a.c.Fingerprint(), repeat)))
	return filepath.Join(a.l.CacheDir, key[:2], key+".json")
}

func load(path string) (s caption.Said, ok bool) {
	if path == "" {
		return s, false
	}
	data, err := os.ReadFile(path)
	return s, err == nil && json.Unmarshal(data, &s) == nil && s.Failure == "" && s.Text != ""
}

// store keeps an answer; a cache that cannot be written is no trouble.
func store(path string, s caption.Said) {
	if path == "" || os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	data, err := json.Marshal(s)
	if err != nil {
		return
	}
	if temp := fmt.Sprintf("%s.%d", path, os.Getpid()); os.WriteFile(temp, data, 0o600) == nil {
		_ = os.Rename(temp, path)
	}
}
