package kvbench

import (
	"fmt"
	"slices"
	"strings"

	"assay/core/kv"
	"assay/core/plot"
	"assay/tui/ui"
)

// gantt draws spans of time, a line a lane, with the number of the chunk or layer
// in each bar, a deadline where there is one, and an axis below.
func gantt(c *ui.Context, spans []kv.SpanDoc, deadline float64, w int) []string {
	if len(spans) == 0 || w < 30 {
		return []string{c.Theme.Paint("muted", "no spans")}
	}
	var lanes []string
	end := 0.0
	for _, s := range spans {
		end = max(end, s.End)
		if !slices.Contains(lanes, s.Lane) {
			lanes = append(lanes, s.Lane)
		}
	}
	end = max(end, min(deadline, 2*end))
	const label = 8
	room := w - label - 1
	at := func(ms float64) int { return min(int(ms/end*float64(room)), room-1) }
	var out []string
	for n, lane := range lanes {
		line := []byte(strings.Repeat(" ", room))
		for _, s := range spans {
			if s.Lane != lane || s.End <= s.Start {
				continue
			}
			lo, hi := at(s.Start), max(at(s.End), at(s.Start)+1)
			bar := []byte{'=', '-'}[s.Item%2] // neighbours differ without colour
			for i := lo; i < hi && i < room; i++ {
				line[i] = bar
			}
			if id := fmt.Sprint(s.Item); len(id)+1 < hi-lo {
				copy(line[lo+(hi-lo-len(id))/2:], id)
			}
		}
		ink := string(line)
		if sgr := c.Theme.Series(n); sgr != "" {
			ink = sgr + ink + "\x1b[m"
		}
		out = append(out, ui.Fit(lane, label)+" "+ink)
	}
	axis := []byte(strings.Repeat(" ", room))
	right := plot.Number(end) + " ms"
	copy(axis, "0")
	copy(axis[max(room-len(right), 0):], right)
	if deadline > 0 && deadline <= end {
		mark := "^ deadline " + plot.Number(deadline)
		x := at(deadline)
		if x+len(mark) > room {
			mark = "deadline " + plot.Number(deadline) + " ^"
			x = max(x-len(mark)+1, 0)
		}
		copy(axis[x:], mark)
	}
	return append(out, c.Theme.Paint("axis", strings.Repeat(" ", label+1)+string(axis)))
}
