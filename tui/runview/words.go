package runview

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"assay/core/run"
	"assay/tui/ui"
)

// Short is the beginning of a run's ID: enough to name it to a command.
func Short(id run.ID) string { return string(id[:min(len(id), 8)]) }

// OneLine makes any text fit for a single line of the screen.
func OneLine(text string) string { return strings.Join(strings.Fields(ui.Plain(text)), " ") }

// Plural writes a number of things: "1 pair", "3 pairs".
func Plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// Share writes a ratio with two digits: ".92", "1", "0".
func Share(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	if s == "1.00" || s == "0.00" {
		return s[:1]
	}
	return strings.TrimPrefix(s, "0")
}

// Interval writes the interval of a ratio.
func Interval(ci [2]float64) string { return "[" + Share(ci[0]) + "," + Share(ci[1]) + "]" }

// State names a run, its state and how far it is: "run 01J9VX00 running 3/20".
func State(r run.Run) string {
	text := "run " + Short(r.ID) + " " + string(r.State)
	if r.State.Live() && r.ErrorCode != "" {
		text += " " + r.ErrorCode // it stands still
	}
	if r.State.Live() && r.Total > 0 {
		text += " " + strconv.FormatInt(r.Done, 10) + "/" + strconv.FormatInt(r.Total, 10)
	}
	return text
}

// Banner is what stands above a run that did not end well, that stands still, or
// whose reading failed: the reason, and how it goes on. It is empty for others.
func Banner(c *ui.Context, r run.Run, err error, w int) []string {
	if err != nil {
		return []string{ui.Fit(c.Theme.Paint("error", ui.Cut(" ! "+OneLine(err.Error()), w)), w)}
	}
	if r.State == run.Done || r.State.Live() && r.ErrorCode == "" {
		return nil
	}
	text := " " + r.State.Mark() + " " + string(r.State)
	if r.ErrorCode != "" {
		text += " " + r.ErrorCode
	}
	if r.ErrorText != "" {
		text += ": " + OneLine(r.ErrorText)
	}
	role := "cancelled"
	if r.State == run.Failed || r.State == run.Lost {
		role = string(r.State)
	}
	hint := "p resumes it "
	if r.State.Live() {
		role, hint = "warn", ""
	}
	return []string{ui.Ends(c.Theme.Paint(role, ui.Cut(text, max(w-len(hint)-1, 1))), hint, w)}
}

// Lines sets texts into lines of at most w cells with a blank in front.
func Lines(w int, texts ...string) []string {
	var out []string
	for _, text := range texts {
		for _, l := range ui.Wrap(text, max(w-2, 1)) {
			out = append(out, " "+l)
		}
	}
	return out
}

// Window shows lines from where a person has scrolled to, as exactly h lines of w
// cells; the last one says how many do not fit. It keeps at inside the lines.
func Window(c *ui.Context, lines []string, at *int, w, h int) []string {
	*at = max(min(*at, len(lines)-h), 0)
	out := ui.Block(lines[min(*at, len(lines)):], w, h)
	if rest := len(lines) - *at - h; rest > 0 && h > 1 {
		out[h-1] = ui.Fit(c.Theme.Paint("muted", " ... "+Plural(rest+1, "more line")), w)
	}
	return out
}

// Given returns the parameters of a run as a form takes them; what cannot be read
// is left to the defaults.
func Given(r run.Run) map[string]any {
	out := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(r.Params))
	d.UseNumber() // a large seed keeps its digits
	if d.Decode(&out) != nil || out == nil {
		return map[string]any{}
	}
	return out
}
