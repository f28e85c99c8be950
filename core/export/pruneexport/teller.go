package pruneexport

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"assay/core/export"
	"assay/core/prune"
)

// Teller tells the runs of the pruning bench.
type Teller struct{}

var _ export.Teller = Teller{}

// Sheets implements export.Teller: for a sweep its cells, layers, points,
// differences and epochs, for a trial its layers, for a map its points, for
// trainings their epochs or episodes.
func (Teller) Sheets(d *export.Document) ([]export.Sheet, error) {
	switch d.Run.Kind {
	case "prune.sweep":
		return sweepSheets(d)
	case "prune.try":
		return trialSheets(d)
	case "prune.sensitivity":
		return mapSheets(d)
	case "prune.train":
		return trainSheets(d)
	case "prune.agent":
		return agentSheets(d)
	}
	return nil, nil
}

// Tell implements export.Teller.
func (Teller) Tell(d *export.Document) (export.Story, error) {
	var s export.Story
	var err error
	switch d.Run.Kind {
	case "prune.sweep":
		s, err = tellSweep(d)
	case "prune.try":
		s, err = tellTrial(d)
	case "prune.sensitivity":
		s, err = tellMap(d)
	case "prune.train":
		s, err = tellTrain(d)
	case "prune.agent":
		s, err = tellAgent(d)
	}
	if err != nil {
		return s, err
	}
	net, err := last[prune.NetDoc](d, prune.RecordNet, "")
	if err != nil {
		return s, err
	}
	if net != nil {
		s.Subject = subject(*net)
	}
	return s, beside(d, &s)
}

// subject is what was pruned or trained, and on what.
func subject(n prune.NetDoc) []export.Fact {
	device := n.Device
	if n.Threads > 0 {
		device += ", " + plural(n.Threads, "thread")
	}
	return []export.Fact{
		{Name: "network", Value: filepath.Base(n.Net)},
		{Name: "weights that can be pruned", Value: group(n.Prunable)},
		{Name: "parameters", Value: group(n.Counts.Params)},
		{Name: "multiply-adds of an input", Value: group(int(n.Counts.MACs))},
		{Name: "images", Value: fmt.Sprintf("%s, %s for training and %s for the test", n.Data, group(n.TrainImages), group(n.TestImages))},
		{Name: "device", Value: device},
	}
}

// beside writes a description of one's own beside the report, and gives the folder
// of the images by its name alone: nobody else has it where it lay.
func beside(d *export.Document, s *export.Story) error {
	var given map[string]any
	if err := json.Unmarshal(d.Run.Params, &given); err != nil {
		return fmt.Errorf("parameters: %w", err)
	}
	s.Given = map[string]any{}
	if text, ok := given["net_json"].(string); ok && text != "" {
		s.Inputs = append(s.Inputs, export.File{Name: "net.json", Data: []byte(text + "\n")})
		s.Given["net"], s.Given["net_json"] = "net.json", ""
	}
	if dir, ok := given["data"].(string); ok && filepath.IsAbs(dir) {
		s.Given["data"] = filepath.Base(dir)
	}
	return nil
}

// last returns the newest record of a kind, with a key where one is given, nil where
// there is none.
func last[T any](d *export.Document, kind, key string) (*T, error) {
	docs, keys, err := export.Decode[T](d, kind)
	for i := len(docs) - 1; i >= 0; i-- {
		if key == "" || keys[i] == key {
			return &docs[i], err
		}
	}
	return nil, err
}

// epochsOf returns the epochs of a training, each once.
func epochsOf(d *export.Document) ([]prune.EpochDoc, error) {
	list, _, err := export.Decode[prune.EpochDoc](d, prune.RecordEpoch)
	return list, err
}

// percent writes a share: "97.31 %".
func percent(share float64) string { return points(share) + " %" }

// points writes a share, or a difference of shares, in points of per cent.
func points(share float64) string { return strconv.FormatFloat(100*share, 'f', 2, 64) }

// signed is points with its sign.
func signed(d float64) string {
	if d > 0 {
		return "+" + points(d)
	}
	return points(d)
}

func compression(x float64) string { return "10^" + strconv.FormatFloat(x, 'g', -1, 64) }

// group writes a count with commas.
func group(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// enumerate joins words: "a", "a and b", "a, b and c".
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func right(name string) export.Column { return export.Column{Name: name, Right: true} }

func left(name string) export.Column { return export.Column{Name: name} }

func plain(texts ...string) []export.Value {
	out := make([]export.Value, len(texts))
	for i, t := range texts {
		out[i].Text = t
	}
	return out
}

func whole(n int) string { return strconv.Itoa(n) }

func trim(tensor string) string { return strings.TrimSuffix(tensor, ".weight") }
