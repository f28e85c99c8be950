package telemetry

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Level is how heavily something is used.
type Level int

// The levels: below a tenth, below three quarters (four fifths for memory), above.
const (
	Low Level = iota
	Mid
	High
)

// String returns "low", "mid" or "high".
func (l Level) String() string { return [...]string{"low", "mid", "high"}[l] }

// UtilLevel returns the level of a share of time.
func UtilLevel(share float64) Level { return level(share, .10, .75) }

// MemoryLevel returns the level of a share of memory.
func MemoryLevel(share float64) Level { return level(share, .10, .80) }

func level(v, mid, high float64) Level {
	switch {
	case v >= high:
		return High
	case v >= mid:
		return Mid
	}
	return Low
}

// Hot reports whether a card is as warm as where it slows itself down, or does so
// because of heat. What a card does not tell is not hot.
func (c *Card) Hot() bool {
	temp, ok := c.Temp.Get()
	limit, known := c.SlowTemp.Get()
	if ok && known && temp >= limit {
		return true
	}
	for _, s := range c.Slowed {
		if strings.HasPrefix(s, "heat") {
			return true
		}
	}
	return false
}

// Busiest returns the card with the highest utilisation, or where none tells it the
// one whose memory is fullest; nil where there is none. Instances do not count.
func (g *GPU) Busiest() *Card {
	var best *Card
	most := [2]float64{-2, -2}
	for i := range g.Cards {
		c := &g.Cards[i]
		if c.Instance != "" {
			continue
		}
		v := [2]float64{c.Util.Or(-1), c.MemUsed.Or(-1) / max(c.MemTotal.Or(1), 1)}
		if best == nil || v[0] > most[0] || v[0] == most[0] && v[1] > most[1] {
			best, most = c, v
		}
	}
	return best
}

// Segment returns the words of a status bar: the busiest card, or without one the
// machine, in at most width cells. What matters least goes first where there is no
// room; "" means that nothing fits, or nothing is known. The numbers stand in
// fields of fixed width, so that a new sample changes digits only. warn asks for
// attention: a card is hot or lost, the figures are old, or the group's limits are
// reached.
//
//	GPU0 H100  98% high  91C hot 62/80G 430W +7
//	cpu  42% mid   3.1/24G
func (r *Reading) Segment(now time.Time, width int) (text string, warn bool) {
	if !r.Known() {
		return "", false
	}
	if c := r.Sample.GPU.Busiest(); c != nil {
		return r.cardSegment(c, now, width)
	}
	h := &r.Sample.Host
	parts := []part{{5, "cpu " + percent(h.Busy)}, {1, levelWord(h.Busy)}, {4, Gibibytes(h.MemUsed) + "/" + strings.TrimSpace(Gibibytes(h.MemTotal)) + "G"}}
	if limit, ok := h.Group.MemLimit.Get(); ok {
		parts[2].text = Gibibytes(h.Group.MemUsed) + "/" + strings.TrimSpace(Gibibytes(Of(limit))) + "G"
		if warn = h.Group.MemUsed.Or(0) >= .95*limit; warn {
			parts[2].text += " full"
		}
	}
	if share, ok := h.Group.Throttled.Get(); ok && share >= .05 {
		parts = append(parts, part{3, "throttled " + percent(h.Group.Throttled)})
		warn = true
	}
	if age := r.Age(now); age > 0 {
		parts = append(parts, part{6, Old(age)})
		warn = true
	}
	return fitParts(parts, width), warn
}

func (r *Reading) cardSegment(c *Card, now time.Time, width int) (string, bool) {
	g := &r.Sample.GPU
	parts := []part{{8, fmt.Sprintf("GPU%d", c.Index)}}
	warn := c.Hot() || c.Fault != ""
	switch {
	case c.Fault != "":
		parts = append(parts, part{7, "fault"})
	default:
		parts = append(parts, part{1, ShortName(c.Name)})
		if !c.Util.IsZero() {
			parts = append(parts, part{7, percent(c.Util)}, part{2, levelWord(c.Util)})
		}
		temp := degrees(c.Temp)
		if c.Hot() {
			temp += " hot"
		}
		parts = append(parts, part{5, temp}, part{6, strings.TrimSpace(Gibibytes(c.MemUsed)) + "/" + strings.TrimSpace(Gibibytes(c.MemTotal)) + "G"}, part{4, watts(c.Power)})
	}
	others, lost := -1, 0 // beside the busiest
	for i := range g.Cards {
		if g.Cards[i].Instance == "" {
			others++
			if g.Cards[i].Fault != "" && &g.Cards[i] != c {
				lost++
			}
		}
	}
	if others > 0 {
		parts = append(parts, part{3, fmt.Sprintf("+%d", others)})
	}
	if lost > 0 {
		parts = append(parts, part{8, fmt.Sprintf("%d fault", lost)})
		warn = true
	}
	if age := r.CardsAge(now); age > 0 {
		parts = append(parts, part{9, Old(age)})
		warn = true
	}
	return fitParts(parts, width), warn
}

// part is a piece of a segment; those of the lowest rank go first.
type part struct {
	rank int
	text string
}

func fitParts(parts []part, width int) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p.text != "" {
			kept = append(kept, p)
		}
	}
	for len(kept) > 0 {
		var text strings.Builder
		for i, p := range kept {
			if i > 0 {
				text.WriteString(" ")
			}
			text.WriteString(p.text)
		}
		if len(text.String()) <= width {
			return text.String()
		}
		drop := 0
		for i, p := range kept {
			if p.rank < kept[drop].rank {
				drop = i
			}
		}
		kept = append(kept[:drop], kept[drop+1:]...)
	}
	return ""
}

// Old writes the age of figures: "6s old".
func Old(age time.Duration) string {
	s := int64(age / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds old", s)
	case s < 3600:
		return fmt.Sprintf("%dm old", s/60)
	}
	return fmt.Sprintf("%dh old", min(s/3600, 999))
}

// percent writes a share in four cells: " 98%", "   -".
func percent(v Value) string {
	n, ok := v.Get()
	if !ok {
		return "   -"
	}
	return fmt.Sprintf("%3.0f%%", math.Round(clamp(n)*100))
}

// levelWord says how much a share is, in four cells.
func levelWord(v Value) string {
	n, ok := v.Get()
	if !ok {
		return ""
	}
	return fmt.Sprintf("%-4s", UtilLevel(n))
}

func degrees(v Value) string {
	n, ok := v.Get()
	if !ok {
		return "   -"
	}
	return fmt.Sprintf("%3.0fC", min(max(n, -99), 999))
}

func watts(v Value) string {
	n, ok := v.Get()
	if !ok {
		return ""
	}
	return fmt.Sprintf("%3.0fW", min(max(n, 0), 9999))
}

// Gibibytes writes bytes in units of 2^30, in four cells up to 9999: " 3.1", "  62".
func Gibibytes(v Value) string {
	n, ok := v.Get()
	if !ok {
		return "   -"
	}
	g := min(max(n, 0)/(1<<30), 9999)
	if g < 9.95 {
		return fmt.Sprintf("%4.1f", g)
	}
	return fmt.Sprintf("%4.0f", g)
}

// ShortName is the part of a card's name that people use: "H100" of "NVIDIA H100
// 80GB HBM3", "RTX 4090" of "NVIDIA GeForce RTX 4090". Characters that have no
// place on a screen are left out.
func ShortName(name string) string {
	var words []string
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		switch strings.ToLower(w) {
		case "nvidia", "geforce", "graphics", "device":
			continue
		}
		if len(words) > 0 && w[0] >= '0' && w[0] <= '9' && strings.HasSuffix(w, "GB") {
			break
		}
		words = append(words, w)
	}
	for i, w := range words {
		if i > 0 && (strings.HasPrefix(w, "HBM") || strings.HasPrefix(w, "PCIe")) {
			words = words[:i]
			break
		}
	}
	return strings.Join(words, " ")
}
