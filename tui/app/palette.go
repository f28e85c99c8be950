package app

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/config"
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
	worn  bool   // a theme is being looked at
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
	why   string         // why it cannot be done now
	shell string         // the same in a shell, "" for nothing
	fill  string         // what tab puts into the input
	line  string         // the command line that it runs, "" for none
	do    func() tea.Cmd // nil: it is only completed
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
		if it.shell = m.shellOf(a.ID); it.kind == "screen" {
			it.shell = screenLines[strings.TrimPrefix(a.ID, "app.tab.")]
		}
		o.items = append(o.items, it)
	}
	for _, line := range m.recent() {
		o.items = append(o.items, item{id: lineID(line), title: line, kind: "recent", shell: "assay " + line, fill: line, do: func() tea.Cmd { return o.carryOut(line) }})
	}
	for _, v := range m.current.Values() {
		o.items = append(o.items, item{id: "setting." + v.Key, title: "setting: " + v.Key, keys: v.Text, kind: "set", fill: "config set " + v.Key + " ",
			shell: "assay config set " + v.Key + " " + v.Text, do: func() tea.Cmd { return m.choose(v) }})
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
			shell: "assay " + ui.Plain(a.Line), do: func() tea.Cmd { return o.carryOut(a.Line) }})
	}
	for _, name := range m.deps.Themes.Names() {
		o.items = append(o.items, item{id: "theme." + name, title: "theme: " + name, kind: "theme", fill: "theme: " + name, shell: "assay config set ui.theme " + name, do: func() tea.Cmd {
			m.deps.Theme = name
			m.wear(name)
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

// search finds what the input names, the best first: by match, then by how often it
// was used, then by how lately.
func (o *palette) search() {
	o.undress()
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
		return cmp.Or(cmp.Compare(b.score, a.score), byUse(o.m.used[a.id], o.m.used[b.id]))
	})
	if to, ok := ui.ParseRow(text); ok {
		if s, lists := o.m.screen().(ui.RowScreen); lists {
			o.shown = append([]found{{item: item{id: "row", title: "go to row " + to.String() + " of the list", kind: "row", do: func() tea.Cmd { return s.GoTo(to) }}}}, o.shown...)
		}
	}
	if line, ok := o.commandLine(); ok {
		o.shown = append(o.lineItems(line), slices.DeleteFunc(o.shown, func(f found) bool { return f.id == lineID(line) })...)
	}
}

// named reports whether a text is the ID of a run as people paste it: whole, or a
// beginning that is long enough to mean one run.
func (it item) named(text string) bool {
	const shortest = 6
	text = strings.ToUpper(strings.TrimSpace(text))
	return it.kind == "run" && len(text) >= shortest && strings.HasPrefix(it.id, text)
}

// hindrance says how an item is hindered that cannot be done.
func (it item) hindrance() string {
	if it.line != "" {
		return "faulty"
	}
	return "not now"
}

// commandLine returns the text as a command line where it begins with a command or
// an alias.
func (o *palette) commandLine() (line string, ok bool) {
	if o.m.deps.Shell == nil {
		return "", false
	}
	line = unalias(o.m.current.Aliases(), strings.TrimSpace(o.input.Text()))
	return line, verb(o.m.deps.Shell.Commands(), line)
}

// lineItems returns what a line means that begins with a command: a form filled with
// its flags, the line itself or what is wrong with it, and the commands that it is
// the beginning of.
func (o *palette) lineItems(text string) []found {
	m := o.m
	line := item{id: lineID(text), line: text, title: "assay " + ui.Plain(text), kind: "shell", shell: "assay " + text, fill: text}
	words, err := config.Words(text)
	var read Line
	if err == nil {
		read, err = m.deps.Shell.Read(words)
	}
	var out []found
	if k, unknown := m.deps.Kinds.Find(read.Kind); err == nil && unknown == nil {
		form := line
		form.title, form.kind = "new run: "+k.Title+" with these parameters", "form"
		form.do = func() tea.Cmd { return m.openForm(ui.OpenForm{Kind: k.Name, Given: read.Given}) }
		out = append(out, found{item: form})
	}
	if err != nil {
		line.why = ui.Plain(err.Error())
	}
	line.do = func() tea.Cmd { return m.runLine(text, words) }
	out = append(out, found{item: line})
	const most = 8
	for _, c := range m.deps.Shell.Commands() {
		if len(out) < most && strings.HasPrefix(c.Path, text) && c.Path != text {
			out = append(out, found{item: item{id: "word", title: "assay " + c.Path, keys: c.Short, kind: "shell", shell: "assay " + c.Path, fill: c.Path + " "}})
		}
	}
	return out
}

// carryOut does what a line means: it opens the form of the run that it would start,
// or gives it the terminal, or says what is wrong with it.
func (o *palette) carryOut(line string) tea.Cmd {
	first := o.lineItems(line)[0]
	if first.why != "" {
		return o.m.notify(run.Warn, line+": "+first.why, nil)
	}
	return first.do()
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
			about = it.hindrance() + ": " + it.why
		} else {
			about = cmp.Or(it.shell, it.keys)
		}
	}
	foot := fmt.Sprintf("%d found  enter run  tab complete  ctrl+y copy the line  esc close", len(o.shown))
	lines = append(lines, c.Theme.Paint("muted", ui.Fit(ui.Plain(about), inner)), c.Theme.Paint("hint", ui.Cut(foot, inner)))
	out := ui.Panel(c, "what to do", lines, min(w, inner+4))
	return out[:min(len(out), max(h, 0))]
}

// line draws one item in w cells: title, keys or reason, kind.
func (o *palette) line(c *ui.Context, f found, chosen bool, w int) string {
	right := f.keys
	if f.why != "" {
		right = strings.TrimSpace(right + "  " + f.hindrance())
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
		o.undress()
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
		chosen := len(o.shown) > 0 && (o.at > 0 || o.shown[0].kind == "word")
		if line, ok := o.commandLine(); ok && !chosen {
			return o.complete(line + strings.Repeat(" ", len(o.input.Text())-len(strings.TrimRight(o.input.Text(), " "))))
		}
		o.take()
	case "ctrl+y":
		if len(o.shown) > 0 && o.shown[o.at].shell != "" {
			m.pop(o)
			return m.copy(ui.Copy{Text: o.shown[o.at].shell, What: "the command line"})
		}
	default:
		if o.input.Key(key); o.input.Text() != o.asked {
			o.search()
		}
	}
	return nil
}

// take puts what is chosen into the input, to be typed on.
func (o *palette) take() {
	if len(o.shown) > 0 {
		o.input.Set(o.shown[o.at].fill)
		o.search()
	}
}

// run does what is chosen, or says why it cannot be done. A line with a fault, which
// stands below it, stays to be mended.
func (o *palette) run(m *Model) tea.Cmd {
	if len(o.shown) == 0 {
		return nil
	}
	it := o.shown[o.at]
	switch {
	case it.do == nil:
		o.take()
		return nil
	case it.line != "" && it.why != "":
		return nil
	}
	o.undress()
	m.pop(o)
	m.count(it.id, it.line)
	return it.do()
}

// move moves the cursor. A theme that it comes to is looked at until it goes on.
func (o *palette) move(by int) {
	o.at = max(min(o.at+by, len(o.shown)-1), 0)
	if len(o.shown) > 0 && o.shown[o.at].kind == "theme" {
		o.worn = true
		o.m.wear(strings.TrimPrefix(o.shown[o.at].id, "theme."))
		return
	}
	o.undress()
}

// undress puts the theme back that is in force.
func (o *palette) undress() {
	if o.worn {
		o.worn = false
		o.m.wear(o.m.deps.Theme)
	}
}

func (o *palette) paste(text string) {
	o.input.Paste(text)
	o.search()
}
