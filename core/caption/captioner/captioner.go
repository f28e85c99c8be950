package captioner

import (
	"context"
	"image"
	"strings"
	"time"
	"unicode/utf8"

	"assay/core/caption"
	"assay/core/caption/oracle"
	"assay/core/caption/picture"
)

// Picture is what a captioner is shown.
type Picture struct {
	ID    string // names the file that a command sees
	SHA   string
	Image *image.NRGBA
}

// PNG encodes the picture.
func (p Picture) PNG() ([]byte, error) { return picture.PNG(p.Image) }

// Answer is a caption or a failure.
type Answer struct {
	Text      string
	Failure   string // see caption.Failures
	Detail    string
	Truncated bool
	Tokens    int
	Conf      float64

	transient bool          // asking again may help
	wait      time.Duration // at least, before asking again
}

// Captioner is a system under test. Ask is safe for concurrent use where
// Parallel says more than one.
type Captioner interface {
	// Fingerprint names everything that goes into the answers: kind, endpoint,
	// model, prompt, parameters. It holds no secret.
	Fingerprint() string
	// Ask describes a picture. repeat counts from 0 and lets an endpoint that
	// draws at random draw again. The error ends the campaign.
	Ask(ctx context.Context, p Picture, repeat int) (Answer, error)
	// Parallel is how many questions it takes at a time.
	Parallel() int
	Close() error
}

func failed(kind, detail string) Answer {
	return Answer{Failure: kind, Detail: printable(detail, 300)}
}

// fit turns what a captioner said into an answer: one line of English, or a
// failure that says what it was instead.
func fit(o *oracle.Oracle, raw string) Answer {
	if len(raw) > 4*oracle.MaxCaption {
		// Beyond any caption; cut at a character, so that the cut makes no bad UTF-8.
		cut := 4 * oracle.MaxCaption
		for cut > 0 && !utf8.RuneStart(raw[cut]) {
			cut--
		}
		raw = raw[:cut]
	}
	if !utf8.ValidString(raw) {
		return failed(caption.FailBadUTF8, "not UTF-8: "+raw)
	}
	text := strings.TrimSpace(raw)
	switch {
	case text == "":
		return failed(caption.FailEmpty, "nothing but space")
	case strings.ContainsAny(text, "\n\r"):
		return failed(caption.FailMultiLine, "more than one line: "+text)
	}
	a := Answer{Text: oracle.Strip(text)}
	if len(a.Text) > oracle.MaxCaption {
		cut := oracle.MaxCaption
		for !utf8.RuneStart(a.Text[cut]) {
			cut--
		}
		a.Text, a.Truncated = a.Text[:cut], true
	}
	switch o.Unfit(a.Text) {
	case oracle.ReasonEmpty:
		return failed(caption.FailEmpty, "no word in it: "+text)
	case oracle.ReasonLanguage:
		return failed(caption.FailLanguage, "not English: "+text)
	case oracle.ReasonRefusal:
		return failed(caption.FailInvalid, "a refusal: "+text)
	}
	return a
}

// printable keeps a text to one line of at most n bytes.
func printable(text string, n int) string {
	text = strings.Join(strings.Fields(oracle.Strip(strings.ToValidUTF8(text, "?"))), " ")
	if len(text) > n {
		text = strings.ToValidUTF8(text[:n], "") + "..."
	}
	return text
}
