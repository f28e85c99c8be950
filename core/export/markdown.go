package export

import (
	"strings"
	"unicode"
)

// page is Markdown in the making: CommonMark with the tables of GitHub.
type page struct{ strings.Builder }

func (p *page) heading(text string) {
	p.WriteString("\n## " + inline(text) + "\n")
}

func (p *page) paragraph(text string) { p.WriteString("\n" + plainStart(inline(text)) + "\n") }

// plainStart escapes what would make a heading, a list or a quotation of a
// paragraph.
func plainStart(s string) string {
	if s == "" {
		return s
	}
	if strings.ContainsRune("#>+-=~", rune(s[0])) {
		return `\` + s
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits > 0 && digits < len(s) && (s[digits] == '.' || s[digits] == ')') {
		return s[:digits] + `\` + s[digits:]
	}
	return s
}

// shell sets commands apart.
func (p *page) shell(lines ...string) { p.code("sh", strings.Join(lines, "\n")) }

// code sets a text apart; it may hold what would end the block.
func (p *page) code(language, text string) {
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && hidden(r) {
			return '�'
		}
		return r
	}, strings.TrimRight(text, "\n"))
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	p.WriteString("\n" + fence + language + "\n" + text + "\n" + fence + "\n")
}

func (p *page) table(t Table) {
	if len(t.Rows) == 0 {
		return
	}
	p.WriteByte('\n')
	for _, c := range t.Columns {
		p.WriteString("| " + inline(c.Name) + " ")
	}
	p.WriteString("|\n")
	for _, c := range t.Columns {
		p.WriteString(map[bool]string{false: "|---", true: "|---:"}[c.Right])
	}
	p.WriteString("|\n")
	for _, r := range t.Rows {
		for _, v := range r {
			text := inline(v.Text)
			if v.Code {
				text = strings.ReplaceAll(codeSpan(v.Text), "|", `\|`)
			}
			p.WriteString("| " + text + " ")
		}
		p.WriteString("|\n")
	}
}

func (p *page) facts(list []Fact) {
	t := Table{Columns: []Column{{Name: ""}, {Name: ""}}}
	for _, f := range list {
		if f.Value != "" {
			t.Rows = append(t.Rows, []Value{{Text: f.Name}, {Text: f.Value, Code: f.Code}})
		}
	}
	p.table(t)
}

// inline writes a text so that Markdown shows it as it is, on one line.
func inline(s string) string {
	var b strings.Builder
	runes := []rune(oneLine(s))
	for i, r := range runes {
		switch r {
		case '\\', '`', '*', '[', ']', '|':
			b.WriteByte('\\')
		case '_':
			// Inside a word it has no meaning, and names are full of them.
			if i == 0 || i+1 == len(runes) || !letter(runes[i-1]) || !letter(runes[i+1]) {
				b.WriteByte('\\')
			}
		case '<':
			b.WriteString("&lt;")
			continue
		case '&':
			b.WriteString("&amp;")
			continue
		case '~': // two of them strike out
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// oneLine puts a text on one line and shows what cannot be seen.
func oneLine(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "⏎")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case hidden(r):
			return '�'
		}
		return r
	}, s)
}

// codeSpan sets a text in letters of one width.
func codeSpan(s string) string {
	s = oneLine(strings.TrimPrefix(s, " "))
	if s == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.Trim(s, " ") == "" {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}
