package oracle

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/core/caption"
)

// The reasons why a caption cannot be judged.
const (
	ReasonEmpty    = "empty"
	ReasonRefusal  = "refusal"
	ReasonLanguage = "language"
	ReasonUTF8     = "bad_utf8"
)

var refusals = []string{
	"i'm sorry", "i am sorry", "i’m sorry", "i cannot", "i can't", "i can’t", "i'm unable", "i am unable", "unable to", "as an ai", "as a language model",
	"there is no image", "there's no image", "no image", "cannot see the image", "can't see the image", "cannot describe", "can't describe", "i do not see", "i don't see an image",
}

// foreign are function words of other languages that are no English words.
var foreign = set("ein eine einen einem einer der das den dem und auf mit neben ist sind im zwei drei un une deux trois le la les des du sur avec dans et est à côté una unos unas el los las en con sobre del al y dos tres uno gli il lo nel nella sul sulla con e di due tre um uma dois três no na os com em de het een van op met twee drie och på med av två tre и в на с два три и й")

// Unfit returns why a caption cannot be judged, "" where it can: it is empty, a
// refusal, not UTF-8, or not English.
func (o *Oracle) Unfit(text string) string { return o.lex.unfit(text, o.lex.extract(text)) }

func (l *lexicon) unfit(text string, f found) string {
	if len(text) > MaxCaption {
		text = strings.ToValidUTF8(text[:MaxCaption], "")
	}
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return ReasonEmpty
	}
	if !utf8.ValidString(trimmed) {
		return ReasonUTF8
	}
	low := strings.ToLower(trimmed)
	for _, r := range refusals {
		if strings.Contains(low, r) {
			return ReasonRefusal
		}
	}
	letters, other := 0, 0
	for _, r := range trimmed {
		if unicode.IsLetter(r) {
			letters++
			if !unicode.Is(unicode.Latin, r) {
				other++
			}
		}
	}
	if letters == 0 {
		return ReasonEmpty
	}
	if other*10 > letters*3 {
		return ReasonLanguage
	}
	words, english, alien := 0, 0, 0
	for _, t := range tokenize(trimmed) {
		if t.punct || t.text == "'s" {
			continue
		}
		words++
		switch {
		case function[t.text] && !foreign[t.text]:
			english++
		case foreign[t.text]:
			alien++
		}
	}
	switch {
	case alien > english && (alien > 1 || f.hits == 0): // ours: the released rule below misses "ein Hund in einem Feld"
		return ReasonLanguage
	case words >= 4 && english == 0 && alien == 0 && f.hits == 0:
		return ReasonLanguage
	}
	return ""
}

// invalid fills in the judgement of a pair that cannot be judged.
func invalid(j *caption.Judgement, which int, reason string) {
	j.Verdict = caption.Invalid
	j.Rule = [2]string{"source", "follow-up"}[which] + " caption: " + reason
}
