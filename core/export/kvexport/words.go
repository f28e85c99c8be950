package kvexport

import (
	"fmt"
	"strconv"
	"strings"

	"assay/core/export"
	"assay/core/kv/kvscene"
	"assay/core/plot"
)

// number writes a value in about three digits.
func number(v float64) string { return plot.Plain(v) }

// ms writes a time in milliseconds, with enough digits to compare by.
func ms(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// nats writes a divergence.
func nats(v float64) string {
	if v > 0 && v < .0005 {
		return strconv.FormatFloat(v, 'e', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

func percent(share float64) string { return kvscene.Percent(share) + " %" }

// speed says how fast something is beside full prefill: "2.9 times as fast as
// full prefill (11.8 ms)".
func speed(ttft, full float64) string {
	of := fmt.Sprintf("full prefill (%s ms)", ms(full))
	switch f := full / ttft; {
	case f >= 1.05:
		return strings.TrimSuffix(kvscene.Times(f), "x") + " times as fast as " + of
	case f <= .95:
		return strings.TrimSuffix(kvscene.Times(1/f), "x") + " times as long as " + of
	}
	return "about as fast as " + of
}

// less says how a divergence compares with a larger one: "7.1 times less than".
func less(a, b float64) string {
	switch {
	case a <= 0 && b > 0:
		return "against"
	case b >= 1.05*a:
		return strings.TrimSuffix(kvscene.Times(b/a), "x") + " times less than"
	case a >= 1.05*b:
		return "more than"
	}
	return "about as much as"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func right(name string) export.Column { return export.Column{Name: name, Right: true} }

func left(name string) export.Column { return export.Column{Name: name} }

func plain(texts ...string) []export.Value {
	out := make([]export.Value, len(texts))
	for i, t := range texts {
		out[i].Text = t
	}
	return out
}

func code(text string) export.Value { return export.Value{Text: text, Code: true} }

// clip shortens a text of a prompt.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return strings.TrimRight(string(r[:most-1]), " ") + "…"
	}
	return s
}
