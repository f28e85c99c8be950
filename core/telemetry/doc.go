// Package telemetry tells how busy this machine is: processors, memory, the
// limits of its control group, NVIDIA cards, and the processes that use them.
//
// # Processes
//
// Nobody who draws a screen should meet a driver: its library may hang or crash.
// So a child process (`assay sample`) does the measuring and writes one Sample a
// second as a line of JSON, and a Feed in the screen's process starts that child
// while somebody asks for samples, and ends it soon after nobody does.
//
//   - HostReader reads the files of the kernel; the child uses it.
//   - Sample, Host, GPU, Card, Process are the nouns; Value is a number that may be
//     missing.
//   - Encode and Decode are the protocol.
//   - Feed is the client, Reading what it hands out, Segment the words for a
//     status bar.
//
// # Missing is not zero
//
// Cards and containers keep figures back. Every figure is a Value, which holds a
// number or the reason why there is none; its zero value is "missing, nobody knows
// why". On screens a missing figure is a dash.
//
// # Age
//
// Figures grow old: a driver may answer late, the child may be stopped. The half
// of the cards carries its own age, in durations rather than times of day, so
// that a jump of the clock changes nothing; a Reading knows when it came.
//
// # Concurrency
//
// Nouns are values. A HostReader is for one goroutine. A Feed is safe for
// concurrent use.
package telemetry
