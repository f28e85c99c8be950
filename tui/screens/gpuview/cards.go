package gpuview

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"assay/core/telemetry"
	"assay/tui/ui"
)

func cardColumns() []ui.Column {
	return []ui.Column{
		{Title: "card", Min: 8, Ideal: 9, Priority: 9},
		{Title: "name", Min: 7, Ideal: 14, Grow: 1, Priority: 5},
		{Title: "use", Min: 9, Ideal: 9, Priority: 8, Right: true},
		{Title: "memory", Min: 13, Ideal: 13, Priority: 8, Right: true},
		{Title: "temp", Min: 8, Ideal: 8, Priority: 7, Right: true},
		{Title: "power", Min: 9, Ideal: 9, Priority: 6, Right: true},
		{Title: "clock", Min: 10, Ideal: 11, Priority: 3, Right: true},
		{Title: "held down by", Min: 11, Ideal: 22, Grow: 1, Priority: 4},
		{Title: "PCIe in", Min: 7, Ideal: 8, Priority: 2, Right: true},
		{Title: "out", Min: 7, Ideal: 8, Priority: 1, Right: true},
	}
}

// cardRows are the cards as rows of a table.
type cardRows struct {
	c     *ui.Context
	cards []telemetry.Card
}

func (r *cardRows) Len() int         { return len(r.cards) }
func (r *cardRows) Key(i int) string { return cardKey(&r.cards[i]) }

func (r *cardRows) Cells(i int) []ui.Cell {
	c := &r.cards[i]
	slowed, role := slowedText(c), ""
	switch {
	case c.Fault != "":
		slowed, role = "! "+ui.Plain(c.Fault), "error"
	case c.Hot():
		role = "warn"
	case slowed == "-":
		role = "muted"
	}
	name := telemetry.ShortName(c.Name)
	if c.Instance != "" {
		name = instanceName(c.Name)
	}
	temp := ui.Cell{Text: fixedText(c.Temp, 1, 3, 0, "C") + "    "}
	if c.Hot() {
		temp = ui.Cell{Text: fixedText(c.Temp, 1, 3, 0, "C") + " hot", Role: "warn"}
	}
	cells := []ui.Cell{
		{Text: cardLabel(c)},
		{Text: known(ui.Plain(name))},
		useCell(c.Util),
		memoryCell(c.MemUsed, c.MemTotal),
		temp,
		{Text: ofLimit(c.Power, c.Limit, 3, "W")},
		{Text: ofLimit(c.Clock, c.MaxClock, 4, "M")},
		{Text: slowed, Role: role},
		{Text: fixedText(c.PCIeRx, 1e6, 5, 0, "MB")},
		{Text: fixedText(c.PCIeTx, 1e6, 5, 0, "MB")},
	}
	if c.Instance != "" { // the rest stands in the line of its card
		return cells[:4]
	}
	return cells
}

// ofLimit writes a figure beside its limit; one dash where both are missing.
func ofLimit(v, limit telemetry.Value, width int, unit string) string {
	_, have := v.Get()
	if _, known := limit.Get(); !have && !known {
		return "-" + strings.Repeat(" ", len(unit))
	}
	return fixedText(v, 1, width, 0, "") + "/" + leftText(limit, unit)
}

// cardLabel is the number of a card, or the part of a partitioned one.
func cardLabel(c *telemetry.Card) string {
	if c.Instance != "" {
		return " " + ui.Plain(c.Instance)
	}
	return fmt.Sprintf("GPU%d", c.Index)
}

// instanceName is the size of an instance: "3g.40gb" of "NVIDIA H100 80GB HBM3 MIG
// 3g.40gb".
func instanceName(name string) string {
	const before = "MIG "
	if i := strings.LastIndex(name, before); i >= 0 {
		return name[i+len(before):]
	}
	return name
}

// levelRole paints what is used a little, moderately and heavily.
func levelRole(l telemetry.Level) string {
	return [...]string{telemetry.Low: "muted", telemetry.Mid: "", telemetry.High: "warn"}[l]
}

// useCell is a share with the word for it, in nine cells.
func useCell(v telemetry.Value) ui.Cell {
	n, ok := v.Get()
	if !ok {
		return ui.Cell{Text: "   -     ", Role: "missing"}
	}
	l := telemetry.UtilLevel(n)
	return ui.Cell{Text: percent(n) + " " + ui.Fit(l.String(), 4), Role: levelRole(l)}
}

// memoryCell is used and total memory with the word for it, in thirteen cells.
func memoryCell(used, total telemetry.Value) ui.Cell {
	text := telemetry.Gibibytes(used) + "/" + leftText(gib(total), "G")
	n := share(used, total)
	if math.IsNaN(n) {
		return ui.Cell{Text: text + "     ", Role: "missing"}
	}
	l := telemetry.MemoryLevel(n)
	return ui.Cell{Text: text + " " + ui.Fit(l.String(), 4), Role: levelRole(l)}
}

// percent writes a share in four cells.
func percent(share float64) string {
	return ui.FitRight(strconv.FormatFloat(100*min(max(share, 0), 1), 'f', 0, 64), 3) + "%"
}

func gib(v telemetry.Value) telemetry.Value {
	if n, ok := v.Get(); ok {
		return telemetry.Of(n / (1 << 30))
	}
	return v
}

// fixedText writes a figure in unit with some decimals, right-aligned in width cells,
// the suffix behind them; where it is missing, a dash in a field as wide.
func fixedText(v telemetry.Value, unit float64, width, decimals int, suffix string) string {
	n, ok := v.Get()
	if !ok {
		return ui.FitRight("-", width+len(suffix))
	}
	text := strconv.FormatFloat(min(max(n/unit, 0), 99999), 'f', decimals, 64)
	return ui.FitRight(text, max(width, len(text))) + suffix
}

// leftText writes a limit, which changes rarely, as short as it is.
func leftText(v telemetry.Value, unit string) string {
	n, ok := v.Get()
	if !ok {
		return "-" + unit
	}
	return strconv.FormatFloat(min(max(n, 0), 99999), 'f', 0, 64) + unit
}

func slowedText(c *telemetry.Card) string {
	switch {
	case c.SlowedWhy != "":
		return "-"
	case len(c.Slowed) == 0:
		return "nothing"
	}
	return ui.Plain(strings.Join(c.Slowed, ", "))
}

// readoutHeight is how many lines below the table tell about the card under the
// cursor, where h lines are to be had.
func (s *Screen) readoutHeight(h int) int {
	rows := len(s.reading.Sample.GPU.Cards) + 1
	return min(max(h-rows, 0), 2)
}

// cardLines draws the table with its readout, or says why there is none.
func (s *Screen) cardLines(w, h int) []string {
	switch {
	case !s.reading.Known() && s.reading.Fault == nil:
		return []string{s.c.Theme.Paint("muted", ui.Cut(" measuring", w))}
	case len(s.reading.Sample.GPU.Cards) == 0:
		return s.absentLines(w, h)
	}
	out := s.cards.View(s.c, s.focus == paneCards)
	_, i, ok := s.cards.Cursor()
	if !ok || i >= len(s.reading.Sample.GPU.Cards) {
		return out
	}
	lines := readout(s.c, &s.reading.Sample.GPU.Cards[i], w)
	return append(out, lines[:min(s.readoutHeight(h), len(lines))]...)
}

// absentLines says why there are no cards, then what became of each place where
// the library was looked for.
func (s *Screen) absentLines(w, h int) []string {
	th, g := s.c.Theme, &s.reading.Sample.GPU
	var out []string
	say := func(role, text string) {
		for _, l := range ui.Wrap(ui.Plain(text), max(w-2, 1)) {
			out = append(out, " "+th.Paint(role, ui.Cut(l, max(w-2, 0))))
		}
	}
	switch {
	case s.reading.Fault != nil:
		say("warn", "not measuring: "+s.reading.Fault.Error())
		return out
	case g.State == telemetry.Starting && g.LateMs > 0:
		say("warn", "the driver has not answered for "+shortSpan(g.Late())+"; the host is measured all the same")
		return out
	case g.State == telemetry.Starting:
		say("muted", "the driver has not answered yet")
		return out
	case g.State == telemetry.Failed:
		say("warn", "the driver fails: "+g.Reason)
	case g.State == telemetry.Ready:
		say("text", "the driver shows no card (CUDA_VISIBLE_DEVICES does not matter here)")
	default:
		say("text", "no card: runs use the CPU path. "+g.Reason)
	}
	if left := h - len(out) - 1; len(g.Tries) > 1 && left > 1 {
		// What the kernel shows stands last and says most.
		last := g.Tries[len(g.Tries)-1]
		say("muted", last)
		for _, l := range g.Tries[:len(g.Tries)-1] {
			say("faint", l)
		}
	}
	return out
}

// readout is what the table has no room for: who the card is, and why figures are
// missing.
func readout(c *ui.Context, card *telemetry.Card, w int) []string {
	parts := []string{known(ui.Plain(card.UUID))}
	if card.PCI != "" {
		parts = append(parts, "PCI "+ui.Plain(card.PCI))
	}
	if e, ok := card.Energy.Get(); ok {
		parts = append(parts, fmt.Sprintf("%.1f kWh since the driver was loaded", e/3.6e6))
	}
	if m, ok := card.MemClock.Get(); ok {
		parts = append(parts, fmt.Sprintf("memory clock %.0f MHz", m))
	}
	first := c.Theme.Paint("muted", ui.Cut(" "+strings.Join(parts, "   "), w))
	if card.Fault != "" {
		return []string{first, c.Theme.Paint("error", ui.Cut(" ! "+ui.Plain(card.Fault), w))}
	}
	why := missing(card)
	if why == "" {
		return []string{first}
	}
	return []string{first, c.Theme.Paint("muted", ui.Cut(" "+ui.Plain(why), w))}
}

// missing says why figures are missing, each reason once: "use, power: not supported".
func missing(c *telemetry.Card) string {
	var reasons []string
	names := map[string][]string{}
	note := func(name, why string) {
		if why == "" {
			return
		}
		if names[why] == nil {
			reasons = append(reasons, why)
		}
		names[why] = append(names[why], name)
	}
	for _, f := range []struct {
		name string
		v    telemetry.Value
	}{
		{"use", c.Util}, {"memory", c.MemUsed}, {"temperature", c.Temp}, {"power", c.Power}, {"limit", c.Limit}, {"clock", c.Clock}, {"PCIe", c.PCIeRx},
	} {
		note(f.name, f.v.Why())
	}
	note("reasons", c.SlowedWhy)
	note("processes", c.NoList)
	var parts []string
	for _, why := range reasons {
		parts = append(parts, strings.Join(names[why], ", ")+": "+why)
	}
	return strings.Join(parts, "; ")
}
