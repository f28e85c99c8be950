package config

import (
	"fmt"
	"strings"
)

// Reference is the page of the settings in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Settings\n\nMade from the code by `make gen`. `assay config show --origin` prints what is in force, `assay config set KEY VALUE`\n" +
		"changes your file and leaves its comments alone, and so does the settings screen (`,`). `assay locate` prints where the files are.\n\n" +
		"A value comes from the first of these that has one: a flag of the command; the variable of the setting; `" + ProjectFile + "`\n" +
		"in the working directory or the nearest folder above it, up to the root of a repository; `config.toml`; the default.\n\n" +
		"```toml\n[ui]\ntheme = \"dusk\"\n\n[run]\nmemory = \"8GiB\"\n```\n\n" +
		"| setting | default | expected | variable | what it does |\n|---|---|---|---|---|\n")
	cell := strings.NewReplacer("|", "\\|").Replace
	for _, s := range settings {
		names := "`" + s.Env() + "`"
		for _, n := range s.Names {
			names += ", `" + n + "`"
		}
		help := s.Help
		if s.Later {
			help += " From the next start on."
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s |\n", s.Key, s.Default, cell(s.Expect()), names, cell(help))
	}
	b.WriteString("\n## Aliases\n\nThe table `[alias]` of `config.toml` gives names to command lines; `assay config set alias.NAME LINE` writes one.\n\n" +
		"```toml\n[alias]\nnightly = \"fuzz autodiff --budget 2h\"\n```\n\n" +
		"`assay nightly --seed 2` is then `assay fuzz autodiff --budget 2h --seed 2`, and so is `nightly --seed 2` in the palette (`ctrl+p`). The\n" +
		"line begins with a command, and the name of a command stays that command. `assay config show` lists aliases, shells complete them.\n")
	b.WriteString("\nA value of the wrong form is an error with file, line and column (E-CONFIG), an unknown key a warning with the nearest one.\n\n" +
		"## Keys\n\n`keys.toml`, beside `config.toml`, binds actions to keys; a table `[keys]` in `config.toml` does the same. The names of actions and\n" +
		"what they are bound to as they come stand in [keys.md](keys.md); `assay keys` shows what holds now.\n\n" +
		"```toml\n\"runs.cancel\" = [\"X\", \"delete\"]\n\"app.settings\" = \"f2\"\n\"app.suspend\" = []            # no key\n```\n\n" +
		"Keys are single characters (`j`, `G`, `/`), names (`enter`, `esc`, `tab`, `space`, `backspace`, `delete`, `insert`, `up`, `down`, `left`,\n" +
		"`right`, `home`, `end`, `pgup`, `pgdown`, `f1` to `f12`) and both with `ctrl+`, `alt+` or `shift+` before them. A binding that names an\n" +
		"unknown action, a key that does not arrive, or a key that another action of the same place has is refused in one line, and that action\n" +
		"keeps its own keys. Menus, forms, questions and ctrl+c keep theirs. Every action can also be typed in the line mode, whatever its keys are.\n")
	return b.String()
}

// Schema is the JSON schema of config.toml, for editors.
func Schema() map[string]any {
	tables := map[string]any{}
	for _, s := range settings {
		table, name, _ := strings.Cut(s.Key, ".")
		t, ok := tables[table].(map[string]any)
		if !ok {
			t = map[string]any{"type": "object", "additionalProperties": false, "properties": map[string]any{}}
			tables[table] = t
		}
		p := map[string]any{"description": s.Help, "default": s.Default}
		switch s.Type {
		case Choice:
			values := []any{}
			numbers := []any{}
			for _, c := range s.Choices {
				values = append(values, c)
				if c == "16" {
					numbers = append(numbers, 16)
				}
				if c == "256" {
					numbers = append(numbers, 256)
				}
				if c == "on" {
					numbers = append(numbers, true)
				}
				if c == "off" {
					numbers = append(numbers, false)
				}
			}
			p["enum"] = append(values, numbers...)
		case Count:
			p["type"], p["minimum"] = "integer", s.Least
		case Size:
			p["type"] = []string{"string", "integer"}
		default:
			p["type"] = "string"
		}
		t["properties"].(map[string]any)[name] = p
	}
	tables[keysTable] = map[string]any{
		"type": "object", "description": "Keys of actions, by the ID of the action; assay keys lists them.",
		"additionalProperties": map[string]any{"type": []string{"string", "array"}, "items": map[string]any{"type": "string"}},
	}
	tables[aliasTable] = map[string]any{
		"type": "object", "description": "Names for command lines, such as nightly = \"fuzz autodiff --budget 2h\".",
		"additionalProperties": map[string]any{"type": "string"},
	}
	return map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "assay config.toml",
		"type": "object", "additionalProperties": false, "properties": tables,
	}
}
