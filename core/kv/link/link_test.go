package link_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"assay/core/kv/link"
)

func TestBlobsArriveWholeAndInParts(t *testing.T) {
	s, err := link.Serve()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	blob := make([]byte, 100_003)
	for i := range blob {
		blob[i] = byte(i * i >> 3)
	}
	s.Put("a blob", blob)
	c, err := link.Dial(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range [][2]int{{0, len(blob)}, {5, 70_000}, {len(blob), 0}, {99_000, 1003}} {
		got := make([]byte, part[1])
		if err := c.Get(t.Context(), got, "a blob", part[0], 1e9); err != nil || !bytes.Equal(got, blob[part[0]:part[0]+part[1]]) {
			t.Errorf("%v: %v", part, err)
		}
	}
	if err := c.Get(t.Context(), make([]byte, 1), "a blob", 0, 0); err == nil {
		t.Error("a rate of nothing is taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Get(ctx, make([]byte, 1000), "a blob", 0, 1e3); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	d, err := link.Dial(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Get(t.Context(), make([]byte, 10), "another", 0, 1e9); err == nil {
		t.Error("a blob that is not there came")
	}
}

func TestAnswersComeInTheOrderOfTheRequests(t *testing.T) {
	s, err := link.Serve()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	blob := make([]byte, 90_000)
	for i := range blob {
		blob[i] = byte(i >> 4)
	}
	s.Put("b", blob)
	c, err := link.Dial(s)
	if err != nil {
		t.Fatal(err)
	}
	parts := [][2]int{{40_000, 30_000}, {0, 1}, {7, 0}, {100, 50_000}, {89_999, 1}}
	for range 8 {
		for _, p := range parts {
			if err := c.Ask("b", p[0], p[1], 1e9); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 8 {
		for _, p := range parts {
			got := make([]byte, p[1])
			if err := c.Receive(t.Context(), got); err != nil || !bytes.Equal(got, blob[p[0]:p[0]+p[1]]) {
				t.Fatalf("%v: %v", p, err)
			}
		}
	}
	if err := c.Ask("b", 0, len(blob)+1, 1e9); err != nil {
		t.Fatal(err)
	}
	if err := c.Receive(t.Context(), make([]byte, 1)); err == nil {
		t.Error("more than there is came")
	}
}
