// Package worker makes a run a process, and finds out what became of it.
//
// # Start
//
// Launcher.Start creates runs/ULID.lock and locks it, records the run as
// queued, and executes this program again as `worker ULID` with the locked
// file as descriptor 3, in a session of its own, with nothing on standard input
// and runs/ULID.log as output. Main is that process: it checks the lock, waits
// for its lease, runs the job of a bench and writes the rows of the run itself.
//
// # Lock = life
//
// The lock is one of the open file description (fcntl F_OFD_SETLK): it lives as
// long as the worker, however that dies, and others can ask for it without
// taking it. So no heartbeat, process id or clock says whether a run is alive.
// Launcher.Judge writes the verdict over a run that is dead: under its lock, in
// one transaction, so that two finders write one verdict. Runs of other hosts
// are never judged; a run of this host from before a reboot is dead. The reason
// comes from the signal, where the finder could reap the worker, and from the
// words of the runtime in the log; what is needed to read them, such as the
// limit of memory, stands in the lock file. A run is lost, or failed with
// E-MEMORY where its worker could still say that memory was refused.
//
// # Leases
//
// A run takes a lease before it loads anything: one of the job slots, or the
// interactive slot. A lease is a locked file under leases/. Who waits has a
// ticket in the database; the oldest live one goes first, and a lease that
// stays free for 5 s may be taken by anyone. A paused run gives its lease back,
// and is queued again when it goes on; a queued run that is paused leaves the
// queue. Launcher.Place says for whom a run waits; after a second its events do.
//
// # Limits
//
// StartOptions.Memory bounds the address space of a worker. A run that reports
// nothing for StartOptions.Stall ends with E-STALLED, and its log gets the stack
// of every goroutine. Neither being paused nor waiting in the queue is silence.
//
// # A full disk
//
// Where the disk has no room for what a worker writes, or another program holds
// the database for more than 10 s, the run is paused: its rows stay in memory, up
// to 64 MB of them, and the worker tries again every second and on resume. Its row cannot say so; the reply to hello does
// (Hello.Trouble), and Launcher.Plights, Follow and Ailing show it. A run that
// ends there all the same leaves its end in the lock file, whose room was taken
// at the start, and the next who judges it writes that down.
//
// # Control
//
// A worker listens on runs/ULID.sock: newline-delimited JSON, at most 1 MiB a
// line. The first line is {"id":1,"do":"hello","protocol":1}; then pause,
// resume, cancel, exit, and the requests of an interactive job. A reply is
// {"id":1,"ok":...} or {"id":1,"err":{"code","text","hint"}}. A malformed line
// gets an error and the connection is closed.
//
// A job ends early by the cancellation of its context: on cancel, on SIGTERM,
// when it has been silent for too long, when 64 MB wait for room on the disk, or when the
// command that started it is gone without having written "d" (detach) into the
// pipe that the worker inherited. A job that does not return within 8 s is left
// behind by the end of the process.
//
// # Warm workers
//
// A worker that was started warm, by a screen, keeps an interactive job loaded
// after its run is done, and runs its requests as child runs: each with a lock,
// a row and a socket of its own in the same process. It ends after 15 idle
// minutes or when asked to.
//
// A Launcher is safe for concurrent use and imports no engine. The package
// declares what it needs of the storage; the command line wires the two.
package worker
