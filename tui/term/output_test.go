package term

import (
	"os"
	"testing"
	"time"
)

// The clock of an Output is its own: slow writes are made by moving it.
func TestSlowWritesStretchThePeriodAndFastOnesHealIt(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	now, step := time.Unix(0, 0), time.Duration(0)
	o := NewOutput(f)
	o.now = func() time.Time { now = now.Add(step / 2); return now } // asked twice a write
	write := func(n int, took time.Duration) {
		step = 2 * took
		for range n {
			if _, err := o.Write([]byte("12345")); err != nil {
				t.Fatal(err)
			}
		}
	}
	check := func(factor int, delay time.Duration) {
		t.Helper()
		if f, d := o.Slow(); f != factor || d != delay {
			t.Errorf("factor %d after %v, want %d after %v", f, d, factor, delay)
		}
	}
	write(3, time.Millisecond)
	check(1, 0)
	write(1, 240*time.Millisecond)
	check(2, 240*time.Millisecond)
	write(9, 300*time.Millisecond)
	check(16, 300*time.Millisecond)
	write(9, time.Millisecond)
	check(16, 300*time.Millisecond)
	write(1, time.Millisecond)
	check(8, 300*time.Millisecond)
	write(30, time.Millisecond)
	check(1, 300*time.Millisecond)
	if bytes, writes := o.Written(); bytes != 5*53 || writes != 53 {
		t.Errorf("%d bytes in %d writes", bytes, writes)
	}
}
