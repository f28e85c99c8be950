package app

import (
	"fmt"
	"html"
	"image/color"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"

	"assay/tui/ui"
)

// shot is a way to keep the screen as it stands.
type shot struct {
	ext, title, help string
	make             func(lines []string, c *ui.Context) []byte
}

func shots() []shot {
	return []shot{
		{"txt", "text", "plain text, for a mail or an issue", textShot},
		{"ansi", "text with colours", "cat shows it on a terminal as it is here", colourShot},
		{"svg", "a picture", "SVG, for browsers and documents", pictureShot},
	}
}

func textShot(lines []string, _ *ui.Context) []byte {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(ansi.Strip(l), " ") + "\n")
	}
	return []byte(b.String())
}

func colourShot(lines []string, _ *ui.Context) []byte {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l + "\x1b[m\n")
	}
	return []byte(b.String())
}

// Size of a cell of a picture in pixels.
const (
	cellWide, cellHigh = 8, 17
	baseLine           = 13
)

// pictureShot draws the cells as SVG: a ground where there is one, and the letters of
// a run of equal cells at their columns, whatever font the reader has.
func pictureShot(lines []string, c *ui.Context) []byte {
	w, h := c.Width, len(lines)
	screen := uv.NewScreenBuffer(w, h)
	uv.NewStyledString(strings.Join(lines, "\n")).Draw(screen, screen.Bounds())
	ground, ink := c.Theme.Paper()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13">`+"\n",
		w*cellWide, h*cellHigh, w*cellWide, h*cellHigh)
	fmt.Fprintf(&b, "<title>assay</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"%s\"/>\n", ground)
	for y := range h {
		for x := 0; x < w; {
			cell := screen.CellAt(x, y)
			style, text, from := uv.Style{}, "", x
			if cell != nil {
				style = cell.Style
			}
			for x < w {
				next := screen.CellAt(x, y)
				if next == nil || !next.Style.Equal(&style) {
					break
				}
				text += next.Content
				x += max(next.Width, 1)
			}
			if x == from { // a cell that holds nothing
				x++
				continue
			}
			writeRun(&b, from, x-from, y, text, style, ground, ink)
		}
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// writeRun writes cells of one style.
func writeRun(b *strings.Builder, x, n, y int, text string, style uv.Style, ground, ink string) {
	fg, bg := hexOr(style.Fg, ink), hexOr(style.Bg, "")
	if style.Attrs&uv.AttrReverse != 0 {
		if bg == "" {
			bg = ground
		}
		fg, bg = bg, fg
	}
	if bg != "" {
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", x*cellWide, y*cellHigh, n*cellWide, cellHigh, bg)
	}
	body := strings.TrimRight(text, " ")
	if body == "" {
		return
	}
	shown := n - (len(text) - len(body))
	lead := len(body) - len(strings.TrimLeft(body, " "))
	fmt.Fprintf(b, `<text x="%d" y="%d" fill="%s" textLength="%d" lengthAdjust="spacingAndGlyphs"`, (x+lead)*cellWide, y*cellHigh+baseLine, fg, (shown-lead)*cellWide)
	for _, a := range []struct {
		bit  uint8
		text string
	}{{uv.AttrBold, ` font-weight="bold"`}, {uv.AttrFaint, ` opacity="0.6"`}, {uv.AttrItalic, ` font-style="italic"`}} {
		if style.Attrs&a.bit != 0 {
			b.WriteString(a.text)
		}
	}
	if style.Underline != uv.UnderlineNone {
		b.WriteString(` text-decoration="underline"`)
	}
	b.WriteString(` xml:space="preserve">` + html.EscapeString(body[lead:]) + "</text>\n")
}

// hexOr writes a colour, or what stands for none.
func hexOr(c color.Color, none string) string {
	if c == nil {
		return none
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
