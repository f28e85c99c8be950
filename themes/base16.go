package themes

import (
	"fmt"
	"math"
	"strings"

	"go.yaml.in/yaml/v3"
)

// scheme is a base16 or base24 scheme, of the present form or of the older one that
// has the colours at the top.
type scheme struct {
	Name    string            `yaml:"name"`
	Scheme  string            `yaml:"scheme"` // its name in the older form
	Variant string            `yaml:"variant"`
	Palette map[string]string `yaml:"palette"`
	Older   map[string]string `yaml:",inline"`
}

// slots says which colour of a scheme, by the styling guide of base16, each colour of
// a theme's palette is, and the contrast with the ground that its roles need.
var slots = []struct {
	name, base string
	contrast   float64
}{
	{"ink", "base05", 4.5}, {"quiet", "base04", 4.5}, {"rule", "base03", 3},
	{"sky", "base0D", 4.5}, {"leaf", "base0B", 4.5}, {"sun", "base0A", 4.5}, {"coral", "base08", 4.5},
	{"violet", "base0E", 4.5}, {"sea", "base0C", 4.5}, {"slate", "base02", 0}, {"night", "base01", 0},
}

// FromBase16 turns a base16 or base24 scheme (YAML) into a theme file that inherits
// from the default theme of its variant. Colours that could not be read on the
// scheme's ground are moved away from it in lightness, and verdicts that look alike
// without red or green cones stay those of the default: notes says which. The error
// names what is wrong with the scheme.
func FromBase16(name string, data []byte) (file []byte, notes []string, err error) {
	var s scheme
	if err := yaml.Unmarshal(data, &s); err != nil {
		return nil, nil, fmt.Errorf("not a base16 scheme: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	given := s.Palette
	if given == nil {
		given = s.Older
	}
	at := func(key string) (color, error) {
		for _, k := range []string{key, strings.ToLower(key)} {
			if text, ok := given[k]; ok {
				c, err := parseColor("#" + strings.TrimPrefix(strings.ToLower(text), "#"))
				if err != nil {
					return c, fmt.Errorf("%s: %q is no colour, expected six hexadecimal digits", key, text)
				}
				return c, nil
			}
		}
		return color{}, fmt.Errorf("%s is missing: expected base00 to base0F, at the top or in palette", key)
	}
	ground, err := at("base00")
	if err != nil {
		return nil, nil, err
	}
	variant := "dark"
	if l, _, _ := ground.oklab(); l > 0.5 {
		variant = "light"
	}
	title := s.Name
	if title == "" {
		title = s.Scheme
	}
	write := func(skip map[string]bool) error {
		var b strings.Builder
		fmt.Fprintf(&b, "# Made from the base16 scheme %q.\nname       = %q\nvariant    = %q\ninherits   = \"default-%s\"\nbackground = %q\n\n[palette]\n",
			title, name, variant, variant, ground.hex())
		for _, slot := range slots {
			if skip[slot.name] {
				continue
			}
			c, err := at(slot.base)
			if err != nil {
				return err
			}
			if moved := c.apart(ground, slot.contrast); moved != c {
				notes = append(notes, fmt.Sprintf("%s (%s) became %s to be read on %s", slot.base, c.hex(), moved.hex(), ground.hex()))
				c = moved
			}
			fmt.Fprintf(&b, "%-6s = %q\n", slot.name, c.hex())
		}
		file = []byte(b.String())
		return nil
	}
	if err := write(nil); err != nil {
		return nil, nil, err
	}
	if _, err = Builtin().With(name, name, file).Resolve(name, TrueColor); err == nil {
		return file, notes, nil
	}
	notes = []string{"the verdicts and the grounds of selections are those of default-" + variant + ": the scheme's cannot be told apart or read"}
	if err := write(map[string]bool{"leaf": true, "sun": true, "coral": true, "slate": true, "night": true}); err != nil {
		return nil, nil, err
	}
	if _, err := Builtin().With(name, name, file).Resolve(name, TrueColor); err != nil {
		return nil, nil, fmt.Errorf("the scheme makes no theme that can be read: %w", err)
	}
	return file, notes, nil
}

// hex writes a colour as themes do.
func (c color) hex() string { return fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b) }

// apart moves a colour away from a ground, towards white or black, as little as gives
// a contrast.
func (c color) apart(ground color, least float64) color {
	to := 255.0
	if l, _, _ := ground.oklab(); l > 0.5 {
		to = 0
	}
	const steps = 64
	for i := range steps + 1 {
		t := float64(i) / steps
		mix := func(v uint8) uint8 { return uint8(math.Round(float64(v) + t*(to-float64(v)))) }
		if m := (color{kind: rgb, r: mix(c.r), g: mix(c.g), b: mix(c.b)}); contrast(m, ground) >= least {
			return m
		}
	}
	return c
}
