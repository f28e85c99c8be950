package config_test

import (
	"strings"
	"testing"

	"assay/core/config"
	"assay/core/run"
)

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]config.Bytes{
		"0": 0, "1048576": 1 << 20, "8GiB": 8 << 30, "8 gib": 8 << 30, "8G": 8 << 30, "1.5GB": 1.5e9, " 500 MB ": 500e6,
		"64k": 64 << 10, "2T": 2 << 40, "12B": 12, "0.5KiB": 512, "9223372036854775807": 1<<63 - 1, ".5M": 1 << 19,
	} {
		if got, err := config.ParseBytes(text); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for text, words := range map[string]string{
		"": "no number", "GiB": "no number", "8 gigs": "the unit is none of", "-1G": "the unit is none of", "1.2.3G": "cannot be read",
		"1e3": "the unit is none of", "0x10": "the unit is none of", "99999999999T": "larger than any", "9223372036854775808": "larger than any", ".": "cannot be read",
	} {
		if got, err := config.ParseBytes(text); run.CodeOf(err) != run.EUsage || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), "8GiB") {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

func TestBytesAreWrittenShort(t *testing.T) {
	for b, want := range map[config.Bytes]string{0: "0 B", 900: "900 B", 1 << 10: "1 KiB", 1.5 * (1 << 20): "1.5 MiB", 8 << 30: "8 GiB", 5e9: "4.66 GiB", -2048: "-2 KiB", 1<<63 - 1: "8388608 TiB"} {
		if got := b.String(); got != want {
			t.Errorf("%d is written %q, want %q", int64(b), got, want)
		}
	}
}

func FuzzParseBytes(f *testing.F) {
	for _, s := range []string{"8GiB", "1.5 GB", "", "9e99T", "..B", "18446744073709551616", "１G"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := config.ParseBytes(text)
		if err != nil {
			if run.CodeOf(err) != run.EUsage {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if b < 0 {
			t.Fatalf("%q is %d bytes", text, b)
		}
		if b > 1<<62 {
			return // rounded to two decimals it may be more than fits
		}
		if again, err := config.ParseBytes(b.String()); err != nil || float64(again) < 0.99*float64(b)-1 || float64(again) > 1.01*float64(b)+1 {
			t.Fatalf("%q is %s, which is %d, %v", text, b, again, err)
		}
	})
}
