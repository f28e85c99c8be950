package term

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"
)

// piece is how much of the program file a look at one page of it may bring along:
// what kernels map around a fault by themselves.
const piece = 64 << 10

// Shrink gives back the memory that only the start of the program needed: free heap,
// and the pages of the program file that are mapped and may never be looked at again.
// Those that are come back from the page cache at their next use, and only with their
// neighbors: Linux from 6.18 on maps whole folios of the cache, of up to 2 MiB, which
// makes most of a program of this size resident; no further than to the end of a
// mapping, though. So the file is mapped in pieces from then on. A screen lives for
// days beside runs that want the memory. It is safe at any time.
func Shrink() error {
	debug.FreeOSMemory()
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return fmt.Errorf("memory of this program: %w", err)
	}
	defer maps.Close()
	var m mapping
	var shown []mapping
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		if next, ok := parseMapping(lines.Text()); ok {
			m = next
		}
		// What the loader wrote, it wrote into copies that no file has: those stay.
		if m.file == self && strings.Join(strings.Fields(lines.Text()), " ") == "Anonymous: 0 kB" {
			shown = append(shown, m)
		}
	}
	for _, m := range shown {
		if err := advise(m.from, m.to, unix.MADV_DONTNEED); err != nil {
			return err
		}
		// Neighbors that differ are mappings of their own, and that no dump of memory
		// holds every other piece is a difference without a consequence: none holds
		// what a file has.
		for at := m.from &^ (piece - 1); at < m.to; at += 2 * piece {
			if err := advise(max(at, m.from), min(at+piece, m.to), unix.MADV_DONTDUMP); err != nil {
				return err
			}
		}
	}
	return nil
}

// advise tells the kernel what a stretch of memory is needed for.
func advise(from, to uintptr, advice int) error {
	if _, _, errno := unix.Syscall(unix.SYS_MADVISE, from, to-from, uintptr(advice)); errno != 0 {
		return fmt.Errorf("give memory back: %w", errno)
	}
	return nil
}

// mapping is a stretch of memory that cannot be written and the file that it shows.
type mapping struct {
	from, to uintptr
	file     string
}

// parseMapping reads the first line of a mapping in /proc/self/smaps; ok is false for
// other lines. A mapping that can be written has no file here.
func parseMapping(line string) (m mapping, ok bool) {
	var mode, offset, device string
	var inode uint64
	if _, err := fmt.Sscanf(line, "%x-%x %s %s %s %d", &m.from, &m.to, &mode, &offset, &device, &inode); err != nil {
		return mapping{}, false
	}
	if at := strings.IndexByte(line, '/'); at >= 0 && !strings.Contains(mode, "w") {
		m.file = line[at:]
	}
	return m, true
}
