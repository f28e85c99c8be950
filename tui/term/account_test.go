package term_test

import (
	"strings"
	"testing"

	"assay/tui/term"
)

// halves names the left and the right ten columns of a terminal.
func halves(x, _ int) string {
	if x < 10 {
		return "left"
	}
	return "right"
}

func TestBytesAreCountedWhereTheyAreDrawn(t *testing.T) {
	for _, c := range []struct {
		name   string
		writes []string
		want   string
	}{
		{"text", []string{"\x1b[1;1Habc", "\x1b[1;11Hxy"}, "9\t1\tleft\n9\t1\tright\n"},
		{"text across", []string{"\x1b[3;9Habcd"}, "8\t1\tleft\n2\t1\tright\n"},
		{"relative moves", []string{"\r\x1b[12Cx\x1b[5Dy\x1b[2Bz\x1b[15Gw"}, "12\t1\tright\n11\t1\tleft\n"},
		{"colours where they stand", []string{"\x1b[11G\x1b[31mx\x1b[m"}, "14\t1\tright\n"},
		{"repeated", []string{"\x1b[1;8H-\x1b[5bx"}, "11\t1\tleft\n1\t1\tright\n"},
		{"wide", []string{"\x1b[1;9H界x"}, "9\t1\tleft\n1\t1\tright\n"},
		{"what draws nothing", []string{"\x1b[?2026h\x1b]2;title\x07a\x1b[?2026l"}, "26\t1\tterminal\n1\t1\tleft\n"},
		{"cut off", []string{"ab\x1b[1;", "12Hx"}, "8\t1\tright\n2\t1\tleft\n"},
		{"new lines", []string{"ab\r\ncd", "e"}, "7\t2\tleft\n"},
	} {
		a := term.NewAccount()
		total := 0
		for _, w := range c.writes {
			a.Count([]byte(w), halves)
			total += len(w)
		}
		var b strings.Builder
		if err := a.Write(&b); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimPrefix(b.String(), "bytes\twrites\tplace\n"); got != c.want {
			t.Errorf("%s: %d bytes are\n%swant\n%s", c.name, total, got, c.want)
		}
	}
}
