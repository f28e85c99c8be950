//go:build slow

package worker_test

import "testing"

// TestKill200 takes some five minutes.
func TestKill200(t *testing.T) { slaughter(t, 200, 200) }
