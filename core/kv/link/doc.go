// Package link sends blobs over loopback TCP at a throttled rate, so that what a
// network would do to a time to first token is met by real sockets and not by
// arithmetic alone.
//
// The sender is shaped by a token bucket: a slice of a blob leaves when as many
// bytes as came before it would have left at the rate; requests that wait while
// another is answered are sent behind it without a gap. The receiver asks on one
// connection. Both live in one process; the listener is on
// 127.0.0.1 alone and ends with Close.
//
// A Server is safe for concurrent use, a Client is not.
package link
