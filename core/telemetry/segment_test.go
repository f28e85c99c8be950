package telemetry_test

import (
	"strings"
	"testing"
	"time"

	"assay/core/telemetry"
)

func TestSegmentShowsTheBusiestCard(t *testing.T) {
	r := telemetry.Reading{Sample: full(), At: start, Count: 1}
	r.Sample.GPU.Cards[1] = telemetry.Card{Index: 1, Name: "NVIDIA A100-SXM4-40GB", Util: telemetry.Of(.05), MemTotal: telemetry.Of(40 << 30), MemUsed: telemetry.Of(1 << 29)}
	now := start.Add(time.Second)
	for _, c := range []struct {
		width int
		want  string
	}{
		{80, "GPU0 H100  98% high  71C 62/80G 430W +1"},
		{38, "GPU0  98% high  71C 62/80G 430W +1"},
		{33, "GPU0  98%  71C 62/80G 430W +1"},
		{28, "GPU0  98%  71C 62/80G 430W"},
		{22, "GPU0  98%  71C 62/80G"},
		{16, "GPU0  98% 62/80G"},
		{12, "GPU0  98%"},
		{5, "GPU0"},
		{3, ""},
	} {
		if got, warn := r.Segment(now, c.width); got != c.want || warn {
			t.Errorf("in %d cells: %q (warn %v), want %q", c.width, got, warn, c.want)
		}
	}
	// A figure that is missing is a dash and keeps its field.
	r.Sample.GPU.Cards[0].Util = telemetry.Missing("not supported")
	r.Sample.GPU.Cards[1].Util = telemetry.Missing("not supported")
	if got, _ := r.Segment(now, 80); got != "GPU0 H100    -  71C 62/80G 430W +1" {
		t.Errorf("%q", got)
	}
	r.Sample.GPU.Cards[0].Util = telemetry.Of(0)
	if got, _ := r.Segment(now, 80); !strings.Contains(got, "   0% ") {
		t.Errorf("%q does not show 0 %%", got)
	}
}

func TestSegmentWarns(t *testing.T) {
	fresh := func() telemetry.Reading {
		r := telemetry.Reading{Sample: full(), At: start, Count: 1}
		r.Sample.GPU.Cards = r.Sample.GPU.Cards[:1]
		return r
	}
	now := start.Add(time.Second)
	r := fresh()
	r.Sample.GPU.Cards[0].Temp = telemetry.Of(90)
	if got, warn := r.Segment(now, 80); !warn || !strings.Contains(got, "90C hot") {
		t.Errorf("%q (warn %v): a card at its slowdown temperature", got, warn)
	}
	r = fresh()
	r.Sample.GPU.Cards[0].Slowed = []string{"heat (hardware)"}
	if _, warn := r.Segment(now, 80); !warn {
		t.Error("a card slowed by heat is no warning")
	}
	r = fresh()
	r.Sample.GPU.AgeMs = 6000
	if got, warn := r.Segment(now, 80); !warn || !strings.HasSuffix(got, "7s old") {
		t.Errorf("%q (warn %v) does not tell its age", got, warn)
	}
	r = fresh()
	if got, warn := r.Segment(start.Add(90*time.Second), 80); !warn || !strings.HasSuffix(got, "1m old") {
		t.Errorf("%q (warn %v): the child has not answered", got, warn)
	}
	r = fresh()
	r.Sample.GPU.Cards = append(r.Sample.GPU.Cards, telemetry.Card{Index: 1, Fault: "GPU is lost (error 15)"})
	if got, warn := r.Segment(now, 80); !warn || !strings.HasSuffix(got, "+1 1 fault") {
		t.Errorf("%q (warn %v): a lost card", got, warn)
	}
}

func TestSegmentWithoutCardsIsTheHost(t *testing.T) {
	r := telemetry.Reading{Sample: full(), At: start, Count: 1}
	r.Sample.GPU = telemetry.GPU{State: telemetry.Absent, Reason: "no library"}
	r.Sample.Host.Group = telemetry.Group{}
	now := start.Add(time.Second)
	if got, warn := r.Segment(now, 80); got != "cpu  42% mid    31/251G" || warn {
		t.Errorf("%q (warn %v)", got, warn)
	}
	if got, _ := r.Segment(now, 9); got != "cpu  42%" {
		t.Errorf("%q", got)
	}
	r.Sample.Host.Group = telemetry.Group{MemLimit: telemetry.Of(16 << 30), MemUsed: telemetry.Of(15.9 * (1 << 30)), Throttled: telemetry.Of(.3)}
	if got, warn := r.Segment(now, 80); got != "cpu  42% mid    16/16G full throttled  30%" || !warn {
		t.Errorf("%q (warn %v)", got, warn)
	}
	if got, _ := (&telemetry.Reading{}).Segment(now, 80); got != "" {
		t.Errorf("%q without a sample", got)
	}
}

func TestShortNames(t *testing.T) {
	for name, want := range map[string]string{
		"NVIDIA H100 80GB HBM3":                   "H100",
		"NVIDIA GeForce RTX 4090":                 "RTX 4090",
		"NVIDIA A100-SXM4-40GB":                   "A100-SXM4-40GB",
		"NVIDIA H100 PCIe":                        "H100",
		"Tesla V100-SXM2-16GB":                    "Tesla V100-SXM2-16GB",
		"NVIDIA RTX 6000 Ada Generation":          "RTX 6000 Ada Generation",
		"NVIDIA H100 80GB HBM3 MIG 3g.40gb":       "H100",
		"":                                        "",
		"evil\x1b[31m name":                       "evil [31m name",
		"NVIDIA GH200 144G HBM3e":                 "GH200 144G",
		"NVIDIA GeForce GTX 1660 Ti with Max-Q D": "GTX 1660 Ti with Max-Q D",
	} {
		if got := telemetry.ShortName(name); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}

func TestLevels(t *testing.T) {
	for share, want := range map[float64]telemetry.Level{0: telemetry.Low, .0999: telemetry.Low, .1: telemetry.Mid, .7499: telemetry.Mid, .75: telemetry.High, 1: telemetry.High} {
		if got := telemetry.UtilLevel(share); got != want {
			t.Errorf("utilisation %g is %v, want %v", share, got, want)
		}
	}
	if telemetry.MemoryLevel(.79) != telemetry.Mid || telemetry.MemoryLevel(.8) != telemetry.High {
		t.Error("memory is heavy from four fifths on")
	}
}
