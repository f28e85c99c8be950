package cli

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"assay/storage"
)

func TestAScreenComesBackToTheViewThatWasLost(t *testing.T) {
	const hour = time.Hour
	left, lost := `{"left":true,"n":%d}`, `{"left":false,"n":%d}`
	for _, c := range []struct {
		name  string
		saved []string      // owner and form of each view, oldest first, an hour apart
		age   time.Duration // of the newest
		live  string        // owner whose screen is open
		want  int           // n of the view that is loaded, 0 for none; n counts from 1
	}{
		{"nothing", nil, 0, "", 0},
		{"its own", []string{"me", left}, 0, "", 1},
		{"another terminal that was left, where it has none", []string{"pts/7", left}, 0, "", 1},
		{"its own before another that was left later", []string{"me", left, "pts/7", left}, 0, "", 1},
		{"one that was lost later than its own", []string{"me", left, "pts/7", lost}, 0, "", 2},
		{"its own that is newer than one that was lost", []string{"pts/7", lost, "me", left}, 0, "", 2},
		{"not one that somebody looks at", []string{"pts/7", lost, "pts/8", lost}, 0, "pts/8", 1},
		{"nothing old", []string{"pts/7", lost}, 8 * 24 * hour, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Now().Add(-c.age - time.Duration(len(c.saved)/2)*hour)
			dir := t.TempDir()
			store, err := storage.Open(t.Context(), storage.Options{Path: filepath.Join(dir, "a.db"), Artifacts: dir, Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			for i := 0; i < len(c.saved); i += 2 {
				now = now.Add(hour)
				if err := store.PutView(t.Context(), c.saved[i], viewKey, json.RawMessage(fmt.Sprintf(c.saved[i+1], i/2+1))); err != nil {
					t.Fatal(err)
				}
			}
			other := &views{store: store, dir: dir, owner: c.live}
			if c.live != "" {
				if other.held = other.hold(c.live); other.held == nil {
					t.Fatal("no lock")
				}
				defer other.held.Close()
			}
			mine := &views{store: store, dir: dir, owner: "me"}
			data, err := mine.Load()
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ N int }
			if len(data) > 0 {
				if err := json.Unmarshal(data, &got); err != nil {
					t.Fatal(err)
				}
			}
			if got.N != c.want {
				t.Errorf("view %d, want %d", got.N, c.want)
			}
			if data, err := mine.Load(); err != nil || (len(data) > 0) != (c.want > 0) {
				t.Errorf("the second time: %s, %v", data, err)
			}
		})
	}
}
