package fuzzbench

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/tui/ui"
)

// program is the text of a reproducer, shown below its finding.
type program struct {
	path  string // as the finding has it
	lines []string
	asked string // the path that is being read, or was last
}

// programRead is the reply of reading.
type programRead program

// mostProgram bounds what is read of a program, in bytes.
const mostProgram = 64 << 10

// reading reads the program of the finding under the cursor, unless it is there. A
// program that cannot be read is left out: its path stands with the finding.
func (s *Screen) reading() tea.Cmd {
	f := s.current()
	if f == nil || f.Reproducer == "" || f.Reproducer == s.program.asked {
		return nil
	}
	path := f.Reproducer
	s.program.asked = path
	return func() tea.Msg {
		file := path
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			file = filepath.Join(path, "main.go")
		}
		r, err := os.Open(file)
		if err != nil {
			return programRead{path: path}
		}
		defer r.Close()
		text, err := io.ReadAll(io.LimitReader(r, mostProgram))
		if err != nil {
			return programRead{path: path}
		}
		p := programRead{path: path}
		for l := range strings.SplitSeq(strings.TrimRight(string(text), "\n"), "\n") {
			p.lines = append(p.lines, ui.Plain(strings.ReplaceAll(l, "\t", "    ")))
		}
		return p
	}
}
