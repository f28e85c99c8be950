package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/core/run/runtest"
	"assay/tui/app"
)

// empty is a shell over a history without runs.
func empty(f files, demo func() error) []func(*app.Deps) {
	return []func(*app.Deps){with(f), func(d *app.Deps) {
		store := runtest.New()
		d.Reader = store
		d.Demo = func(context.Context) error {
			if demo != nil {
				return demo()
			}
			for _, n := range []string{"1", "2"} {
				store.Put(run.Run{ID: run.ID("01KK9Z0000000000000000000" + n), Name: "demo-" + n, Bench: "kv", Kind: "kv.blend", State: run.Done, Tags: []string{"demo"}, Params: []byte(`{"seed":7}`), Env: []byte(`{}`)})
			}
			return nil
		}
		d.Device = func(context.Context) string { return "a slow abacus" }
		d.DBPath = "/home/user/assay.db"
	}}
}

func TestTheFirstStartOffersATour(t *testing.T) {
	f := newFiles(t)
	w := start(t, empty(f, nil)...)
	w.See("welcome", "24-bit colours", "a slow abacus", "/home/user/assay.db", "a tour of 90 seconds")
	w.Press("2").See("a tour of 90 seconds") // in nobody's way
	w.Press("esc").NotSee("welcome")
	f.has(t, f.File(), "welcome = \"off\"")
	start(t, empty(f, nil)...).NotSee("welcome")

	start(t, empty(newFiles(t), nil)[0]).NotSee("welcome") // there are runs
	start(t, append(empty(newFiles(t), nil), func(d *app.Deps) { d.Open = "x" })...).NotSee("welcome")
}

func TestTheOfferGoesWithTheFirstRun(t *testing.T) {
	f := newFiles(t)
	var store *runtest.Store
	w := start(t, append(empty(f, nil), func(d *app.Deps) { store = d.Reader.(*runtest.Store) })...)
	w.See("welcome").Press("2")
	store.Put(run.Run{ID: "01KK9Z00000000000000000001", Name: "elsewhere", Bench: "kv", Kind: "kv.blend", State: run.Done, Params: []byte(`{}`), Env: []byte(`{}`)})
	w.Advance(2 * time.Second).NotSee("welcome")
	w.Press("1", "enter").See("[2 KV]").NotSee("tour")
}

func TestTheTourLeadsThroughTheScreens(t *testing.T) {
	f := newFiles(t)
	f.write(t, f.Keys(), "\"runs.filter\" = \"f\"\n")
	w := start(t, empty(f, nil)...)
	w.Size(120, 40).Press("enter").See("tour 1 of 6: open a run", "demo-1", "enter opens the one")
	w.Press("j").See("tour 1 of 6").Press("enter").See("tour 2 of 6: filter", "f filters it") // as it is bound
	w.Press("1", "f").Type("tag:demo").Press("enter").See("tour 3 of 6: drill down")
	w.Press("2", "a").See("tour 4 of 6: compare", "mark")
	w.Press("ctrl+t").See("tour 5 of 6", "ctrl+n").Press("ctrl+x").NotSee("tour 5")
	f.has(t, f.File(), "welcome = \"off\"")
	w.Press("1")
	if _, ok := w.Model().(*app.Model).Invoke("app.tour"); !ok {
		t.Fatal("no app.tour")
	}
	for _, size := range [][2]int{{80, 24}, {60, 18}, {40, 10}, {20, 6}} {
		w.Size(size[0], size[1])
	}
}

func TestTheTourGoesOnWithoutADemo(t *testing.T) {
	w := start(t, empty(newFiles(t), func() error { return errors.New("no room for a run") })...)
	w.Press("enter").See("no room for a run", "tour 1 of 6")
}

func TestEveryStepOfTheTourNamesActionsThatExist(t *testing.T) {
	w := start(t, empty(newFiles(t), nil)...)
	w.Size(120, 40).Press("enter")
	for range 6 {
		if text := w.Text(); strings.Contains(text, "(app.") || strings.Contains(text, "(runs.") || strings.Contains(text, "{") {
			t.Errorf("an action without a key:\n%s", text)
		}
		w.Press("ctrl+t")
	}
	w.NotSee("tour ")
}
