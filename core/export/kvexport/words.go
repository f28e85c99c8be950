package kvexport

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"assay/core/export"
	"assay/core/kv/kvscene"
	"assay/core/plot"
)

// number writes a value in about three digits.
func number(v float64) string { return plot.Plain(v) }

// ms writes a time in milliseconds.
func ms(v float64) string { return kvscene.Ms(v) }

// nats writes a divergence, with as many digits as it has to say.
func nats(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < .001:
		return strconv.FormatFloat(v, 'e', 1, 64)
	case v < .1:
		return strconv.FormatFloat(v, 'f', 4, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// percent writes a share in a sentence: "15 %", "14.7 %".
func percent(share float64) string { return points(share) + " %" }

// points writes a difference of shares in percent points.
func points(share float64) string { return strings.TrimSuffix(kvscene.Percent(share), ".0") }

// factor writes how many times something is more: two digits say enough.
func factor(f float64) string {
	switch {
	case f >= 1e5:
		return strconv.FormatFloat(f, 'e', 1, 64)
	case f >= 100:
		e := math.Pow(10, math.Floor(math.Log10(f))-1)
		return strconv.FormatFloat(math.Round(f/e)*e, 'f', 0, 64)
	}
	return strconv.FormatFloat(f, 'f', 1, 64)
}

// speed says how fast something is beside full prefill: "2.9 times as fast as
// full prefill (11.8 ms)".
func speed(ttft, full float64) string {
	of := fmt.Sprintf("full prefill (%s ms)", ms(full))
	switch f := full / ttft; {
	case f >= 1.05:
		return factor(f) + " times as fast as " + of
	case f <= .95:
		return factor(1/f) + " times as long as " + of
	}
	return "about as fast as " + of
}

// less says how a divergence compares with a larger one: "7.1 times less than".
func less(a, b float64) string {
	switch {
	case a <= 0 && b > 0:
		return "against"
	case b >= 1.05*a:
		return factor(b/a) + " times less than"
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

// question is a question without the words that frame it in a prompt.
func question(prompt string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(prompt), "Question: "), "\nAnswer:")
}

// most writes a share that may be all but nothing short of everything.
func most(share float64) string {
	if share > .9995 && share < 1 {
		return "more than 99.9 %"
	}
	return percent(share)
}
