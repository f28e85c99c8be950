package codec

import (
	"fmt"
	"slices"
	"strings"

	"assay/core/kv"
	"assay/core/run"
)

// Coders of a profile's symbols.
const (
	AC   = kv.CoderAC
	RANS = kv.CoderRANS
)

// Spec says how a chunk is coded. Coder is looked at by Exact alone: rans unless
// it is AC. Level is one of kv.LevelBins for the profiles that have levels. Tables is
// one of kv.TableModes, "" the profile's own; adaptive ones need the arithmetic coder
// and take it.
type Spec struct {
	Profile string
	Level   string
	Coder   string
	Tables  string
}

// method is what a profile does with the numbers.
type method struct {
	name   string
	levels bool // has the ladder of levels
	deltas bool // of two planes: anchors and deltas
	step   bool // deltas in steps of one size, with an escape
	fold   bool // rows that repeat are coded once
	rans   bool // coded with rANS unless the arithmetic coder is asked for
	tables int  // tables of a channel
	block  *blockFormat
	rotate bool // by a Hadamard matrix, head by head
}

// The kinds of tables, as the header says it.
const (
	tablesNone  = iota
	tablesChunk // the released code's, of the chunk itself
	tablesParam // ours, two bytes a channel
	tablesFull  // of the chunk itself, 16 bits a symbol and channel
	tablesModel // calibrated before: the chunk names them
	tablesAdaptive
)

// tablesOf returns the kind that a spec asks for.
func (m method) tablesOf(mode string) (int, error) {
	kind := map[string]int{"": m.tables, kv.TablesAuto: m.tables, kv.TablesParam: tablesParam, kv.TablesChunk: tablesFull, kv.TablesModel: tablesModel, kv.TablesAdaptive: tablesAdaptive}
	k, ok := kind[mode]
	if !ok || !m.fits(k) {
		return 0, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("profile %s with tables %q: expected one of %s for %s, %s and %s, else auto", m.name, mode,
			strings.Join(kv.TableModes(), ", "), kv.CodecPaper, kv.CodecPaperStep, kv.CodecExact)}
	}
	return k, nil
}

// fits reports whether a kind of tables goes with a profile.
func (m method) fits(kind int) bool {
	return kind == m.tables || m.tables == tablesParam && kind > tablesParam && kind <= tablesAdaptive
}

// methods are the profiles; the index is what the header holds.
var methods = []method{
	{name: kv.CodecPaper, levels: true, deltas: true, tables: tablesParam},
	{name: kv.CodecRef, levels: true, tables: tablesChunk},
	{name: kv.CodecExact, levels: true, fold: true, rans: true, tables: tablesParam},
	{name: kv.CodecQ8},
	{name: kv.CodecQ8Block, block: &q8Block},
	{name: kv.CodecQ4Block, block: &q4Block},
	{name: kv.CodecQ4Rotated, block: &q4Block, rotate: true},
	{name: kv.CodecF16, block: &f16Block},
	{name: kv.CodecPaperStep, deltas: true, step: true, tables: tablesParam},
}

func find(profile string) (int, error) {
	i := slices.IndexFunc(methods, func(m method) bool { return m.name == profile })
	if i < 0 {
		return 0, &run.Error{Code: run.EUsage, Text: fmt.Sprintf("unknown profile %q: expected %s", profile, strings.Join(kv.Codecs(), ", "))}
	}
	return i, nil
}

// bins returns the bins of K and V by layer.
func (m method) bins(level string, layers int) (bins [2][]int, err error) {
	if m.levels {
		bins[0], bins[1], err = kv.LevelBins(level, layers)
		return bins, err
	}
	for p := range bins {
		bins[p] = make([]int, layers)
		if m.block == nil {
			for l := range bins[p] {
				bins[p][l] = MaxBins
				if m.step {
					bins[p][l] = stepBins
				}
			}
		}
	}
	return bins, nil
}
