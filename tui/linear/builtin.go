package linear

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/core/bench"
	"assay/core/config"
	"assay/core/query"
	"assay/core/run"
	"assay/tui/app"
	"assay/tui/ui"
)

// Builtin is a command of the line mode itself, beside those of actions.
type Builtin struct {
	Usage string // "open ID"
	Help  string
}

// Builtins lists them, for the reference.
func Builtins() []Builtin {
	var out []Builtin
	for _, b := range builtins() {
		out = append(out, Builtin{b.usage, b.help})
	}
	return out
}

type builtin struct {
	name, usage, help string
	do                func(s *Session, args []string)
}

// refs is said of every command that takes a run.
const refs = "ID is an id, a prefix of it, a name, or @1 for the latest run"

func builtins() []builtin {
	return []builtin{
		{"help", "help [WORD]", "the commands; with a word, all that hold it; help all lists every one", (*Session).help},
		{"ls", "ls [FILTER]", "runs, newest first; a filter as in the list of runs: state:done kind:kv.blend -word", (*Session).list},
		{"open", "open ID", "show a run and make it the one that bench commands work on; " + refs, (*Session).open},
		{"status", "status", "the runs that are going on; s is short for it", (*Session).status},
		{"s", "s", "the same as status", (*Session).status},
		{"show", "show", "all that the screen in front shows, as text", (*Session).show},
		{"go", "go SCREEN", "bring a screen to the front", (*Session).toScreen},
		{"kinds", "kinds", "the kinds of runs", (*Session).kinds},
		{"params", "params KIND", "the parameters of a kind of run", (*Session).params},
		{"start", "start KIND [key=value ...]", "start a run; without parameters it asks for them", (*Session).begin},
		{"cancel", "cancel ID [yes]", "ask a live run to end", (*Session).cancel},
		{"resume", "resume ID", "take up a run that ended early", (*Session).resume},
		{"rm", "rm ID [yes]", "delete a run that has ended", (*Session).remove},
		{"wait", "wait ID", "wait until a run has ended", (*Session).wait},
		{"compare", "compare ID ID ...", "2 to 8 runs of a bench against each other", (*Session).compare},
		{"key", "key NAME ...", "press keys, as assay keys lists them: key ctrl+d", (*Session).press},
		{"type", "type TEXT", "type a text where one is asked for", (*Session).write},
		{"back", "back", "close what is open, or go to the screen before", (*Session).back},
		{"quit", "quit", "leave; runs go on", func(s *Session, _ []string) { s.invoke("app.detach", nil) }},
	}
}

func find(name string) (builtin, bool) {
	list := builtins()
	i := slices.IndexFunc(list, func(b builtin) bool { return b.name == name })
	if i < 0 {
		return builtin{}, false
	}
	return list[i], true
}

func (s *Session) help(args []string) {
	word := strings.ToLower(strings.Join(args, " "))
	if word == "" {
		for _, b := range builtins() {
			s.say(b.usage + ": " + b.help)
		}
		s.say(fmt.Sprintf("beside these there are %d commands for what the screens do, such as kv map zoom-in: help all lists them, help WORD finds some", len(s.catalog)))
		return
	}
	n := 0
	for _, b := range builtins() {
		if word == "all" || strings.Contains(strings.ToLower(b.usage+" "+b.help), word) {
			s.say(b.usage + ": " + b.help)
			n++
		}
	}
	for _, a := range s.catalog {
		w := Words(a.ID)
		if _, own := find(w); own || word != "all" && !strings.Contains(strings.ToLower(w+" "+a.Title), word) {
			continue
		}
		line := w + ": " + a.Title
		if i := slices.IndexFunc(s.m.Actions(), func(b ui.Action) bool { return b.ID == a.ID }); i >= 0 {
			if ok, why := s.m.Actions()[i].Possible(); !ok {
				line += "; not now: " + why
			}
		}
		s.say(line)
		n++
	}
	if n == 0 {
		s.say("nothing is called " + word)
	}
}

// runLine writes a run in one line.
func runLine(r run.Run) string {
	parts := []string{string(r.State), string(r.ID), r.Kind, r.Name}
	if r.State.Live() && r.Total > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d", r.Done, r.Total))
	}
	if r.ErrorCode != "" {
		parts = append(parts, r.ErrorCode, r.ErrorText)
	} else if r.Headline != "" {
		parts = append(parts, r.Headline)
	}
	return strings.Join(parts, "  ")
}

func (s *Session) list(args []string) {
	runs, err := s.o.App.Reader.Runs(s.d.ctx, run.Filter{Text: strings.Join(args, " ")})
	switch {
	case err != nil:
		s.trouble(err)
	case len(runs) == 0 && len(args) == 0:
		s.say("no runs; start kv.blend demo=true makes one")
	case len(runs) == 0:
		s.say("no run matches")
	}
	for _, r := range runs {
		s.say(runLine(r))
	}
}

func (s *Session) status([]string) {
	live, err := s.o.App.Reader.Runs(s.d.ctx, run.Filter{States: []run.State{run.Queued, run.Running, run.Paused}})
	if err != nil {
		s.trouble(err)
		return
	}
	if len(live) == 0 {
		s.say("no run is going on")
	}
	for _, r := range live {
		s.say(runLine(r))
	}
}

// resolve finds the run that a word names, or says why there is none.
func (s *Session) resolve(usage string, args []string) (run.Run, []string, bool) {
	if len(args) == 0 {
		s.say("expected a run: " + usage + "; " + refs)
		return run.Run{}, nil, false
	}
	r, err := s.o.App.Reader.Resolve(s.d.ctx, args[0])
	if err != nil {
		s.trouble(err)
		return run.Run{}, nil, false
	}
	return r, args[1:], true
}

func (s *Session) open(args []string) {
	r, _, ok := s.resolve("open ID", args)
	if !ok {
		return
	}
	if s.o.Show == nil {
		before := body(s.m.Front())
		s.d.do(s.m.Wish(ui.OpenRun{ID: r.ID}))
		s.changes(before)
		return
	}
	s.say(runLine(r))
	s.d.do(s.m.Wish(ui.OpenRun{ID: r.ID}))
	if err := s.o.Show(s.d.ctx, &printer{s: s}, r.ID); err != nil {
		s.trouble(err)
	}
}

func (s *Session) show([]string) {
	s.say(s.m.Front().Title())
	s.say(body(s.m.Front())...)
}

func (s *Session) toScreen(args []string) {
	var known []string
	for _, a := range s.catalog {
		if id, ok := strings.CutPrefix(a.ID, "app.tab."); ok {
			known = append(known, id)
		}
	}
	if len(args) != 1 || !slices.Contains(known, args[0]) {
		s.say("expected a screen: go " + strings.Join(known, ", go "))
		return
	}
	s.invoke("app.tab."+args[0], nil)
}

func (s *Session) kinds([]string) {
	for _, k := range s.o.App.Kinds {
		s.say(k.Name + ": " + k.Title)
	}
}

// kind finds a kind of run, or says which there are.
func (s *Session) kind(usage string, args []string) (bench.Kind, bool) {
	if len(args) == 0 {
		s.say("expected a kind of run: " + usage + "; kinds lists them")
		return bench.Kind{}, false
	}
	k, err := s.o.App.Kinds.Find(args[0])
	if err != nil {
		s.trouble(err)
		return k, false
	}
	return k, true
}

// memory is what limits the process of a run, beside the parameters of its kind.
const memory = "memory"

func (s *Session) params(args []string) {
	k, ok := s.kind("params KIND", args)
	if !ok {
		return
	}
	for _, p := range k.Schema {
		line := p.Key() + "=" + p.Default
		if p.Unit != "" {
			line += " [" + p.Unit + "]"
		}
		s.say(line + ": " + p.Help + "; " + p.Expect())
	}
	s.say(memory + "=: the most memory that the process of the run may take, such as 8GiB")
}

func (s *Session) begin(args []string) {
	k, ok := s.kind("start KIND key=value ...", args)
	if !ok {
		return
	}
	given, err := pairs(args[1:])
	if err != nil {
		s.trouble(err)
		return
	}
	values := make(map[string]any, len(given))
	var limit config.Bytes
	if text, ok := given[memory]; ok {
		if limit, err = config.ParseBytes(text); err != nil {
			s.trouble(err)
			return
		}
		delete(given, memory)
	}
	for key, v := range given {
		if _, ok := k.Schema.Find(key); !ok {
			known := []string{memory}
			for _, p := range k.Schema {
				known = append(known, p.Key())
			}
			s.say(fmt.Sprintf("%s has no parameter %s; the closest is %s; params %s lists them", k.Name, key, query.Nearest(key, known), k.Name))
			return
		}
		values[key] = v
	}
	if len(values) == 0 && limit == 0 {
		s.d.do(s.m.Wish(ui.OpenForm{Kind: k.Name}))
	} else {
		s.d.do(s.m.Wish(ui.StartRun{Kind: k.Name, Given: values, Memory: limit}))
	}
	s.question()
}

// confirmed carries out an intent that asks, with the answer where it was given.
func (s *Session) confirmed(in ui.Intent, rest []string) {
	s.d.do(s.m.Wish(in))
	s.answered(rest)
}

func (s *Session) answered(rest []string) {
	p, open := s.m.Prompt()
	if open && p.Confirm && len(rest) > 0 && slices.Contains([]string{"yes", "y"}, rest[len(rest)-1]) {
		s.d.do(s.m.Answer(0))
		return
	}
	if i := slices.IndexFunc(p.Choices, func(c app.Choice) bool { return strings.EqualFold(c.Title, strings.Join(rest, " ")) }); open && i >= 0 {
		before := body(s.m.Front())
		s.d.do(s.m.Answer(i))
		s.changes(before)
	}
	s.question()
}

func (s *Session) cancel(args []string) {
	if r, rest, ok := s.resolve("cancel ID", args); ok {
		s.confirmed(ui.CancelRun{ID: r.ID}, rest)
	}
}

func (s *Session) remove(args []string) {
	if r, rest, ok := s.resolve("rm ID", args); ok {
		s.confirmed(ui.DeleteRun{ID: r.ID}, rest)
	}
}

func (s *Session) resume(args []string) {
	if r, _, ok := s.resolve("resume ID", args); ok {
		s.d.do(s.m.Wish(ui.ResumeRun{ID: r.ID}))
	}
}

// wait looks again every quarter of a second until the run has ended. It needs no
// news of its own: the end of a run is told anyway.
func (s *Session) wait(args []string) {
	const every = 250 * time.Millisecond
	r, _, ok := s.resolve("wait ID", args)
	for ok && r.State.Live() && s.d.ctx.Err() == nil {
		if ui.Sleep(s.d.ctx, every) != nil {
			return
		}
		s.d.settle()
		s.tell()
		again, err := s.o.App.Reader.Run(s.d.ctx, r.ID)
		if err != nil {
			s.trouble(err)
			return
		}
		r = again
	}
	if ok {
		s.say(runLine(r))
	}
}

func (s *Session) compare(args []string) {
	var ids []run.ID
	for _, a := range args {
		r, _, ok := s.resolve("compare ID ID", []string{a})
		if !ok {
			return
		}
		ids = append(ids, r.ID)
	}
	if len(ids) < 2 || len(ids) > 8 {
		s.say("expected 2 to 8 runs: compare ID ID")
		return
	}
	s.d.do(s.m.Wish(ui.CompareRuns{IDs: ids}))
	s.show(nil)
}

func (s *Session) trouble(err error) {
	s.say("error: " + strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; "))
}

// printer turns what others write into lines of the session.
type printer struct {
	s    *Session
	rest []byte
}

// Write prints the lines that are complete.
func (p *printer) Write(b []byte) (int, error) {
	p.rest = append(p.rest, b...)
	for {
		i := slices.Index(p.rest, '\n')
		if i < 0 {
			return len(b), p.s.fault
		}
		if line := plain(string(p.rest[:i])); line != "" {
			p.s.say(line)
		}
		p.rest = p.rest[i+1:]
	}
}
