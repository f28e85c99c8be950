package term

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"
)

// Shrink gives back the memory that only the start of the program needed: free heap,
// and the pages of the program file that are mapped and may never be looked at again.
// Those that are come back from the page cache at their next use. A screen lives for
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
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		if next, ok := parseMapping(lines.Text()); ok {
			m = next
		}
		// What the loader wrote, it wrote into copies that no file has: those stay.
		if m.file != self || strings.Join(strings.Fields(lines.Text()), " ") != "Anonymous: 0 kB" {
			continue
		}
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED); errno != 0 {
			return fmt.Errorf("give memory back: %w", errno)
		}
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
