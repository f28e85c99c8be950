package linear

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"assay/tui/app"
	"assay/tui/ui"
)

// line carries out one line of input. A command that changes nothing that can be
// told says so: silence could as well be a command that was not heard.
func (s *Session) line(text string) {
	said := s.said
	s.carryOut(text)
	s.tell()
	if s.said == said && !s.d.quit && strings.TrimSpace(text) != "" {
		s.say("nothing has changed")
	}
}

// carryOut does what a line says: it is the answer to what is asked, or a command.
func (s *Session) carryOut(text string) {
	if p, open := s.m.Prompt(); open {
		s.answer(p, strings.TrimSpace(text))
		return
	}
	if s.m.Front().Capturing() {
		s.fill(text)
		return
	}
	words, err := split(text)
	if err != nil {
		s.trouble(err)
		return
	}
	if len(words) == 0 {
		return
	}
	name, rest, near := match(words, s.known)
	if name == "" && s.shell(text) {
		return
	}
	if name == "" {
		s.say(fmt.Sprintf("unknown command %q; the closest is %q; help lists all", strings.Join(words, " "), near))
		return
	}
	if b, ok := find(name); ok {
		b.do(s, rest)
		return
	}
	s.invoke(s.actions[name], rest)
}

// shell takes a line as a command line of the shell: one that starts a run opens its
// form, any other is named. It reports false for what is none.
func (s *Session) shell(text string) bool {
	read, line, ok, err := s.m.ReadLine(text)
	switch {
	case !ok:
		return false
	case err != nil:
		s.trouble(err)
	case read.Kind == "":
		s.say("that is a command of the shell: assay " + line)
	default:
		s.d.do(s.m.Wish(ui.OpenForm{Kind: read.Kind, Given: read.Given}))
		s.question()
	}
	return true
}

// invoke does an action by its ID, on the screen and in the pane that have it, and
// prints what has changed. Arguments answer what it asks for: a text or yes.
func (s *Session) invoke(id string, args []string) {
	if !s.reach(id) {
		s.say(Words(id) + " is not possible now: it belongs to something that is not open; open ID opens a run")
		return
	}
	before := body(s.m.Front())
	cmd, _ := s.m.Invoke(id)
	s.d.do(cmd)
	if s.d.quit {
		return
	}
	if s.m.Front().Capturing() && len(args) > 0 {
		s.fill(strings.Join(args, " "))
		return
	}
	s.changes(before)
	if p, open := s.m.Prompt(); open && p.Text && len(args) > 0 {
		s.answerText(strings.Join(args, " "))
		return
	}
	s.answered(args)
}

// has reports whether an action is among those that can be asked for now.
func (s *Session) has(id string) bool {
	return slices.ContainsFunc(s.m.Actions(), func(a ui.Action) bool { return a.ID == id })
}

// reach brings the screen of an action to the front and the focus to its pane. An
// action of no screen, such as those of charts, is looked for in the panes of the one
// in front.
func (s *Session) reach(id string) bool {
	if s.has(id) {
		return true
	}
	screen, _, _ := strings.Cut(id, ".")
	if s.m.Front().ID() != screen {
		if cmd, ok := s.m.Invoke("app.tab." + screen); ok {
			s.d.do(cmd)
			s.say("screen " + s.m.Front().Title())
		}
	}
	const panes = 12 // more than any screen has
	for range panes {
		if s.has(id) {
			return true
		}
		cmd, ok := s.m.NextPane()
		if !ok {
			return false
		}
		s.d.do(cmd)
	}
	return s.has(id)
}

// changes prints the lines of the screen that are not as they were.
func (s *Session) changes(before []string) {
	const most = 24 // lines that are worth listening to
	var lines []string
	pictures := 0
	for _, l := range changed(before, body(s.m.Front())) {
		if picture(l) {
			pictures++
			continue
		}
		lines = append(lines, l)
	}
	more := len(lines) - most
	if more > 0 {
		lines = lines[:most]
	}
	s.say(lines...)
	if more > 0 {
		s.say(fmt.Sprintf("and %d lines more; show prints all", more))
	}
	if pictures > 0 {
		s.say(fmt.Sprintf("the picture has changed in %d lines; show prints it", pictures))
	}
}

// question prints what the overlay on top asks. Texts are printed and closed.
func (s *Session) question() {
	for {
		p, open := s.m.Prompt()
		if !open {
			return
		}
		if p.Title != "" {
			s.say(p.Title)
		}
		for _, l := range p.Lines {
			if l = plain(l); strings.TrimSpace(l) != "" {
				s.say(strings.TrimPrefix(l, "| "))
			}
		}
		switch {
		case p.Confirm:
			s.say("answer yes to " + p.Choices[0].Title + ", no to leave it")
			return
		case len(p.Choices) > 0:
			for i, c := range p.Choices {
				line := strconv.Itoa(i+1) + ": " + c.Title
				if c.Help != "" {
					line += ": " + c.Help
				}
				s.say(line)
			}
			s.say("answer with a number, or back")
			return
		case p.Text:
			s.say(`answer with the text; an empty line or back leaves it, "" empties it`)
			return
		case p.Kind != "":
			s.say("parameters of " + p.Kind + "; answer with key=value for those that change, then go starts it; back leaves it; params " + p.Kind + " explains them")
			k, err := s.o.App.Kinds.Find(p.Kind)
			if err != nil {
				s.trouble(err)
				return
			}
			for _, q := range k.Schema {
				s.say(q.Key() + "=" + p.Values[q.Key()])
			}
			s.say(memory + "=" + p.Values[memory])
			return
		case p.Keys:
			s.say("it takes keys: key NAME, type TEXT; back closes it")
			return
		}
		s.m.Dismiss()
	}
}

// answer takes a line as the answer to a prompt.
func (s *Session) answer(p app.Prompt, text string) {
	if p.Text {
		s.answerText(text)
		return
	}
	words, err := split(text)
	if err != nil {
		s.trouble(err)
		return
	}
	word := ""
	if len(words) > 0 {
		word = strings.ToLower(words[0])
	}
	switch word {
	case "":
		s.question()
		return
	case "quit":
		s.m.Dismiss()
		s.invoke("app.detach", nil)
		return
	case "back", "cancel", "esc":
		s.given = nil
		s.m.Dismiss()
		s.say("left")
		return
	case "status", "s", "ls", "params", "kinds":
		if b, ok := find(word); ok {
			b.do(s, words[1:])
		}
		return
	case "help":
		s.question()
		return
	}
	before := body(s.m.Front())
	switch {
	case p.Confirm && (word == "yes" || word == "y"):
		s.d.do(s.m.Answer(0))
	case p.Confirm && (word == "no" || word == "n"):
		s.m.Dismiss()
		s.say("left")
	case p.Confirm:
		s.say("answer yes or no")
		return
	case len(p.Choices) > 0:
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || n > len(p.Choices) {
			s.say(fmt.Sprintf("expected a number from 1 to %d, or back", len(p.Choices)))
			return
		}
		s.d.do(s.m.Answer(n - 1))
	case p.Kind != "":
		s.form(words)
		return
	case word == "key":
		s.press(words[1:])
		return
	case word == "type":
		s.write(words[1:])
		return
	default:
		s.say("this takes keys: key NAME, type TEXT; back closes it")
		return
	}
	if s.d.quit {
		return
	}
	s.changes(before)
	s.question()
}

// answerText takes a line as the text that is asked for.
func (s *Session) answerText(text string) {
	switch text {
	case "", "back":
		s.m.Dismiss()
		s.say("left")
		return
	case `""`:
		text = ""
	}
	before := body(s.m.Front())
	s.d.do(s.m.Fill(text))
	s.changes(before)
	s.question()
}

// form sets values of the form that is open, or starts its run. Values are kept by
// the session until then: the form is only as the screen drew it.
func (s *Session) form(words []string) {
	if words[0] == "go" && len(words) == 1 {
		given := s.given
		s.given = nil
		s.d.do(s.m.Submit(given))
		return
	}
	given, err := pairs(words)
	if err != nil {
		s.trouble(err)
		return
	}
	p, _ := s.m.Prompt()
	for key, v := range given {
		if _, ok := p.Values[key]; !ok {
			s.say(p.Kind + " has no parameter " + key + "; params " + p.Kind + " lists them")
			continue
		}
		if s.given == nil {
			s.given = map[string]string{}
		}
		s.given[key] = v
		s.say(key + "=" + v)
	}
}

// fill types a text into the field that is open, in place of what stands there,
// and keeps it.
func (s *Session) fill(text string) {
	before := body(s.m.Front())
	s.key("ctrl+e")
	s.key("ctrl+u")
	if text = strings.TrimSpace(text); text != "" {
		s.d.send(tea.PasteMsg{Content: text})
	}
	s.key("enter")
	s.changes(before)
}

// key presses a key that has a name.
func (s *Session) key(name string) {
	if press, ok := ui.Press(name); ok {
		s.d.send(press)
	}
}

func (s *Session) press(args []string) {
	if len(args) == 0 {
		s.say("expected keys: key NAME, such as key ctrl+d")
		return
	}
	before := body(s.m.Front())
	for _, a := range args {
		press, ok := ui.Press(a)
		if !ok {
			s.say("no key is called " + a + "; assay keys lists them")
			return
		}
		s.d.send(press)
	}
	if !s.d.quit {
		s.changes(before)
		s.question()
	}
}

func (s *Session) write(args []string) {
	before := body(s.m.Front())
	s.d.send(tea.PasteMsg{Content: strings.Join(args, " ")})
	s.changes(before)
	s.question()
}

func (s *Session) back([]string) { s.invoke("app.back", nil) }
