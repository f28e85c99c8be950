package ui_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/core/run"
	"assay/tui/ui"
)

func TestToastsGoByLevel(t *testing.T) {
	now := time.Unix(1000, 0)
	var ts ui.Toasts
	ts.Add(now, run.Info, "info", nil)
	ts.Add(now, ui.Done, "done", nil)
	ts.Add(now, run.Warn, "warn", nil)
	for _, step := range []struct{ at, left int }{{2, 3}, {3, 2}, {5, 1}, {8, 0}} {
		ts.Expire(now.Add(time.Duration(step.at) * time.Second))
		if ts.Len() != step.left {
			t.Errorf("after %d s %d are left, want %d", step.at, ts.Len(), step.left)
		}
	}
	ts.Add(now, run.Err, "", errors.New("broken"))
	ts.Expire(now.Add(time.Hour))
	if _, waits := ts.Next(); ts.Len() != 1 || waits {
		t.Error("an error went by itself")
	}
	if !ts.Dismiss() || ts.Dismiss() || len(ts.All()) != 4 {
		t.Error("dismissing does not work")
	}
}

func TestToastsStayAsLongAsTheyAreToldTo(t *testing.T) {
	now := time.Unix(1000, 0)
	long := ui.Toasts{Times: 4}
	long.Add(now, run.Info, "info", nil)
	long.Hold(now, run.Info, "held", 10*time.Second)
	for _, step := range []struct{ at, left int }{{11, 2}, {12, 1}, {39, 1}, {40, 0}} {
		if long.Expire(now.Add(time.Duration(step.at) * time.Second)); long.Len() != step.left {
			t.Errorf("after %d s %d are left, want %d", step.at, long.Len(), step.left)
		}
	}
	stay := ui.Toasts{Times: ui.Stay}
	stay.Add(now, run.Info, "info", nil)
	if stay.Expire(now.Add(24 * time.Hour)); stay.Len() != 1 || !stay.Dismiss() {
		t.Error("what was to stay is gone, or cannot be dismissed")
	}
}

func TestToastsCountRepetitions(t *testing.T) {
	c := context(t, 80, 24, false)
	now := time.Unix(1000, 0).UTC()
	err := &run.Error{Code: run.ENoModel, Text: "no model in /x", Hint: "give --model DIR"}
	var ts ui.Toasts
	for i := range 3 {
		ts.Add(now.Add(time.Duration(i)*time.Second), run.Err, "", err)
	}
	got := picture(ts.View(c, 60))
	for _, want := range []string{"! E-NO-MODEL  00:16", "no model in /x; give --model DIR  3x", "next: give --model DIR", "details (!)"} {
		if ts.Len() != 1 || !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for i := range 9 {
		ts.Add(now, run.Warn, fmt.Sprint("another ", i), nil)
	}
	if ts.Len() != 3 || !strings.Contains(picture(ts.View(c, 60)), "E-NO-MODEL") {
		t.Error("news pushed an error away")
	}
}
