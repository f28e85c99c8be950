package run

import "context"

// Recorder takes down what a job finds out. Calls only append to memory and
// return at once, except Commit; a writer behind it commits batches every 250 ms
// or 1,000 rows. It is safe for concurrent use.
//
// Trouble with the storage (a full disk) does not surface here: the recorder
// cancels the context of the job with the cause, and Commit returns it.
type Recorder interface {
	// Progress states how far the job is; total 0 means unknown.
	Progress(done, total int64)
	// Headline sets the line that lists show as the run's result.
	Headline(text string)
	// Record writes a result. Data is marshalled at once; the caller may change it afterwards.
	Record(kind, key string, data any)
	// Array writes a block of numbers. The recorder keeps a.Data: do not change it afterwards.
	Array(a Array)
	// Metric writes one value of a metric; a repeated step replaces the value.
	Metric(key MetricKey, step int64, value float64)
	// Event writes a line to the run's log; data may be nil.
	Event(level Level, kind, text string, data any)
	// Commit returns when all that was recorded before is durable: a point to
	// resume from. It is also where a paused run waits.
	Commit(ctx context.Context) error
}

// RecordWriter is a Recorder with its end: what the storage gives to a worker.
type RecordWriter interface {
	Recorder
	// Close writes what is still in memory and returns the first trouble that
	// the writing met. Calls after it are lost.
	Close() error
}

// Filter selects runs; a zero field does not restrict. Text is the filter
// language of the lists: words are matched against name, kind, headline and
// tags, key:value restricts one field (bench, kind, state, tag, name, id), a
// leading - excludes.
type Filter struct {
	Text   string
	Bench  string
	States []State
	Limit  int // most rows; 0 means no limit
}

// Reader reads runs. Every method sees one consistent state of the storage; it
// is safe for concurrent use. An unknown run is an *Error of code ENoRun.
type Reader interface {
	// Runs lists runs, newest first; it leaves Params and Env empty, which may be long.
	Runs(ctx context.Context, f Filter) ([]Run, error)
	// Resolve finds a run by ID, by a prefix of at least 6 characters, by name,
	// or by @1 (latest), @2, @kv (latest of a bench).
	Resolve(ctx context.Context, ref string) (Run, error)
	// Run reads one run.
	Run(ctx context.Context, id ID) (Run, error)
	// Records reads the results of one kind ("" for all) with Seq > after, ordered by Seq.
	Records(ctx context.Context, id ID, kind string, after int64) ([]Record, error)
	// Arrays lists the arrays of a run, ordered by name.
	Arrays(ctx context.Context, id ID) ([]ArrayInfo, error)
	// Array reads one array; an unknown name is an *Error of code ENoRun.
	Array(ctx context.Context, id ID, name string) (Array, error)
	// MetricKeys lists the metrics of a run, ordered by name.
	MetricKeys(ctx context.Context, id ID) ([]MetricKey, error)
	// Metrics reads the values of one metric by name, ordered by step.
	Metrics(ctx context.Context, id ID, name string) ([]Metric, error)
	// Events reads at most limit events with Seq > after, ordered by Seq; limit 0 means all.
	Events(ctx context.Context, id ID, after int64, limit int) ([]Event, error)
	// Labels reads what people have said of the findings of a run, ordered by key.
	Labels(ctx context.Context, id ID) ([]Label, error)
	// Version returns a number that changes whenever another process has committed. It is cheap.
	Version(ctx context.Context) (int64, error)
}
