package runs

import (
	"context"
	"strings"

	"assay/core/plot"
	"assay/core/run"
	"assay/tui/ui"
)

// curve is a metric of a run over its steps.
type curve struct {
	key  run.MetricKey
	x, y []float64
}

// mostCurves is how many metrics are drawn; a sweep has one for each of its rules.
const mostCurves = 3

// readCurves reads the first metrics of a run that have more than one value.
func readCurves(ctx context.Context, reader run.Reader, id run.ID) ([]curve, error) {
	keys, err := reader.MetricKeys(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []curve
	for _, k := range keys {
		list, err := reader.Metrics(ctx, id, k.Name)
		if err != nil {
			return nil, err
		}
		if len(list) < 2 {
			continue
		}
		c := curve{key: k}
		for _, m := range list {
			c.x, c.y = append(c.x, float64(m.Step)), append(c.y, m.Value)
		}
		if out = append(out, c); len(out) == mostCurves {
			break
		}
	}
	return out, nil
}

// sparks draws the curves of the run, one a line: the name, the line, the last value.
// That of a live run grows to the right under a scale that jumps when it is full.
func (s *Screen) sparks(w int) []string {
	const most = 48 // cells of a line
	names := 0
	for _, c := range s.detail.curves {
		names = max(names, ui.Width(c.key.Name))
	}
	names = min(names, max(w/3, 1))
	var out []string
	for _, c := range s.detail.curves {
		last := " " + plot.Number(c.y[len(c.y)-1])
		if c.key.Unit != "" {
			last += strings.TrimPrefix(" "+ui.Plain(c.key.Unit), " 1") // 285/s
		}
		x := plot.Linear(c.x[0], c.x[len(c.x)-1])
		if s.detail.run.State.Live() {
			x = plot.Growing(x.Lo, x.Hi)
		}
		room := min(w-names-1-ui.Width(last), most)
		if room < 4 {
			continue
		}
		out = append(out, s.c.Theme.Paint("muted", ui.Fit(ui.Plain(c.key.Name), names)+" ")+
			s.c.Theme.Paint("info", ui.Spark(s.c, c.x, c.y, x, room))+s.c.Theme.Paint("number", last))
	}
	return out
}
