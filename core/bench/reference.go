package bench

import (
	"fmt"
	"strings"
)

// Reference writes the reference page of the kinds, in Markdown: a section a
// kind, a table a group of parameters.
func Reference(kinds Registry) string {
	var b strings.Builder
	b.WriteString("# Kinds of runs and their parameters\n\n")
	b.WriteString("Generated from the parameter schemas. A parameter has the same name as a flag (`--max-new`), and with\n")
	b.WriteString("underscores in TOML, JSON and the database (`max_new`).\n")
	for _, k := range kinds {
		fmt.Fprintf(&b, "\n## `assay %s`: %s\n\n%s\n", strings.Replace(k.Name, ".", " ", 1), k.Title, oneLine(k.Summary))
		for i, p := range k.Schema {
			if i == 0 || p.Group != k.Schema[i-1].Group {
				if p.Group != "" {
					fmt.Fprintf(&b, "\n### %s\n", p.Group)
				}
				b.WriteString("\n| flag | takes | unit | default | meaning |\n|---|---|---|---|---|\n")
			}
			fmt.Fprintf(&b, "| `--%s` | %s | %s | %s | %s |\n", p.Name, cell(p.Expect()), cell(p.Unit), code(p.Default), cell(p.Help))
		}
	}
	return b.String()
}

func cell(text string) string { return strings.ReplaceAll(oneLine(text), "|", `\|`) }

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + cell(text) + "`"
}
