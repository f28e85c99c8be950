package term

import (
	"bytes"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A terminal answers in the order in which it is asked, so that its answer to the
// fence comes behind all that it had still to say.
const (
	fence       = "\x1b[5n" // are you well?
	fenceAnswer = "\x1b[0n"
	fenceWait   = 500 * time.Millisecond // for a terminal that never answers, or a slow link
)

// drain throws away what a terminal still has to say to a screen that is gone, and what
// was typed for it: a shell would run both. The terminal is in a mode without lines and
// echo meanwhile and stays in it. Another group of processes may read the terminal by
// now; then nothing is done.
func drain(in *os.File, out io.Writer, before *unix.Termios) {
	fd := int(in.Fd())
	if front, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err != nil || front != unix.Getpgrp() {
		return
	}
	raw := *before
	raw.Lflag &^= unix.ICANON | unix.ECHO
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 0, 0
	if unix.IoctlSetTermios(fd, unix.TCSETS, &raw) != nil {
		return
	}
	if _, err := io.WriteString(out, fence); err != nil {
		return
	}
	var heard []byte
	chunk := make([]byte, 1024)
	for end := time.Now().Add(fenceWait); !bytes.Contains(heard, []byte(fenceAnswer)); {
		left := time.Until(end).Milliseconds()
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(max(left, 0)))
		if err == unix.EINTR && left > 0 {
			continue
		}
		if err != nil || ready == 0 {
			return
		}
		n, err := unix.Read(fd, chunk)
		if err != nil || n == 0 {
			return
		}
		heard = append(heard[max(0, len(heard)-len(fenceAnswer)):], chunk[:n]...)
	}
}
