// Package e2e drives the real binary from outside, as a person, a script and a
// crash do: txtar scripts of commands with their exit codes, the screens in a
// detached tmux, bytes and latency on a pseudo-terminal, kill -9 of workers and
// screens, full and read-only disks.
//
// Everything is behind the build tag e2e (make e2e). With -short fewer workers
// are killed. A test whose tool is missing (tmux, the right to mount) says so
// and is skipped.
package e2e
