package ui

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/core/bench"
	"assay/core/config"
	"assay/core/run"
)

// Form asks for the parameters of a kind of run. Every field is made from its
// bench.Param and is checked by it while the person types; what is wrong stands
// under the field.
type Form struct {
	kind    bench.Kind
	fields  []field
	at      int
	fault   string // of the form
	culprit int    // the field that fault names, -1 where it is the whole form's
	busy    string
}

type field struct {
	param    bench.Param
	input    Input
	fault    string
	original string // the default, as text

	limit bool // of the process, not a parameter of the kind
}

// FormEvent is what a key has done to a form.
type FormEvent int

// The events of a form.
const (
	FormEdited FormEvent = iota // something changed on the screen
	FormCancelled
	FormSubmitted // every field is right; Values holds them
)

// NewForm returns a form with given values filled in and defaults for the rest.
// A given value that does not fit is shown with its fault. Where what is given
// cannot start for want of an input, and the demo would be one, the demo is on.
func NewForm(kind bench.Kind, given map[string]any) *Form {
	f := &Form{kind: kind, culprit: -1}
	given = withDemo(kind, given)
	for _, p := range kind.Schema {
		fd := field{param: p, original: p.Default}
		if v, err := p.Parse(p.Default); err == nil {
			fd.original = p.Format(v)
		}
		text := fd.original
		v, ok := given[p.Key()]
		if !ok {
			v, ok = given[p.Name]
		}
		if ok {
			text = asText(p, v)
		}
		fd.input.Set(text)
		fd.check()
		f.fields = append(f.fields, fd)
	}
	return f
}

// Go puts the cursor on the field of a parameter, where there is one of that name.
func (f *Form) Go(name string) {
	for i := range f.fields {
		if f.fields[i].param.Name == name {
			f.at = i
		}
	}
}

// memoryParam is the field of the memory limit, which every kind of run has.
var memoryParam = bench.Param{Name: "memory", Type: bench.String, Group: "Process", Help: "The most memory that the process of the run may take, such as 8GiB; 0 is no limit."}

// LimitMemory adds a field for the most memory of the run's process, filled with
// what holds where nobody says otherwise.
func (f *Form) LimitMemory(usual config.Bytes) {
	fd := field{param: memoryParam, limit: true, original: "0"}
	if usual > 0 {
		fd.original = strings.ReplaceAll(usual.String(), " ", "")
	}
	fd.input.Set(fd.original)
	f.fields = append(f.fields, fd)
}

// Memory returns what the field of LimitMemory holds, 0 where there is none.
func (f *Form) Memory() config.Bytes {
	for i := range f.fields {
		if f.fields[i].limit {
			if n, err := config.ParseBytes(f.fields[i].input.Text()); err == nil {
				return n
			}
		}
	}
	return 0
}

// withDemo turns the parameter demo of a kind on where nobody has said anything
// about it and a run could start with it, but not without.
func withDemo(kind bench.Kind, given map[string]any) map[string]any {
	p, ok := kind.Schema.Find("demo")
	if _, said := given["demo"]; !ok || said || p.Type != bench.Bool || starts(kind, given) {
		return given
	}
	with := maps.Clone(given)
	if with == nil {
		with = map[string]any{}
	}
	with["demo"] = true
	if !starts(kind, with) {
		return given
	}
	return with
}

// starts reports whether a run could start with these parameters.
func starts(kind bench.Kind, given map[string]any) bool {
	p, err := kind.Schema.Complete(given)
	if err == nil && kind.New != nil {
		_, err = kind.New(p)
	}
	return err == nil
}

// asText writes a value in the notation of forms, whatever type it comes in.
func asText(p bench.Param, v any) string {
	complete, err := (bench.Schema{p}).Complete(map[string]any{p.Key(): v})
	if err != nil {
		return p.Format(v)
	}
	return p.Format(complete[p.Key()])
}

func (fd *field) check() {
	fd.fault = ""
	if fd.limit {
		if n, err := config.ParseBytes(fd.input.Text()); err != nil || n < 0 {
			fd.fault = "expected a size such as 8GiB, or 0 for no limit"
		}
		return
	}
	if _, err := fd.param.Parse(strings.TrimSpace(fd.input.Text())); err != nil {
		fd.fault = "expected " + fd.param.Expect()
	}
}

// choices returns what a field can be switched between, nil for free text.
func (fd *field) choices() []string {
	switch fd.param.Type {
	case bench.Enum:
		return fd.param.Choices
	case bench.Bool:
		return []string{"false", "true"}
	}
	return nil
}

// Kind returns the kind of run that the form is for.
func (f *Form) Kind() bench.Kind { return f.kind }

// Values returns the fields by key, as text in the notation of bench.Param.Parse.
func (f *Form) Values() map[string]any {
	out := make(map[string]any, len(f.fields))
	for i := range f.fields {
		if f.fields[i].limit {
			continue
		}
		out[f.fields[i].param.Key()] = strings.TrimSpace(f.fields[i].input.Text())
	}
	return out
}

// Announce says the field of the cursor, what it holds and what is wrong with it.
func (f *Form) Announce() string {
	if len(f.fields) == 0 {
		return f.kind.Title
	}
	fd := &f.fields[f.at]
	text := fd.param.Name + " " + fd.input.Text() + ", field " + strconv.Itoa(f.at+1) + " of " + strconv.Itoa(len(f.fields))
	if fd.fault != "" {
		text += ", " + fd.fault
	}
	return text
}

// Fill puts values into the fields.
func (f *Form) Fill(p bench.Params) {
	f.fault, f.culprit = "", -1
	for i := range f.fields {
		fd := &f.fields[i]
		if v, ok := p[fd.param.Key()]; ok && !fd.limit {
			fd.input.Set(fd.param.Format(v))
			fd.check()
		}
	}
}

// Fail shows what is wrong, at the first field that the error names as a flag and
// else below the form; it can be edited again.
func (f *Form) Fail(err error) {
	f.fault, f.busy, f.culprit = Plain(err.Error()), "", -1
	first := len(f.fault)
	for i := range f.fields {
		if at := flagAt(f.fault, f.fields[i].param.Name); at >= 0 && at < first {
			first, f.culprit, f.at = at, i, i
		}
	}
}

// flagAt returns where a text names a flag, -1 where it does not: --prompt is not
// named by --prompt-json.
func flagAt(text, name string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], "--"+name)
		if i < 0 {
			return -1
		}
		end := from + i + 2 + len(name)
		if end == len(text) || text[end] != '-' && (text[end] < 'a' || text[end] > 'z') {
			return from + i
		}
		from = end
	}
}

// Busy shows that the form is being worked on; keys but esc are ignored.
func (f *Form) Busy(text string) { f.fault, f.busy = "", text }

// Paste inserts text into the focused field.
func (f *Form) Paste(text string) {
	if f.busy != "" || len(f.fields) == 0 || f.fields[f.at].choices() != nil {
		return
	}
	f.fields[f.at].input.Paste(text)
	f.fields[f.at].check()
}

// Key handles a key.
func (f *Form) Key(key tea.KeyPressMsg) FormEvent {
	name := KeyName(key)
	if name == "esc" {
		return FormCancelled
	}
	if f.busy != "" {
		return FormEdited
	}
	f.fault = ""
	switch name {
	case "enter":
		return f.submit()
	case "tab", "down":
		f.at = min(f.at+1, max(len(f.fields)-1, 0))
		return FormEdited
	case "shift+tab", "up":
		f.at = max(f.at-1, 0)
		return FormEdited
	case "pgdown":
		f.at = min(f.at+8, max(len(f.fields)-1, 0))
		return FormEdited
	case "pgup":
		f.at = max(f.at-8, 0)
		return FormEdited
	}
	if len(f.fields) == 0 {
		return FormEdited
	}
	fd := &f.fields[f.at]
	if name == "ctrl+r" {
		fd.input.Set(fd.original)
		fd.check()
		return FormEdited
	}
	if c := fd.choices(); c != nil {
		step := 0
		switch name {
		case "space", "right", "l":
			step = 1
		case "left", "h":
			step = -1
		}
		if step != 0 {
			i := slices.Index(c, fd.input.Text())
			fd.input.Set(c[((i+step)%len(c)+len(c))%len(c)])
		}
	} else {
		fd.input.Key(key)
	}
	fd.check()
	return FormEdited
}

// submit ends the form if it is right, else it goes to the first field that is not.
func (f *Form) submit() FormEvent {
	for i := range f.fields {
		if f.fields[i].fault != "" {
			f.at = i
			return FormEdited
		}
	}
	p, err := f.kind.Schema.Complete(f.Values())
	if err == nil && f.kind.New != nil {
		_, err = f.kind.New(p)
	}
	if err != nil {
		f.Fail(err)
		return FormEdited
	}
	return FormSubmitted
}

// View draws the form as an overlay of at most w x h cells.
func (f *Form) View(c *Context, w, h int) []string {
	wide := min(w, 88)
	inner := max(wide-4, 1)
	const footer = 5 // a rule's worth of air, two lines of help or fault, keys
	rows := max(h-2-footer, 1)
	lines, focus := f.lines(c, inner)
	top := max(min(focus-rows/2, len(lines)-rows), 0)
	body := append([]string{}, lines[top:min(top+rows, len(lines))]...)
	body = append(body, "")
	body = append(body, f.footer(c, inner)...)
	title := f.kind.Title
	if hidden := len(lines) - rows; hidden > 0 {
		title += "  " + strconv.Itoa(f.at+1) + " of " + strconv.Itoa(len(f.fields))
	}
	out := Panel(c, title, body, wide)
	if len(out) > h {
		out = out[:max(h, 0)]
	}
	return out
}

// lines returns all fields with their headings, and the line of the focused one.
func (f *Form) lines(c *Context, w int) (lines []string, focus int) {
	label := 0
	for i := range f.fields {
		label = max(label, Width(f.fields[i].param.Name))
	}
	label = min(label, max(w/3, 1))
	unit := 9
	if w < 50 {
		unit = 0
	}
	value := max(w-label-unit-6, 1)
	group := ""
	for i := range f.fields {
		fd := &f.fields[i]
		if fd.param.Group != group {
			group = fd.param.Group
			lines = append(lines, c.Theme.Paint("title", Cut(group, w)))
		}
		focused := i == f.at
		sign, role := "  ", "text"
		if focused {
			sign, role, focus = "> ", "key", len(lines)
		}
		changed := " "
		if fd.input.Text() != fd.original {
			changed = "="
		}
		line := sign + c.Theme.Paint(role, Fit(fd.param.Name, label)) + " " + c.Theme.Paint("changed", changed) + " "
		if ch := fd.choices(); ch != nil {
			line += fd.switchView(c, value, focused)
		} else {
			line += fd.input.View(c, value, focused)
		}
		if unit > 0 {
			line += " " + c.Theme.Paint("muted", Fit(fd.param.Unit, unit))
		}
		lines = append(lines, line)
		if fd.fault != "" {
			lines = append(lines, "  "+spaces(label+3)+c.Theme.Paint("error", Cut(fd.fault, max(w-label-5, 1))))
		}
		if i == f.culprit && f.fault != "" {
			for _, l := range Wrap(f.fault, max(w-label-5, 1)) {
				lines = append(lines, "  "+spaces(label+3)+c.Theme.Paint("error", l))
			}
		}
	}
	return lines, focus
}

// switchView shows the choices side by side, the chosen one in brackets, or the
// chosen one alone where they do not fit.
func (fd *field) switchView(c *Context, w int, focused bool) string {
	all, n := "", 0
	for _, ch := range fd.choices() {
		if ch == fd.input.Text() {
			role := "number"
			if focused {
				role = "selection"
			}
			all += c.Theme.Paint(role, "["+ch+"]")
		} else {
			all += c.Theme.Paint("muted", " "+ch+" ")
		}
		n += Width(ch) + 2
	}
	if n <= w {
		return Fit(all, w)
	}
	return Fit(c.Theme.Paint("number", "["+fd.input.Text()+"]"), w)
}

func (f *Form) footer(c *Context, w int) []string {
	const most = 3
	var text []string
	switch {
	case f.busy != "":
		text = []string{c.Theme.Paint("running", Cut(f.busy, w))}
	case f.fault != "" && f.culprit < 0:
		for _, l := range Wrap(f.fault, w) {
			text = append(text, c.Theme.Paint("error", l))
		}
	case len(f.fields) > 0:
		p := f.fields[f.at].param
		help := p.Help
		if p.Type != bench.String && p.Type != bench.Path {
			help += " (" + p.Expect() + ")"
		}
		for _, l := range Wrap(help, w) {
			text = append(text, c.Theme.Paint("muted", l))
		}
	}
	text = Block(text, w, most)
	keys := "enter start  tab next  space choose  ctrl+r default  ctrl+x editor  esc"
	if Width(keys) > w {
		keys = "enter start  tab next  esc"
	}
	return append(text, c.Theme.Paint("hint", Cut(keys, w)))
}

// GivenOf reads the parameters of a stored run for a form or a new run.
func GivenOf(r run.Run, kinds bench.Registry) (map[string]any, error) {
	k, err := kinds.Find(r.Kind)
	if err != nil {
		return nil, err
	}
	p, err := k.Schema.FromJSON(r.Params)
	return p, err
}
