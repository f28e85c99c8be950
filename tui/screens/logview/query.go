package logview

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
)

// Replies of the screen's commands; query numbers drop those that come too late.
type (
	eventsLoaded struct {
		query int
		lines []line
		seen  map[run.ID]int64
		err   error
	}
	fileLoaded struct {
		query int
		lines []line
		size  int64
		same  bool // nothing was added since
		err   error
	}
)

const (
	recentRuns = 40   // whose events are shown
	firstTail  = 300  // sequence numbers to look back when a run is met first
	keptLines  = 4000 // of events
	fileTail   = 256 << 10
)

// load reads what the chosen source has to say since the last time.
func (s *Screen) load() tea.Cmd {
	s.query++
	if s.source == fromRuns {
		return s.loadEvents(s.query)
	}
	path := s.path()
	if path == "" {
		return nil
	}
	query, size := s.query, s.size
	return func() tea.Msg {
		lines, now, err := readTail(path, size)
		return fileLoaded{query: query, lines: lines, size: now, same: err == nil && lines == nil && now == size, err: err}
	}
}

func (s *Screen) loadEvents(query int) tea.Cmd {
	reader, seen := s.reader, maps.Clone(s.seen)
	return func() tea.Msg {
		ctx := context.Background()
		list, err := reader.Runs(ctx, run.Filter{Limit: recentRuns})
		if err != nil {
			return eventsLoaded{query: query, err: err}
		}
		out := eventsLoaded{query: query, seen: seen}
		for _, r := range list {
			after, known := seen[r.ID]
			if known && r.LastSeq <= after {
				continue
			}
			if !known {
				after = max(r.LastSeq-firstTail, 0)
			}
			events, err := reader.Events(ctx, r.ID, after, 0)
			if run.CodeOf(err) == run.ENoRun {
				continue // deleted meanwhile
			}
			if err != nil {
				return eventsLoaded{query: query, err: err}
			}
			seen[r.ID] = max(after, r.LastSeq)
			for _, e := range events {
				out.lines = append(out.lines, eventLine(r, e))
				seen[r.ID] = max(seen[r.ID], e.Seq)
			}
		}
		return out
	}
}

func eventLine(r run.Run, e run.Event) line {
	l := line{
		key: fmt.Sprintf("%s/%d", r.ID, e.Seq), at: time.UnixMilli(e.TMs), level: e.Level,
		from: r.Name, id: r.ID, kind: e.Kind, text: e.Text,
	}
	var data map[string]json.RawMessage
	if json.Unmarshal(e.Data, &data) == nil {
		for _, k := range slices.Sorted(maps.Keys(data)) {
			l.extra = append(l.extra, field{k, string(data[k])})
		}
	} else if len(e.Data) > 0 && !bytes.Equal(e.Data, []byte("null")) {
		l.extra = append(l.extra, field{"data", string(e.Data)})
	}
	return l
}

// readTail reads the end of a log file whose size was known; where the size is
// the same it returns no lines. A missing file is empty: nothing was said yet.
func readTail(path string, known int64) ([]line, int64, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return []line{}, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read log: %w", err)
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, 0, fmt.Errorf("read log: %w", err)
	}
	size := info.Size()
	if size == known {
		return nil, size, nil
	}
	start := max(size-fileTail, 0)
	data, err := io.ReadAll(io.NewSectionReader(f, start, size-start))
	if err != nil {
		return nil, 0, fmt.Errorf("read log: %w", err)
	}
	if start > 0 { // the first line is cut
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			start += int64(i) + 1
			data = data[i+1:]
		}
	}
	lines := []line{}
	for text := range strings.Lines(string(data)) {
		n := int64(len(text))
		if text = strings.TrimRight(text, "\r\n"); text != "" {
			l := parseLine(text)
			l.key = fmt.Sprint(start) // where it stands in the file
			lines = append(lines, l)
		}
		start += n
	}
	return lines, size, nil
}
