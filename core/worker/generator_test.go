package worker_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"assay/core/bench"
	"assay/core/run"
	"assay/core/worker"
)

// generator makes rows with known numbers at a steady rate, and notes each in a
// file of its own before it hands it to the recorder: what it has made is known
// however it ends. It commits rarely, so that most rows wait for a batch.
type generator struct{ n int }

func newGenerator(p bench.Params) (bench.Job, error) { return &generator{p.Int("n")}, nil }

const (
	perTick   = 10                     // rows
	tickEvery = time.Millisecond       // 10,000 rows a second, the rate that must be sustained
	ackEvery  = 1700                   // rows between commits
	noteSize  = 8                      // bytes of a time in the file of notes
	latest    = 500 * time.Millisecond // the newest committed row may be so much older than the newest made
)

func (g *generator) Prepare(ctx context.Context, _ bench.Env) error { return ctx.Err() }
func (g *generator) Close() error                                   { return nil }

func (g *generator) Run(ctx context.Context, env bench.Env) error {
	made, err := os.Create(madeFile(os.Getenv("TOY_HOME"), env.ID))
	if err != nil {
		return err
	}
	defer made.Close()
	acked, err := os.Create(ackedFile(os.Getenv("TOY_HOME"), env.ID))
	if err != nil {
		return err
	}
	defer acked.Close()
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	begin := time.Now()
	for i := 0; i < g.n; i++ {
		// Behind the clock, as after a pause of the machine, it catches up.
		if ahead := time.Duration(i/perTick)*tickEvery - time.Since(begin); ahead > 0 {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if _, err := made.Write(binary.LittleEndian.AppendUint64(nil, uint64(time.Now().UnixNano()))); err != nil {
			return err
		}
		env.Recorder.Record("made", fmt.Sprintf("%08d", i), count{I: i})
		env.Recorder.Progress(int64(i+1), int64(g.n))
		if i%ackEvery == ackEvery-1 {
			if err := env.Recorder.Commit(ctx); err != nil {
				return err
			}
			if _, err := acked.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(i+1)), 0); err != nil {
				return err
			}
		}
	}
	return env.Recorder.Commit(ctx)
}

func madeFile(dir string, id run.ID) string  { return dir + "/made-" + string(id) }
func ackedFile(dir string, id run.ID) string { return dir + "/acked-" + string(id) }

// slaughter kills the workers of generators, each at a random moment, until so
// many kills have met a live one, and checks what each has left.
func slaughter(t *testing.T, kills int, seed uint64) {
	d := newDesk(t, 1)
	random := rand.New(rand.NewPCG(seed, 200))
	states := map[run.State]int{}
	var lags []time.Duration
	for range 4 * kills {
		if states[run.Lost] == kills {
			break
		}
		// Some end before they are killed, some are killed before they begin.
		h := d.start("toy.generate", map[string]any{"n": 2000 + random.IntN(16000)}, worker.StartOptions{Detach: true})
		delay := time.Duration(random.Int64N(int64(1500 * time.Millisecond)))
		told := int64(0)
		kill := time.AfterFunc(delay, func() { syscall.Kill(h.PID, syscall.SIGKILL) }) // not reaped yet, or ended by itself
		r, err := d.Follow(t.Context(), h.ID, func(r run.Run) { told = r.LastSeq })
		kill.Stop()
		if err != nil {
			t.Fatal(err)
		}
		<-h.Ended()
		states[r.State]++
		if r.State != run.Done && (r.State != run.Lost || r.ErrorCode != string(run.EWorkerDied)) {
			t.Fatalf("after %v the run is %s %s %s", delay, r.State, r.ErrorCode, r.ErrorText)
		}
		lag, err := d.survived(r, told)
		if err != nil {
			t.Fatalf("killed after %v: %v", delay, err)
		}
		if r.State == run.Lost {
			lags = append(lags, lag)
		}
		if err := d.Remove(t.Context(), h.ID); err != nil {
			t.Fatal(err)
		}
	}
	if states[run.Lost] < kills {
		t.Fatalf("only %d kills met a live worker: %v", states[run.Lost], states)
	}
	slices.Sort(lags)
	t.Logf("%d runs killed, %d done before: the newest committed row was older than the newest made by %v (median), %v (p95), %v (most)", kills, states[run.Done],
		lags[len(lags)/2].Round(time.Millisecond), lags[len(lags)*95/100].Round(time.Millisecond), lags[len(lags)-1].Round(time.Millisecond))
}

// survived checks the rows of a generator that has ended, and returns by how
// much the newest committed one is older than the newest that was made.
func (d *desk) survived(r run.Run, told int64) (time.Duration, error) {
	rows, err := d.store.Records(d.Context(), r.ID, "made", 0)
	if err != nil {
		return 0, err
	}
	for i, row := range rows {
		if want := fmt.Sprintf("%08d", i); row.Key != want {
			return 0, fmt.Errorf("row %d is %s", i, row.Key)
		}
	}
	if r.LastSeq < told {
		return 0, fmt.Errorf("a follower was told of %d, last_seq is %d", told, r.LastSeq)
	}
	// The rows of a generator are numbered without a gap; what died with the worker is one event more.
	if told > int64(len(rows))+1 || r.LastSeq > int64(len(rows))+1 {
		return 0, fmt.Errorf("a follower was told of %d, last_seq is %d, %d rows are there", told, r.LastSeq, len(rows))
	}
	var verdict string
	db, err := sql.Open("sqlite3", "file:"+d.dir+"/assay.db?mode=ro")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	if err := db.QueryRowContext(d.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		return 0, fmt.Errorf("integrity_check: %s, %w", verdict, err)
	}
	made, err := os.ReadFile(madeFile(d.dir, r.ID))
	if errors.Is(err, os.ErrNotExist) && len(rows) == 0 {
		return 0, nil // killed before it began
	}
	if err != nil {
		return 0, err
	}
	if acked, err := os.ReadFile(ackedFile(d.dir, r.ID)); err == nil && len(acked) == noteSize {
		if n := binary.LittleEndian.Uint64(acked); uint64(len(rows)) < n {
			return 0, fmt.Errorf("%d rows were acknowledged, %d are there", n, len(rows))
		}
	}
	at := func(i int) time.Time {
		return time.Unix(0, int64(binary.LittleEndian.Uint64(made[i*noteSize:])))
	}
	n := len(made) / noteSize
	if n == 0 || len(rows) > n {
		return 0, fmt.Errorf("%d rows of %d that were made", len(rows), n)
	}
	// Before the first batch the age of the run itself is what may be lost.
	oldest := max(len(rows)-1, 0)
	lag := at(n - 1).Sub(at(oldest))
	if lag > latest {
		return lag, fmt.Errorf("the newest of %d committed rows is %v older than the newest of %d made", len(rows), lag, n)
	}
	return lag, nil
}

func TestKilledGenerators(t *testing.T) { slaughter(t, 4, 1) }
