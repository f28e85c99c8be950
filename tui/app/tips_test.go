package app_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"assay/tui/app"
)

// reader is a shell of a person who was told things before, or never.
func reader(t *testing.T, told *views, change ...func(*app.Deps)) *world {
	t.Helper()
	return start(t, append([]func(*app.Deps){with(newFiles(t)), func(d *app.Deps) { d.Seen = told }}, change...)...)
}

func TestTipsComeOnceAndNotTooOften(t *testing.T) {
	told := &views{}
	w := reader(t, told)
	w.Press("2", "1", "2", "1").NotSee("tip:")
	w.Press("2").See("tip: ctrl+p goes anywhere and runs commands: type a few letters")
	w.Press("1", "/", "enter").NotSee("filters know keys") // a minute has not passed
	w.Advance(13 * time.Second).NotSee("tip:")
	w.Advance(time.Minute).Press("/", "enter").See("tip: filters know keys")
	w.Advance(2*time.Minute).Press("2", "1", "2", "1", "2", "1", "/", "enter").NotSee("tip:")
	again := reader(t, told)
	again.Press("2", "1", "2", "1", "2", "1").NotSee("tip:")
}

func TestARunStartedHereSaysThatItGoesOnAlone(t *testing.T) {
	w := reader(t, &views{})
	w.Press("2", "a").See("tip: q leaves, the run goes on; assay comes back to this screen")
}

func TestTipsCanBeEnded(t *testing.T) {
	f := newFiles(t)
	f.env["ASSAY_UI_TIPS"] = "off"
	w := start(t, with(f), func(d *app.Deps) { d.Seen = &views{} })
	w.Press("2", "a", "1", "2", "1", "2", "1").NotSee("tip:")
	broken := start(t, with(newFiles(t)), func(d *app.Deps) { d.Seen = &unreadable{} })
	broken.Press("2", "a").NotSee("tip:") // nobody would know that it was said
}

func TestNewsStayAsLongAsChosen(t *testing.T) {
	for choice, gone := range map[string]bool{"normal": true, "long": false, "stay": false} {
		f := newFiles(t)
		f.env["ASSAY_UI_TOASTS"] = choice
		w := start(t, with(f), func(d *app.Deps) { d.Term.NoMouse = true })
		w.Press("2", "b").See("the moon is not full")
		w.Advance(9 * time.Second)
		if left := strings.Contains(w.Text(), "the moon is not full"); left == gone {
			t.Errorf("%s: still there after 9 s: %v", choice, left)
		}
	}
}

// unreadable keeps nothing.
type unreadable struct{ views }

func (*unreadable) Load() (json.RawMessage, error) { return nil, errors.New("the disk is gone") }

func TestNewsAreToldOnceAfterAnUpgrade(t *testing.T) {
	first := &views{}
	w := reader(t, first)
	w.NotSee("new: ")
	if !strings.Contains(string(first.data), `"news":"`) {
		t.Fatalf("a newcomer will be told news: %s", first.data)
	}
	old := &views{data: []byte(`{"news":"an older edition"}`)}
	w = reader(t, old)
	w.See("new: ", "(:news)")
	w.Press("esc").NotSee("new: ")
	w.Press(":").Type("news").Press("enter").See("On the screens")
	reader(t, old).NotSee("new: ")
}
