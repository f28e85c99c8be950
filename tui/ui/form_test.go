package ui_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"assay/core/bench"
	"assay/core/run"
	"assay/tui/tuitest"
	"assay/tui/ui"
)

func kind() bench.Kind {
	return bench.Kind{Name: "kv.blend", Title: "Blend", Schema: bench.Schema{
		{Name: "ratio", Type: bench.Float, Default: "0.15", Max: 1, Unit: "share", Help: "Share of tokens."},
		{Name: "rule", Type: bench.Enum, Default: "v", Choices: []string{"v", "k", "kv"}, Help: "Which rule."},
		{Name: "modes", Type: bench.Enums, Default: "all", Choices: []string{"full", "blend"}, Help: "Which modes."},
		{Name: "max-new", Type: bench.Int, Default: "24", Min: 1, Max: 100, Unit: "tokens", Help: "Length.", Group: "Answer"},
		{Name: "demo", Type: bench.Bool, Default: "false", Help: "The demo.", Group: "Answer"},
	}, New: func(p bench.Params) (bench.Job, error) {
		if p.Int("max_new") == 13 {
			return nil, errors.New("13 is unlucky")
		}
		return nil, nil
	}}
}

func press(f *ui.Form, keys ...string) ui.FormEvent {
	e := ui.FormEdited
	for _, k := range keys {
		e = f.Key(tuitest.Key(k))
	}
	return e
}

func TestFormLooksTheSame(t *testing.T) {
	c := context(t, 80, 24, false)
	f := ui.NewForm(kind(), map[string]any{"max_new": 8})
	press(f, "tab", "tab", "tab", "backspace", "x")
	tuitest.Golden(t, "form", picture(f.View(c, 80, 24)))
	tuitest.Golden(t, "form-small", picture(f.View(c, 40, 12)))
}

func TestFormChecksWhileTyping(t *testing.T) {
	c := context(t, 80, 24, false)
	f := ui.NewForm(kind(), nil)
	press(f, "end", "5")
	if got := picture(f.View(c, 80, 24)); strings.Contains(got, "expected a number") && !strings.Contains(got, "(a number") {
		t.Errorf("0.155 is refused:\n%s", got)
	}
	press(f, "ctrl+u", "2")
	if got := picture(f.View(c, 80, 24)); !strings.Contains(got, "expected a number from 0 to 1") {
		t.Errorf("2 passes:\n%s", got)
	}
	press(f, "tab", "tab")
	if e := press(f, "enter"); e == ui.FormSubmitted {
		t.Error("submitted with a fault")
	}
	if e := press(f, "ctrl+r", "enter"); e != ui.FormSubmitted { // enter went to the fault, ctrl+r brings the default back
		t.Error("not submitted without one")
	}
}

func TestFormBeginsAtAField(t *testing.T) {
	f := ui.NewForm(kind(), nil)
	f.Go("max-new")
	press(f, "ctrl+u", "7")
	f.Go("no such field")
	press(f, "9")
	if got := f.Values()["max_new"]; got != "79" {
		t.Errorf("max_new is %v", got)
	}
}

func TestFormGivesTextThatTheSchemaReads(t *testing.T) {
	k := kind()
	f := ui.NewForm(k, map[string]any{"ratio": 0.05, "modes": []string{"blend"}, "max-new": int64(7), "demo": true})
	press(f, "tab", "space", "space", "left", "tab", "tab", "tab", "space", "space", "space")
	p, err := k.Schema.Complete(f.Values())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(p.JSON()); got != `{"demo":false,"max_new":7,"modes":["blend"],"ratio":0.05,"rule":"k"}` {
		t.Error(got)
	}
}

func TestFormAsksTheKindAtTheEnd(t *testing.T) {
	c := context(t, 80, 24, false)
	f := ui.NewForm(kind(), map[string]any{"max_new": "13"})
	if e := press(f, "enter"); e != ui.FormEdited || !strings.Contains(picture(f.View(c, 80, 24)), "13 is unlucky") {
		t.Errorf("event %v:\n%s", e, picture(f.View(c, 80, 24)))
	}
	if e := press(f, "esc"); e != ui.FormCancelled {
		t.Error("esc does not cancel")
	}
}

func TestFormShowsGivenValuesThatDoNotFit(t *testing.T) {
	c := context(t, 80, 24, false)
	got := picture(ui.NewForm(kind(), map[string]any{"rule": "z", "ratio": "high"}).View(c, 80, 24))
	if !strings.Contains(got, "high") || !strings.Contains(got, "expected one of v, k, kv") {
		t.Errorf("shown as\n%s", got)
	}
}

func TestInputEditsLikeALineOfAShell(t *testing.T) {
	c := context(t, 80, 24, false)
	var in ui.Input
	for _, k := range []string{"a", "b", "space", "c", "d", "left", "left", "x", "home", "delete", "end", "backspace"} {
		in.Key(tuitest.Key(k))
	}
	if in.Text() != "b xc" {
		t.Errorf("%q", in.Text())
	}
	in.Key(tuitest.Key("ctrl+w"))
	if in.Text() != "b " {
		t.Errorf("%q", in.Text())
	}
	in.Key(tuitest.Key("ctrl+u"))
	if joined := in.Paste("one\r\ntwo\n"); in.Text() != "one two" || !joined {
		t.Errorf("%q", in.Text())
	}
	if in.Key(tuitest.Key("f1")) {
		t.Error("f1 means something")
	}
	in.Set(strings.Repeat("日本", 30))
	for w := range 12 {
		if n := ui.Width(in.View(c, w, true)); n > w {
			t.Errorf("%d cells: %d", w, n)
		}
	}
}

// needsInput is a kind of run that wants either the demo or a file.
func needsInput() bench.Kind {
	return bench.Kind{
		Name: "x.y", Title: "Needs input",
		Schema: bench.Schema{
			{Name: "seed", Type: bench.Int, Default: "1", Group: "Input"},
			{Name: "demo", Type: bench.Bool, Default: "false", Group: "Input"},
			{Name: "prompt-json", Type: bench.String, Group: "Input"},
			{Name: "prompt", Type: bench.Path, Group: "Input"},
		},
		New: func(p bench.Params) (bench.Job, error) {
			if p.Bool("demo") == (p.String("prompt") != "") {
				return nil, &run.Error{Code: run.EUsage, Text: "expected either --prompt FILE or --demo"}
			}
			return nil, nil
		},
	}
}

func TestAFormWithoutInputBeginsWithTheDemo(t *testing.T) {
	f := ui.NewForm(needsInput(), nil)
	if f.Values()["demo"] != "true" || f.Key(tuitest.Key("enter")) != ui.FormSubmitted {
		t.Errorf("%v", f.Values())
	}
	for _, given := range []map[string]any{{"demo": false}, {"prompt": "/a"}, {"demo": "false", "prompt": "/a"}} {
		if f := ui.NewForm(needsInput(), given); f.Values()["demo"] != "false" {
			t.Errorf("%v made %v", given, f.Values())
		}
	}
}

func TestAFaultStandsAtTheFieldThatItNames(t *testing.T) {
	c := &ui.Context{Width: 80, Height: 24, Theme: tuitest.Theme(t, "mono", 0)}
	f := ui.NewForm(needsInput(), map[string]any{"demo": false})
	if f.Key(tuitest.Key("enter")) != ui.FormEdited {
		t.Fatal("submitted without input")
	}
	lines := f.View(c, 80, 22)
	for i, l := range lines {
		if strings.HasPrefix(ansi.Strip(l), "│ > prompt ") {
			if !strings.Contains(lines[i+1], "expected either --prompt FILE or --demo") {
				t.Errorf("below the field stands %q", lines[i+1])
			}
			return
		}
	}
	t.Errorf("prompt does not have the focus:\n%s", strings.Join(lines, "\n"))
}
