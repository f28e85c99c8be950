package job

import (
	"strings"

	"assay/core/bench"
	"assay/core/prune"
)

// sweepKinds returns the campaigns over methods, exponents and seeds.
func sweepKinds() []bench.Kind {
	return []bench.Kind{
		{
			Name: "prune.sweep", Title: "Sweep methods and compressions",
			Summary:  "Prunes a network before training by several methods at several compressions with several seeds, trains what is left and draws the curves of accuracy against compression.",
			Schema:   sweepSchema(),
			Resolve:  resolveSweep,
			New:      newSweep,
			Document: sweepDocument,
		},
		{
			Name: "prune.agent", Title: "Train the agent of panning-rl",
			Summary:  "Trains the TD3 agent that weights the indices of Panning at every step, on one network; it prunes other networks too.",
			Schema:   agentSchema(),
			Resolve:  resolveSweep,
			New:      newAgent,
			Document: agentDocument,
		},
	}
}

func sweepNet() bench.Schema {
	return bench.Schema{
		{Name: "net", Type: bench.String, Default: "lenet5", Group: groupNet, Help: "network: " + strings.Join(prune.Names(), ", ") + ", or a description in a .json file"},
		{Name: "net-json", Type: bench.String, Group: groupNet, Help: "the description itself; filled in from the file when the run is recorded"},
		{Name: "data", Type: bench.String, Default: "mnist", Group: groupNet, Help: "images: mnist, which ships, or a folder with CIFAR-10 or MNIST files"},
	}
}

func sweepSchema() bench.Schema {
	own := bench.Schema{
		{Name: "methods", Type: bench.String, Default: "random,magnitude,snip,grasp,synflow,force,panning", Group: groupPrune,
			Help: "methods, separated by commas: " + strings.Join(prune.Methods(), ", ") + "; a control behind one, as in synflow~shuffle: " + strings.Join(prune.Controls(), ", ")},
		{Name: "exponents", Type: bench.String, Default: "0.5..3.0:0.5", Group: groupPrune, Help: "compressions 10^x: a range FROM..TO:STEP or a list; 50x, 10^1.7 and 98% are read too"},
		{Name: "seeds", Type: bench.Int, Default: "3", Unit: "seeds", Min: 1, Max: 1000, Group: groupPrune, Help: "trials of every cell of the grid, each with a seed of its own"},
		{Name: "seed", Type: bench.Int, Default: "1", Min: 0, Max: 1 << 53, Group: groupPrune, Help: "the first seed"},
		{Name: "score-images", Type: bench.Int, Default: "100", Unit: "images", Min: 1, Max: 1 << 20, Group: groupPrune, Help: "images of a score batch, classes in equal parts"},
		{Name: "batches", Type: bench.Enum, Default: "auto", Choices: []string{"auto", "one", "fresh"}, Group: groupPrune,
			Help: "one score batch for all steps of a method, or a fresh one each; auto is one for quick and fresh for paper"},
		agentParam(),
		{Name: "preset", Type: bench.Enum, Default: "quick", Choices: []string{"quick", "paper"}, Group: groupTrain, Help: "quick trains 2 epochs on 10,000 images; paper follows the released code of Panning"},
		{Name: "epochs", Type: bench.Int, Default: "-1", Unit: "epochs", Min: -1, Max: 100_000, Group: groupTrain, Help: "epochs of each trial; 0 evaluates only, -1 is the preset's"},
		{Name: "train-images", Type: bench.Int, Default: "0", Unit: "images", Min: 0, Max: 1 << 24, Group: groupTrain, Help: "training images, classes in equal parts; 0 is the preset's"},
		{Name: "lr", Type: bench.Float, Default: "0", Min: 0, Max: 1e9, Group: groupTrain, Help: "peak learning rate; 0 is the preset's"},
		{Name: "init", Type: bench.Enum, Default: string(prune.FanIn), Choices: prune.Schemes(), Group: groupTrain, Help: "how weights are drawn"},
	}
	return grouped(sweepNet(), own, machineParams())
}

func agentSchema() bench.Schema {
	own := bench.Schema{
		{Name: "steps", Type: bench.Int, Default: "50000", Unit: "steps", Min: 1, Max: 1e7, Group: groupTrain, Help: "steps of the environment; an episode has 100"},
		{Name: "warmup", Type: bench.Int, Default: "2000", Unit: "steps", Min: 0, Max: 1e7, Group: groupTrain, Help: "steps of random actions before learning begins"},
		{Name: "hidden", Type: bench.Int, Default: "256", Unit: "units", Min: 1, Max: 4096, Group: groupTrain, Help: "width of the hidden layers of actor and critics"},
		{Name: "batch", Type: bench.Int, Default: "256", Unit: "transitions", Min: 1, Max: 65536, Group: groupTrain, Help: "transitions of an update"},
		{Name: "max-exponent", Type: bench.Float, Default: "4", Min: 0.7, Max: prune.MaxExponent, Group: groupTrain, Help: "targets are drawn up to a compression of 10^x"},
		{Name: "seed", Type: bench.Int, Default: "1", Min: 0, Max: 1 << 53, Group: groupTrain, Help: "seed of the network, the batches and the agent"},
		{Name: "init", Type: bench.Enum, Default: string(prune.FanIn), Choices: prune.Schemes(), Group: groupTrain, Help: "how weights of the network are drawn"},
		{Name: "bank", Type: bench.Int, Default: "64", Unit: "batches", Min: 1, Max: 4096, Group: groupPrune, Help: "batches whose SNIP and GraSP are computed beforehand and drawn from"},
		{Name: "score-images", Type: bench.Int, Default: "100", Unit: "images", Min: 1, Max: 1 << 20, Group: groupPrune, Help: "images of a batch, classes in equal parts"},
		{Name: "out", Type: bench.Path, Group: groupTrain, Help: "file that the trained agent is written to"},
	}
	return grouped(sweepNet(), own, machineParams())
}
