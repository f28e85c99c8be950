package cli

import (
	"os"
	"regexp"
	"slices"
	"strings"
)

// hidden stands where something was taken out.
const hidden = "[hidden]"

// secretName finds variables that hold something nobody else should read.
var secretName = regexp.MustCompile(`(?i)(key|token|secret|passw|credential)`)

// secretForm finds what looks like a secret wherever it stands: the user of an
// address, a bearer token, and values of flags and fields with such a name.
var secretForm = regexp.MustCompile(`(?i)(://)[^/\s@"']+(@)|(bearer +)[\w.~+/=-]+|((?:[\w-]*api[_-]?key|[\w-]*token|[\w-]*secret|passw(?:or)?d)["']?[=: ]["' ]*)[^\s"'&,;]+`)

// redactor takes secrets and the places of the person out of texts that go to
// somebody else.
type redactor struct{ words *strings.Replacer }

// shortestSecret spares words that stand everywhere, such as "yes".
const shortestSecret = 6

// newRedactor hides the values of secret variables of the environment and writes
// ~ for the home directory.
func newRedactor(environ []string, home string) redactor {
	var values []string
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if secretName.MatchString(name) && len(value) >= shortestSecret && !strings.Contains(value, "/") {
			values = append(values, value)
		}
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) }) // one may hold another
	var pairs []string
	for _, v := range values {
		pairs = append(pairs, v, hidden)
	}
	if home != "" && home != "/" {
		pairs = append(pairs, home, "~")
	}
	return redactor{strings.NewReplacer(pairs...)}
}

// redactorHere knows the environment of this process.
func redactorHere() redactor {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // there is nothing to shorten
	}
	return newRedactor(os.Environ(), home)
}

// text returns a text without secrets.
func (r redactor) text(s string) string {
	return secretForm.ReplaceAllString(r.words.Replace(s), "$1$3$4"+hidden+"$2")
}
