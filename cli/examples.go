package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// moreExamples are command lines that stand in the help of commands beside those that
// a command brings along, by its path. Each is a line that somebody would type: a test
// reads them all as the program does.
var moreExamples = map[string][]string{
	"caption compose":   {"caption compose --backgrounds 200 --levels 0,1,2,3 --method paste --out pictures", "caption compose --corpus cutouts --photos photos --instances instances_val2017.json --out pictures"},
	"caption corpus":    {"caption corpus --json"},
	"caption judge":     {"caption judge --pairs captions.tsv", "caption judge --pairs captions.tsv --classes coco60 --synonyms woofer=dog --compare"},
	"caption labels":    {"caption labels @caption --json"},
	"caption plan":      {"caption plan --backgrounds 200", "caption plan --backgrounds 50 --levels 0,2 --relations roundtrip --json", "caption plan --captioner openai:http://localhost:8000/v1 --budget-usd 2 --backgrounds 500"},
	"caption replay":    {"caption replay --of @caption --variant exact --json"},
	"caption report":    {"caption report @caption --most 5", "caption report caption-s1-1 --json"},
	"caption repro":     {"caption repro @caption b0001-L2 --out bundle --json"},
	"config check":      {"config check", "config check .assay.toml", "config check --json"},
	"config edit":       {"config edit", "EDITOR=nano assay config edit --keys"},
	"config schema":     {"config schema > assay-settings.json"},
	"config show":       {"config show", "config show --origin", "config show --json"},
	"config unset":      {"config unset ui.theme", "config unset run.memory"},
	"data import":       {"data import photos32 --out my-images", "data import CIFAR-10-images --out cifar-10 --json"},
	"data ls":           {"data ls mnist cifar-10"},
	"db backup":         {"db backup --json"},
	"db gc":             {"db gc --keep-size 2GiB --dry-run --json"},
	"db stats":          {"db stats", "db stats --json"},
	"demo":              {"demo", "demo --open", "demo --json"},
	"doctor":            {"doctor", "doctor term", "doctor db --json", "doctor --bundle support.tar.gz"},
	"fuzz autodiff":     {"fuzz autodiff --target gorgonia --tests 2000 --seed 1 --detach"},
	"fuzz case":         {`fuzz case --case "$(cat case.json)" --order 2`, `fuzz case --target torch --python /usr/bin/python3 --case "$(cat case.json)" --json`},
	"fuzz minimise":     {"fuzz minimise @fuzz/f3a91c0b2d4e", "fuzz minimise f3a91c0b2d4e --timeout 5m --json"},
	"fuzz repro":        {"fuzz repro f3a91c0b2d4e", "fuzz repro @fuzz/f3a91c0b2d4e", "fuzz repro f3a91c0b2d4e --json"},
	"fuzz selftest":     {"fuzz selftest", "fuzz selftest --target torch --python /usr/bin/python3", "fuzz selftest --target gorgonia --json"},
	"fuzz triage":       {"fuzz triage --json"},
	"gpu bench":         {"gpu bench", "gpu bench --device cpu", "gpu bench --json"},
	"keys":              {"keys --defaults"},
	"kv check":          {"kv check", "kv check --model models/llama-7b", "kv check --json"},
	"kv codec":          {"kv codec --symbols symbols.json", "kv codec --symbols symbols.json --coder rans --json"},
	"kv eval":           {"kv eval --archives 500 --seed 2 --detach"},
	"kv load":           {"kv load --demo --gbps .2 --capacity-mib 64"},
	"kv pareto":         {"kv pareto --demo --tokens 2048 --detach"},
	"kv sweep":          {"kv sweep --demo --prompts 20 --json --progress jsonl"},
	"locate":            {"locate", "locate --json"},
	"model check":       {"model check", "model check models/llama-7b", "model check models/llama-7b --json"},
	"model inspect":     {"model inspect", "model inspect models/llama-7b", "model inspect models/llama-7b --json"},
	"model ls":          {"model ls", "model ls models", "model ls models --json"},
	"model logits":      {"model logits --ids 0,5,9", "model logits --model models/llama-7b --ids 1,15043", "model logits --ids 0,5,9 --json"},
	"prune agent":       {"prune agent --net lenet5 --max-exponent 2 --detach"},
	"prune curve":       {"prune curve prune-sweep-s1-1"},
	"prune score":       {"prune score --net lenet5 --method snip --exponent 50x --seed 2"},
	"prune sensitivity": {"prune sensitivity --net lenet5 --checkpoint lenet5.safetensors --images 1000 --detach"},
	"prune show":        {"prune show --net vgg16-bn --json"},
	"prune sweep":       {"prune sweep --net resnet20 --data cifar-10 --methods snip,synflow --exponents 1,1.5,2 --detach"},
	"prune train":       {"prune train --net lenet5 --epochs 1 --train-images 5000 --json"},
	"prune try":         {"prune try --net lenet5 --method synflow --exponent 2 --epochs 1"},
	"reset":             {"reset"},
	"run import":        {"run import run.json --json"},
	"run cancel":        {"run cancel @1", "run cancel sweep-s7-3", "run cancel @kv --json"},
	"run ls":            {"run ls --filter state:running,queued", "run ls --format '{{.name}} {{.headline}}'"},
	"run pause":         {"run pause @1", "run pause sweep-s7-3", "run pause @kv --json"},
	"run replay":        {"run replay @1", "run replay blend-s7-1 --json", "run replay @kv --timeout 10m"},
	"run resume":        {"run resume @1", "run resume sweep-s7-3 --detach", "run resume @prune --memory 8GiB --json"},
	"run rm":            {"run rm @1", "run rm blend-s7-1", "run rm 01J9W2 --json"},
	"run show":          {"run show @1", "run show blend-s7-1", "run show @kv --json"},
	"run star":          {"run star @1", "run star @1 --off", "run star blend-s7-1 --json"},
	"run tag":           {"run tag @1 --json"},
	"run wait":          {"run wait @1", "run wait sweep-s7-3 --timeout 10m", "run wait @1 --json --progress none"},
	"theme check":       {"theme check mine.toml", "theme check ~/.config/assay/themes/mine.toml"},
	"theme import":      {"theme import nord.yaml --name my-nord --force"},
	"theme ls":          {"theme ls", "theme ls --csv", "theme ls --json"},
	"theme show":        {"theme show nord", "theme show terminal"},
	"tour":              {"tour"},
	"version":           {"version", "version --json"},
}

// exemplify puts the examples into the help of the commands below one.
func exemplify(root *cobra.Command) {
	eachCommand(root, func(c *cobra.Command) {
		for _, line := range moreExamples[strings.TrimPrefix(c.CommandPath(), root.Name()+" ")] {
			if c.Example != "" {
				c.Example += "\n"
			}
			if !strings.Contains(line, "assay ") {
				line = "assay " + line
			}
			c.Example += "  " + line
		}
	})
}
