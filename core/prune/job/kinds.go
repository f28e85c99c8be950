package job

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/core/bench"
	"assay/core/prune"
	"assay/core/run"
)

// Kinds returns the kinds of runs of the pruning bench, in the order of menus.
func Kinds() []bench.Kind {
	return append([]bench.Kind{
		{
			Name: "prune.try", Title: "Prune a checkpoint and look",
			Summary:     "Scores the weights of one network, removes the rest, and tests it before and after; trains it under the mask if asked.",
			Schema:      trySchema(),
			Interactive: true,
			Resolve:     resolve,
			New:         newTry,
			Document:    tryDocument,
		},
		{
			Name: "prune.sensitivity", Title: "Prune one layer at a time",
			Summary:     "Tests a network with one layer pruned by magnitude and the others whole, for every layer and compression.",
			Schema:      sensitivitySchema(),
			Interactive: true,
			Resolve:     resolve,
			New:         newSensitivity,
			Document:    sensitivityDocument,
		},
		{
			Name: "prune.train", Title: "Train a network",
			Summary:  "Trains one of the networks, or one of your own description, and tests it after every epoch.",
			Schema:   trainSchema(),
			Resolve:  resolve,
			New:      newTrain,
			Document: trainDocument,
		},
	}, sweepKinds()...)
}

// The groups of the forms.
const (
	groupNet     = "Network"
	groupData    = "Data"
	groupPrune   = "Pruning"
	groupTrain   = "Training"
	groupMachine = "Machine"
)

func netParams(checkpoint string) bench.Schema {
	return bench.Schema{
		{Name: "net", Type: bench.String, Default: "lenet5", Group: groupNet, Help: "network: " + strings.Join(prune.Names(), ", ") + ", or a description in a .json file"},
		{Name: "net-json", Type: bench.String, Group: groupNet, Help: "the description itself; filled in from the file when the run is recorded"},
		{Name: "checkpoint", Type: bench.Path, Group: groupNet, Help: checkpoint},
		{Name: "init", Type: bench.Enum, Default: initAuto, Choices: append([]string{initAuto}, prune.Schemes()...), Group: groupNet, Help: "how weights are drawn; auto is fanin, or fanout for the recipe of the papers"},
		{Name: "seed", Type: bench.Int, Default: "1", Min: 0, Max: 1 << 53, Group: groupNet, Help: "seed of first weights, order of images and every other random choice"},
		{Name: "data", Type: bench.String, Group: groupData, Help: "image set: mnist, or a folder of CIFAR-10 or IDX files; empty is mnist for networks that take it"},
	}
}

// initAuto leaves the initialiser to the recipe.
const initAuto = "auto"

// schemeOf returns the initialiser of a run.
func schemeOf(p bench.Params) prune.Scheme {
	if x := p.String("init"); x != initAuto {
		return prune.Scheme(x)
	}
	if preset, ok := p["preset"]; ok && preset == "paper" {
		return prune.FanOut
	}
	return prune.FanIn
}

func imagesParam(preset, help string) bench.Param {
	return bench.Param{Name: "images", Type: bench.Int, Default: preset, Unit: "images", Min: 0, Max: 1 << 24, Group: groupData, Help: help}
}

func recipeParams(epochs string) bench.Schema {
	return bench.Schema{
		{Name: "preset", Type: bench.Enum, Default: "quick", Choices: []string{"quick", "paper"}, Group: groupTrain, Help: "recipe to start from: short cycles, or that of the papers"},
		{Name: "epochs", Type: bench.Int, Default: epochs, Unit: "epochs", Min: -1, Max: 1 << 16, Group: groupTrain, Help: "passes over the images; 0 only tests, -1 is the recipe's"},
		{Name: "batch", Type: bench.Int, Default: "0", Unit: "images", Min: 0, Max: 1 << 20, Group: groupTrain, Help: "images of a step; 0 is the recipe's"},
		{Name: "lr", Type: bench.Float, Default: "0", Min: 0, Max: 1e30, Group: groupTrain, Help: "peak learning rate; 0 is the recipe's"},
		{Name: "schedule", Type: bench.Enum, Default: "recipe", Choices: append([]string{"recipe"}, prune.Schedules()...), Group: groupTrain, Help: "how the rate goes over the steps"},
		{Name: "train-images", Type: bench.Int, Default: "0", Unit: "images", Min: 0, Max: 1 << 24, Group: groupTrain, Help: "training images, classes as even as they can be; 0 is all"},
	}
}

func machineParams() bench.Schema {
	return bench.Schema{
		{Name: "device", Type: bench.String, Default: "auto", Group: groupMachine, Help: "device to compute on: auto or cpu"},
		{Name: "threads", Type: bench.Int, Default: "0", Unit: "threads", Min: 0, Max: 64, Group: groupMachine, Help: "threads of the CPU device; 0 is as many as this process may use"},
	}
}

// grouped puts parameters of a group beside each other, groups in the order they
// come up: a form has each heading once.
func grouped(parts ...bench.Schema) bench.Schema {
	s := slices.Concat(parts...)
	first := map[string]int{}
	for i, p := range s {
		if _, ok := first[p.Group]; !ok {
			first[p.Group] = i
		}
	}
	slices.SortStableFunc(s, func(a, b bench.Param) int { return first[a.Group] - first[b.Group] })
	return s
}

func agentParam() bench.Param {
	return bench.Param{Name: "agent", Type: bench.Path, Group: groupPrune, Help: "agent of panning-rl, a file that prune agent wrote; empty is the one that ships"}
}

func outParam(help string) bench.Param {
	return bench.Param{Name: "out", Type: bench.Path, Group: groupNet, Help: help}
}

func trainSchema() bench.Schema {
	return grouped(netParams("safetensors file to start from; empty draws weights"),
		bench.Schema{outParam("safetensors file to write; empty writes none"), imagesParam("0", "test images; 0 is all")},
		recipeParams("-1"), machineParams())
}

func trySchema() bench.Schema {
	return grouped(netParams("safetensors file of the network; empty draws weights"),
		bench.Schema{
			{Name: "method", Type: bench.String, Default: prune.Magnitude, Group: groupPrune, Help: "how weights are ranked: " + strings.Join(prune.Methods(), ", ") + ", with ~" + strings.Join(prune.Controls(), ", ~") + " behind it for a control"},
			{Name: "exponent", Type: bench.String, Default: "1", Group: groupPrune, Help: "compression 10^x; 50x, 10^1.7 and 98% are read too"},
			{Name: "score-images", Type: bench.Int, Default: "10", Unit: "images", Min: 1, Max: 1 << 16, Group: groupPrune, Help: "images of each class that scores are taken on"},
			{Name: "steps", Type: bench.Int, Default: "0", Unit: "steps", Min: 0, Max: 1 << 16, Group: groupPrune, Help: "steps of the methods that have some; 0 is the method's"},
			{Name: "temperature", Type: bench.Float, Default: "0", Min: 0, Max: 1e9, Group: groupPrune, Help: "what divides the logits of scores; 0 is the method's"},
			agentParam(),
			outParam("safetensors file for the pruned weights; their masks go beside it, in NAME.mask.safetensors"),
			imagesParam("0", "test images; 0 is all"),
		}, recipeParams("0"), machineParams())
}

func sensitivitySchema() bench.Schema {
	return grouped(netParams("safetensors file of the network; empty draws weights"),
		bench.Schema{
			{Name: "exponents", Type: bench.String, Default: "0.3,0.5,1,1.3,2", Group: groupPrune, Help: "compressions 10^x of the one layer, as a list or FROM..TO:STEP"},
			imagesParam("1000", "test images, classes as even as they can be; 0 is all"),
		}, machineParams())
}

// resolve reads a description into the parameters and makes the data folder
// absolute, so that the record repeats the run.
func resolve(p bench.Params) (bench.Params, error) {
	if name := p.String("net"); p.String("net_json") == "" && !slices.Contains(prune.Names(), name) {
		s, err := readNet(name)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		p["net_json"] = string(text)
	}
	if _, ok := p["data"]; ok {
		where, err := folder(p.String("data"))
		if err != nil {
			return nil, err
		}
		p["data"] = where
	}
	return p, nil
}

// folder makes the name of a set absolute where it is a folder.
func folder(where string) (string, error) {
	if where == "" || where == "mnist" {
		return where, nil
	}
	if rest, ok := strings.CutPrefix(where, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		where = filepath.Join(home, rest)
	}
	return filepath.Abs(where)
}

// specOf returns the network of a run.
func specOf(p bench.Params) (prune.Spec, error) {
	if text := p.String("net_json"); text != "" {
		s, err := prune.ParseSpec([]byte(text))
		if err != nil {
			return s, &run.Error{Code: run.EInput, Text: err.Error()}
		}
		return s, nil
	}
	return readNet(p.String("net"))
}

// recipeOf returns the recipe of a run.
func recipeOf(p bench.Params, s prune.Spec) prune.Recipe {
	r := prune.Quick(s)
	if p.String("preset") == "paper" {
		r = prune.Paper(s)
	}
	if n := p.Int("epochs"); n >= 0 {
		r.Epochs = n
	}
	if n := p.Int("batch"); n > 0 {
		r.Batch = n
	}
	if x := p.Float("lr"); x > 0 {
		r.LR = x
	}
	if x := p.String("schedule"); x != "recipe" {
		r.Schedule = prune.Schedule(x)
	}
	return r
}
