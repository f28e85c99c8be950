package fuzzexport

import (
	"cmp"
	"slices"

	"assay/core/export"
	"assay/core/fuzz"
	"assay/core/run"
)

// Teller tells the runs of the Fuzz bench. Reproduce writes the program of a finding.
type Teller struct {
	Reproduce func(fuzz.FindingDoc) (fuzz.Reproducer, error)
}

var _ export.Teller = Teller{}

// Sheets implements export.Teller: for a campaign its findings, families of APIs,
// verdicts and the speed, for a look the entries of the Jacobians.
func (Teller) Sheets(d *export.Document) ([]export.Sheet, error) {
	if d.Run.Kind == "fuzz.case" {
		return lookSheets(d)
	}
	c, err := read(d)
	if err != nil {
		return nil, err
	}
	return c.sheets(string(d.Run.ID)), nil
}

// Tell implements export.Teller.
func (t Teller) Tell(d *export.Document) (export.Story, error) {
	if d.Run.Kind == "fuzz.case" {
		return tellLook(d)
	}
	c, err := read(d)
	if err != nil {
		return export.Story{}, err
	}
	return c.tell(t.Reproduce), nil
}

// campaign is what a run has stored.
type campaign struct {
	fuzz.CampaignDoc
	findings []fuzz.FindingDoc // in the order of their tests
	labels   map[string]run.Label
}

func read(d *export.Document) (campaign, error) {
	c := campaign{labels: map[string]run.Label{}}
	docs, _, err := export.Decode[fuzz.CampaignDoc](d, fuzz.RecordCampaign)
	if err != nil {
		return c, err
	}
	if len(docs) > 0 {
		c.CampaignDoc = docs[len(docs)-1]
	}
	if c.findings, _, err = export.Decode[fuzz.FindingDoc](d, run.FindingKind); err != nil {
		return c, err
	}
	slices.SortStableFunc(c.findings, func(a, b fuzz.FindingDoc) int { return cmp.Or(cmp.Compare(a.Test, b.Test), cmp.Compare(a.ID, b.ID)) })
	for _, l := range d.Labels {
		c.labels[l.Key] = l
	}
	return c, nil
}

// subject is what was tested.
func subject(t fuzz.TargetDoc) []export.Fact {
	return []export.Fact{{Name: "library", Value: t.Name + " " + t.Version}, {Name: "build", Value: export.WithoutPaths(t.Build)}, {Name: "runs in", Value: export.WithoutPaths(t.Program)}}
}
