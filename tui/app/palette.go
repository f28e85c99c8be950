package app

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/run"
	"assay/tui/ui"
)

// palette finds anything that can be done or opened by a few letters of its name.
// Its actions are those that keys, hints and help are made from.
type palette struct {
	input ui.Input
	items []item
	shown []found
	at    int
	asked string // what shown answers
	m     *Model

	top, rows int // of the lines as drawn last
}

// item is a line of the palette.
type item struct {
	id    string // what use is counted by
	title string
	more  string // is searched as well, not shown
	keys  string
	kind  string
	why   string // why it cannot be done now
	shell string // the same in a shell, "" for nothing
	fill  string // what tab puts into the input
	do    func() tea.Cmd
}

// found is an item with what was found in its title.
type found struct {
	item
	score int
	at    []int
}

// runsForPalette are the newest runs, for a palette that is open.
type runsForPalette struct {
	to   *palette
	runs []run.Run
}

// openPalette shows the palette and reads the newest runs for it.
func (m *Model) openPalette() tea.Cmd {
	o := &palette{m: m}
	for _, a := range m.Actions() {
		if a.ID == "app.palette" || slices.ContainsFunc(o.items, func(i item) bool { return i.id == a.ID }) {
			continue
		}
		it := item{id: a.ID, title: a.Title, more: a.ID + " " + a.Group, keys: strings.Join(a.Keys, " "), kind: "action", fill: a.Title, do: func() tea.Cmd { return m.doByID(a.ID) }}
		if strings.HasPrefix(a.ID, "app.tab.") {
			it.kind = "screen"
		}
		if ok, why := a.Possible(); !ok {
			it.why = why
		}
		o.items = append(o.items, it)
	}
	for _, k := range m.deps.Kinds {
		o.items = append(o.items, item{
			id: "new." + k.Name, title: "new run: " + k.Title, more: k.Name, kind: "form", fill: strings.ReplaceAll(k.Name, ".", " ") + " ",
			shell: "assay " + strings.ReplaceAll(k.Name, ".", " "),
			do:    func() tea.Cmd { return m.openForm(ui.OpenForm{Kind: k.Name}) },
		})
	}
	for _, a := range m.current.Aliases() {
		o.items = append(o.items, item{id: "alias." + a.Name, title: a.Name, more: a.Line, keys: ui.Plain(a.Line), kind: "alias", fill: a.Name + " ",
			shell: "assay " + ui.Plain(a.Line), do: func() tea.Cmd { return o.lineItems(a.Line)[0].do() }})
	}
	for _, name := range m.deps.Themes.Names() {
		o.items = append(o.items, item{id: "theme." + name, title: "theme: " + name, kind: "theme", fill: "theme: " + name, do: func() tea.Cmd {
			m.deps.Theme = name
			m.setTheme(name, m.deps.Term.Depth)
			m.resize()
			return m.keepTheme(name)
		}})
	}
	o.search()
	m.push(o)
	ctx, reader := m.ctx, m.deps.Reader
	return func() tea.Msg {
		const newest = 300 // older ones are found by the filter of the list
		list, err := reader.Runs(ctx, run.Filter{Limit: newest})
		if err != nil {
			return nil // waitChanges meets the same trouble and tells it
		}
		return runsForPalette{o, list}
	}
}

// doByID does an action of those that are there now.
func (m *Model) doByID(id string) tea.Cmd {
	list := m.Actions()
	i := slices.IndexFunc(list, func(a ui.Action) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return m.do(&list[i])
}

// addRuns takes the runs in; the line that is chosen stays.
func (o *palette) addRuns(list []run.Run) {
	for _, r := range list {
		o.items = append(o.items, item{
			id: string(r.ID), title: ui.Plain(strings.TrimSpace(short(r.ID) + " " + r.Name + "  " + r.Headline)),
			more: r.Kind + " " + string(r.State) + " " + strings.Join(r.Tags, " "), keys: string(r.State), kind: "run",
			shell: "assay run show " + string(r.ID), fill: ui.Plain(r.Name),
			do: func() tea.Cmd { return o.m.read(r.ID, o.m.openRun) },
		})
	}
	chosen := ""
	if len(o.shown) > 0 {
		chosen = o.shown[o.at].id
	}
	o.search()
	o.at = max(slices.IndexFunc(o.shown, func(f found) bool { return f.id == chosen }), 0)
}

// search finds what the input names, the best first: by match, then by use.
func (o *palette) search() {
	text := o.input.Text()
	o.shown, o.at, o.asked = o.shown[:0], 0, text
	for _, it := range o.items {
		score, at, ok := ui.Fuzzy(text, it.title)
		if !ok {
			if score, _, ok = ui.Fuzzy(text, it.title+" "+it.more); !ok && !it.named(text) {
				continue
			}
			score, at = score-10, nil // what is seen counts for more
		}
		o.shown = append(o.shown, found{it, score, at})
	}
	slices.SortStableFunc(o.shown, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(o.m.used[b.id], o.m.used[a.id]))
	})
	if line := unalias(o.m.current.Aliases(), strings.TrimSpace(text)); verb(o.m.deps.Commands, line) {
		o.shown = append(o.lineItems(line), o.shown...)
	}
}

// named reports whether a text is the ID of a run as people paste it: whole, or a
// beginning that is long enough to mean one run.
func (it item) named(text string) bool {
	const shortest = 6
	text = strings.ToUpper(strings.TrimSpace(text))
	return it.kind == "run" && len(text) >= shortest && strings.HasPrefix(it.id, text)
}

// lineItems returns what a line means that begins with a command: a form filled
// with its flags, the line itself, and the commands that it is the beginning of.
func (o *palette) lineItems(text string) []found {
	m := o.m
	line := "assay " + text
	var out []found
	if k, given, ok, err := kindLine(m.deps.Kinds, text); ok {
		it := item{id: "line.form", title: "new run: " + k.Title + " with these parameters", kind: "form", shell: line, fill: text,
			do: func() tea.Cmd { return m.openForm(ui.OpenForm{Kind: k.Name, Given: given}) }}
		if err != nil {
			it.why = ui.Plain(err.Error())
		}
		out = append(out, found{item: it})
	}
	show := func(line string) func() tea.Cmd {
		return func() tea.Cmd { m.push(newCommandOverlay(line)); return nil }
	}
	out = append(out, found{item: item{id: "line", title: ui.Plain(line), kind: "shell", shell: line, fill: text, do: show(line)}})
	const most = 6
	for _, c := range m.deps.Commands {
		if len(out) < most && strings.HasPrefix(c.Path, text) && c.Path != text {
			line := "assay " + c.Path
			out = append(out, found{item: item{id: line, title: line, keys: c.Short, kind: "shell", shell: line, fill: c.Path + " ", do: show(line)}})
		}
	}
	return out
}

func (o *palette) view(c *ui.Context, w, h int) []string {
	inner := max(min(w-4, 84), 1)
	rows := max(min(h-6, 14), 1)
	lines := []string{c.Theme.Paint("key", ":") + o.input.View(c, max(inner-1, 1), true)}
	top := max(min(o.at-rows/2, len(o.shown)-rows), 0)
	o.top, o.rows = top, rows
	for i := top; i < top+rows; i++ {
		if i < len(o.shown) {
			lines = append(lines, o.line(c, o.shown[i], i == o.at, inner))
		} else {
			lines = append(lines, "")
		}
	}
	about := ""
	if len(o.shown) > 0 {
		if it := o.shown[o.at]; it.why != "" {
			about = "not now: " + it.why
		} else {
			about = it.shell
		}
	}
	foot := fmt.Sprintf("%d found  enter run  tab complete  esc close", len(o.shown))
	lines = append(lines, c.Theme.Paint("muted", ui.Fit(ui.Plain(about), inner)), c.Theme.Paint("hint", ui.Cut(foot, inner)))
	out := ui.Panel(c, "what to do", lines, min(w, inner+4))
	return out[:min(len(out), max(h, 0))]
}

// line draws one item in w cells: title, keys or reason, kind.
func (o *palette) line(c *ui.Context, f found, chosen bool, w int) string {
	right := f.keys
	if f.why != "" {
		right = strings.TrimSpace(right + "  not now")
	}
	const kind = 6
	right = ui.Cut(right, w/3)
	tail := right + "  " + ui.Fit(f.kind, kind)
	room := max(w-2-ui.Width(tail)-1, 1)
	if w < 40 {
		tail, room = "", max(w-2, 1)
	}
	title := ui.Cut(f.title, room)
	if chosen {
		return c.Theme.Paint("cursor-row", ui.Ends("> "+title, tail, w))
	}
	if f.why != "" {
		return c.Theme.Paint("faint", ui.Ends("  "+title, tail, w))
	}
	return ui.Ends("  "+emphasis(c, title, f.at), c.Theme.Paint("muted", tail), w)
}

// emphasis paints the runes of a text that were matched.
func emphasis(c *ui.Context, text string, at []int) string {
	if len(at) == 0 {
		return text
	}
	var b, part strings.Builder
	lit := false
	flush := func() {
		if lit {
			b.WriteString(c.Theme.Paint("match", part.String()))
		} else {
			b.WriteString(part.String())
		}
		part.Reset()
	}
	for i, r := range []rune(text) {
		if _, hit := slices.BinarySearch(at, i); hit != lit {
			flush()
			lit = hit
		}
		part.WriteRune(r)
	}
	flush()
	return b.String()
}

func (o *palette) key(m *Model, key tea.KeyPressMsg) tea.Cmd {
	const page = 10
	switch ui.KeyName(key) {
	case "esc":
		m.pop(o)
	case "enter":
		return o.run(m)
	case "down", "ctrl+n":
		o.move(1)
	case "up", "ctrl+p":
		o.move(-1)
	case "pgdown":
		o.move(page)
	case "pgup":
		o.move(-page)
	case "tab":
		if len(o.shown) > 0 {
			o.input.Set(o.shown[o.at].fill)
			o.search()
		}
	default:
		if o.input.Key(key); o.input.Text() != o.asked {
			o.search()
		}
	}
	return nil
}

// run does what is chosen, or says why it cannot be done.
func (o *palette) run(m *Model) tea.Cmd {
	if len(o.shown) == 0 {
		return nil
	}
	it := o.shown[o.at]
	m.pop(o)
	if it.kind == "form" && it.why != "" {
		return m.notify(run.Warn, it.why, nil)
	}
	m.used[it.id]++
	return it.do()
}

func (o *palette) move(by int) { o.at = max(min(o.at+by, len(o.shown)-1), 0) }

func (o *palette) paste(text string) {
	o.input.Paste(text)
	o.search()
}
