package export

import "assay/core/plot"

// Teller knows what the runs of a bench mean.
type Teller interface {
	// Sheets returns the tables of a run; the first is the one that a command
	// prints. Sheets without rows are allowed.
	Sheets(d *Document) ([]Sheet, error)
	// Tell returns what a report says about a run, finished or not.
	Tell(d *Document) (Story, error)
}

// Story is what a report says about a run beyond what every run has. Texts are
// plain; the report escapes them.
type Story struct {
	Summary  []string       // the result in words, a paragraph each, the most important first
	Subject  []Fact         // what was measured and on what: the model, the device
	Sections []Section      // tables and pictures
	Inputs   []File         // files that the command reads, written beside the report
	Given    map[string]any // parameters that the command gives instead of the recorded ones: those files
}

// Fact is a named value; Code sets it in letters of one width.
type Fact struct {
	Name, Value string
	Code        bool
}

// Section is a part of a report.
type Section struct {
	Title  string
	Blocks []Block
}

// Block is a piece of a section: Text, Table, Code or Picture.
type Block interface{ block() }

// Text is a paragraph.
type Text string

// Table is a table for people. Rows are as long as Columns.
type Table struct {
	Columns []Column
	Rows    [][]Value
}

// Column is the heading of a column; numbers stand right.
type Column struct {
	Name  string
	Right bool
}

// Value is a cell of a Table; Code sets it in letters of one width, as output of
// a model is.
type Value struct {
	Text string
	Code bool
}

// Code is a program. Language is the name of its syntax for pages that color it; it
// may be empty.
type Code struct{ Language, Text string }

// Picture is a chart. File is the name of its file without the ending: letters,
// digits and -.
type Picture struct {
	File  string
	Scene plot.Scene
}

func (Text) block()    {}
func (Table) block()   {}
func (Code) block()    {}
func (Picture) block() {}

// Plain tells a run whose bench has nothing to say: its headline and its log.
type Plain struct{}

// Sheets implements Teller.
func (Plain) Sheets(*Document) ([]Sheet, error) { return nil, nil }

// Tell implements Teller.
func (Plain) Tell(*Document) (Story, error) { return Story{}, nil }
