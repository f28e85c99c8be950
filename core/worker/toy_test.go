package worker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"assay/core/bench"
	"assay/core/run"
	"assay/core/worker"
	"assay/storage"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary be the worker that the tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		os.Exit(work(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// work is `assay worker` with the toy kinds.
func work(args []string) int {
	dir := os.Getenv("TOY_HOME")
	s, err := storage.Open(context.Background(), storeOptions(dir))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return run.ExitError
	}
	defer s.Close()
	jobs := 0
	if _, err := fmt.Sscan(os.Getenv("TOY_JOBS"), &jobs); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return run.ExitUsage
	}
	return worker.Main(worker.Config{Kinds: kinds, Ledger: s, Reader: s, State: dir, Jobs: jobs, Grace: 100 * time.Millisecond, Log: os.Stderr,
		Record: func(ctx context.Context, id run.ID, fail context.CancelCauseFunc, room func(error) bool) (run.RecordWriter, error) {
			return s.Recorder(ctx, id, fail, room)
		}}, args)
}

func storeOptions(dir string) storage.Options {
	return storage.Options{Path: dir + "/assay.db", Artifacts: dir + "/artifacts", Now: func() time.Time { return clock(dir) }}
}

// clock is the clock of the machine: the file jump in the directory of a test
// sets it to another time.
func clock(dir string) time.Time {
	now := time.Now()
	if text, err := os.ReadFile(dir + "/jump"); err == nil {
		if by, err := time.ParseDuration(string(text)); err == nil {
			return now.Add(by)
		}
	}
	return now
}

// kinds are toys: they count, and misbehave on demand.
var kinds = bench.Registry{
	{Name: "toy.count", Schema: toySchema, New: newToy, Document: toyDocument},
	{Name: "toy.ask", Schema: toySchema, New: newToy, Document: toyDocument, Interactive: true},
	{Name: "toy.generate", Schema: toySchema, New: newGenerator, Document: toyDocument},
}

var toySchema = bench.Schema{
	{Name: "n", Type: bench.Int, Default: "10", Help: "How far to count.", Min: 0, Max: 1e9},
	{Name: "seed", Type: bench.Int, Default: "7", Help: "Only names the run."},
	{Name: "then", Type: bench.Enum, Default: "end", Choices: []string{"end", "wait", "panic", "fail", "deaf", "crash", "hog", "enomem", "fault", "race", "fill", "flood"}, Help: "What to do after counting."},
}

type toy struct {
	n    int
	then string
}

func newToy(p bench.Params) (bench.Job, error) {
	return &toy{p.Int("n"), p.String("then")}, nil
}

type count struct {
	I      int `json:"i"`
	Square int `json:"square"`
}

func (t *toy) Prepare(ctx context.Context, env bench.Env) error { return ctx.Err() }

// Run records one row a number, committing each, after those already there.
func (t *toy) Run(ctx context.Context, env bench.Env) error {
	have, err := env.Reader.Records(ctx, env.ID, "toy.count", 0)
	if err != nil {
		return err
	}
	for i := len(have); i < t.n; i++ {
		env.Recorder.Record("toy.count", fmt.Sprintf("%08d", i), count{i, i * i})
		env.Recorder.Progress(int64(i+1), int64(t.n))
		if err := env.Recorder.Commit(ctx); err != nil {
			return err
		}
	}
	env.Recorder.Headline(fmt.Sprintf("counted to %d", t.n))
	if err := env.Recorder.Commit(ctx); err != nil {
		return err
	}
	switch t.then {
	case "wait":
		<-ctx.Done()
		return ctx.Err()
	case "panic":
		panic("toy overboard")
	case "fail":
		return &run.Error{Code: run.ENoModel, Text: "there is no toy"}
	case "deaf":
		signal.Ignore() // not even SIGTERM
		select {}
	case "crash":
		fmt.Fprintln(os.Stderr, "last words")
		os.Exit(9)
	case "hog":
		hog(8 << 30)
	case "enomem":
		return fmt.Errorf("load the toy: %w", syscall.ENOMEM)
	case "fault":
		fault()
	case "fill", "flood":
		return fill(ctx, env, t.then == "flood")
	case "race":
		go func() { panic("in an engine") }()
		select {}
	}
	return nil
}

// hog takes memory in steps until it has so many bytes, and touches each page.
func hog(bytes int) {
	var all [][]byte
	for range bytes >> 24 {
		block := make([]byte, 1<<24)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		all = append(all, block)
	}
	runtime.KeepAlive(all)
}

// fill records rows where no file may grow any more, which is how a full disk
// looks to one process, and returns when they are committed. A flood it does not
// commit.
func fill(ctx context.Context, env bench.Env, flood bool) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := limitFiles(0, 4<<10); err != nil {
		return err
	}
	for i := 0; ctx.Err() == nil && (flood || i < filled); i++ {
		env.Recorder.Record("fill", fmt.Sprint(i), strings.Repeat("x", 1000))
		if !flood && i%10 == 9 {
			if err := env.Recorder.Commit(ctx); err != nil {
				return err
			}
		}
	}
	return context.Cause(ctx)
}

const filled = 300 // rows of a kilobyte

// limitFiles limits how long the files of a process may get; 0 is this process.
func limitFiles(pid int, bytes uint64) error {
	var now unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &now); err != nil {
		return err
	}
	now.Cur = min(bytes, now.Max)
	return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &now, nil)
}

// fault writes to memory that is not there: as with a fault in C, no recover helps.
//
//go:nocheckptr
func fault() { *(*byte)(unsafe.Add(unsafe.Pointer(&toySchema), 1<<45)) = 1 }

func (t *toy) Close() error { return nil }

// Request counts to another number.
func (t *toy) Request(do string, args json.RawMessage) (bench.Job, bench.Params, error) {
	if do != "toy.again" {
		return nil, nil, &run.Error{Code: run.EUsage, Text: "a toy cannot " + do}
	}
	var given map[string]any
	if err := json.Unmarshal(args, &given); err != nil {
		return nil, nil, err
	}
	p, err := toySchema.Complete(given)
	if err != nil {
		return nil, nil, err
	}
	job, err := newToy(p)
	return job, p, err
}

func toyDocument(ctx context.Context, r run.Reader, id run.ID) (any, error) {
	return r.Records(ctx, id, "toy.count", 0)
}

// desk is a storage and a launcher in a directory of their own.
type desk struct {
	*testing.T
	*worker.Launcher
	store   *storage.Store
	dir     string
	handles []*worker.Handle
}

func newDesk(t *testing.T, jobs int) *desk {
	t.Helper()
	dir := t.TempDir()
	for _, sub := range []string{"/runs", "/leases"} {
		if err := os.Mkdir(dir+sub, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return deskAt(t, dir, jobs)
}

func deskAt(t *testing.T, dir string, jobs int) *desk {
	t.Helper()
	s, err := storage.Open(t.Context(), storeOptions(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	l, err := worker.New(worker.Options{Register: s, Reader: s, Kinds: kinds, State: dir,
		Environ: []string{"TOY_HOME=" + dir, fmt.Sprintf("TOY_JOBS=%d", jobs)}})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{T: t, Launcher: l, store: s, dir: dir}
	t.Cleanup(d.clear)
	return d
}

// clear ends what a test has left running, before its directory goes.
func (d *desk) clear() {
	for _, h := range d.handles {
		select {
		case <-h.Ended():
		default:
			syscall.Kill(h.PID, syscall.SIGKILL) // not reaped yet, so still this process
			<-h.Ended()
		}
	}
}

func params(d *desk, given map[string]any) bench.Params {
	d.Helper()
	p, err := toySchema.Complete(given)
	if err != nil {
		d.Fatal(err)
	}
	return p
}

func (d *desk) start(kind string, given map[string]any, o worker.StartOptions) *worker.Handle {
	d.Helper()
	h, err := d.Start(d.Context(), kind, params(d, given), o)
	if err != nil {
		d.Fatal(err)
	}
	d.handles = append(d.handles, h)
	return h
}

func (d *desk) run(id run.ID) run.Run {
	d.Helper()
	r, err := d.store.Run(d.Context(), id)
	if err != nil {
		d.Fatal(err)
	}
	return r
}

// wait waits for the end of a run and checks its state and error code.
func (d *desk) wait(id run.ID, state run.State, code run.Code) run.Run {
	d.Helper()
	ctx, cancel := context.WithTimeout(d.Context(), 30*time.Second)
	defer cancel()
	r, err := d.Wait(ctx, id)
	if err != nil {
		d.Fatalf("wait for %s: %v (%s)", id, err, d.log(id))
	}
	if r.State != state || r.ErrorCode != string(code) {
		d.Fatalf("run ended %s %s %q, want %s %s; log: %s", r.State, r.ErrorCode, r.ErrorText, state, code, d.log(id))
	}
	return r
}

func (d *desk) log(id run.ID) string {
	text, err := os.ReadFile(d.dir + "/runs/" + string(id) + ".log")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// until polls a condition; a test never sleeps for a fixed time.
func (d *desk) until(what string, done func() bool) {
	d.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			d.Fatalf("timed out: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (d *desk) untilCounted(id run.ID, seq int64) {
	d.Helper()
	d.until(fmt.Sprintf("run %s reaches %d", id, seq), func() bool {
		r := d.run(id)
		if r.ErrorCode != "" {
			d.Fatalf("run %s: %s", id, r.ErrorText)
		}
		return r.LastSeq >= seq
	})
}

func wantCode(t testing.TB, err error, code run.Code) {
	t.Helper()
	if got := run.CodeOf(err); got != code {
		t.Fatalf("got %q (%v), want %s", got, err, code)
	}
}
