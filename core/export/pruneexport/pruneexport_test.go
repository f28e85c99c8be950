package pruneexport_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"assay/core/bench"
	"assay/core/export"
	"assay/core/export/exporttest"
	"assay/core/export/pruneexport"
	"assay/core/plot"
	"assay/core/prune"
	"assay/core/run"
)

// doc is a document in the making.
type doc struct {
	*export.Document
	t testing.TB
}

func newDoc(t testing.TB, kind, params string) doc {
	return doc{&export.Document{Run: run.Run{ID: "01J9W3AA000000000000000000", Bench: "prune", Kind: kind, Name: "fixture-1", State: run.Done, Host: "box", Seed: 1,
		Params: []byte(params), Env: []byte(`{"version":"0.1"}`), CreatedMs: 1773497600000, StartedMs: 1773497600100, EndedMs: 1773497604100, Headline: "a headline"}}, t}
}

func (d doc) record(kind, key string, data any) {
	d.t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		d.t.Fatal(err)
	}
	d.Run.LastSeq++
	d.Records = append(d.Records, run.Record{Seq: d.Run.LastSeq, Kind: kind, Key: key, Data: raw})
}

func network() prune.NetDoc {
	return prune.NetDoc{Net: "lenet5", Data: "mnist", TrainImages: 1000, TestImages: 500, Counts: prune.Counts{Prunable: 430500, Params: 431080, MACs: 2293000},
		Checkpoint: "/srv/secret/lenet5.safetensors", Device: "cpu", Threads: 2}
}

func layers(keep int) []prune.KeptDoc {
	return []prune.KeptDoc{{Name: "conv1.weight", Kept: 500 / keep, Live: 500 / keep, Of: 500}, {Name: "fc1.weight", Kept: 400000 / keep, Live: 399000 / keep, Of: 400000}}
}

func sweep(t testing.TB) doc {
	d := newDoc(t, "prune.sweep", `{"net":"lenet5","net_json":"","data":"/srv/secret/mnist","methods":"synflow,random","exponents":"1,2","seeds":2,"seed":1}`)
	d.record(prune.RecordNet, "", network())
	for seed := 1; seed <= 2; seed++ {
		for i, x := range []float64{1, 2} {
			for k, m := range []string{"random", "synflow"} {
				acc := .9 - .1*float64(i) + .05*float64(k) - .5*float64(i*(1-k)) + .001*float64(seed)
				loss := 1 - acc
				c := prune.CellDoc{Method: m, Exponent: x, Seed: seed, Accuracy: &acc, Loss: &loss, Kept: 40000 / (1 + 9*i), Sparsity: .9, EffectiveSparsity: .91, MACs: 200000, Layers: layers(10 * (1 + 9*i))}
				if m == "random" && x == 2 && seed == 2 {
					c.Accuracy, c.Reason = nil, "the loss stopped being a number at step 3 (epoch 1)"
				}
				d.record(prune.RecordCell, c.Key(), c)
				d.record(prune.RecordCellEpoch, c.Key()+"/1", prune.CellEpochDoc{Cell: c.Key(), Epoch: 1, Of: 1, Loss: loss, Accuracy: acc})
			}
		}
	}
	return d
}

func trial(t testing.TB) doc {
	d := newDoc(t, "prune.try", `{"net":"/srv/secret/net.json","net_json":"{\"input\":[1]}","data":"mnist","checkpoint":"/srv/secret/lenet5.safetensors"}`)
	d.record(prune.RecordNet, "", network())
	d.record(prune.RecordTested, "before", prune.TestDoc{Accuracy: .99, Loss: .03, Images: 500})
	d.record(prune.RecordMask, "", prune.MaskDoc{Method: "snip", Exponent: 1, Kept: 40050, Sparsity: .9, EffectiveSparsity: .901, Layers: layers(10), Dense: &prune.DenseDoc{Layers: layers(1)}})
	d.record(prune.RecordTested, "after", prune.TestDoc{Accuracy: .4, Loss: 1.9, Images: 500})
	d.record(prune.RecordEpoch, "1", prune.EpochDoc{Epoch: 1, Loss: .3, TrainAccuracy: .9, Accuracy: .95, TestLoss: .2, LR: .01})
	d.record(prune.RecordTested, "trained", prune.TestDoc{Accuracy: .95, Loss: .2, Images: 500})
	return d
}

func layerMap(t testing.TB) doc {
	d := newDoc(t, "prune.sensitivity", `{"net":"lenet5","net_json":"","data":"mnist","checkpoint":"/srv/secret/lenet5.safetensors"}`)
	d.record(prune.RecordNet, "", network())
	d.record(prune.RecordTested, "before", prune.TestDoc{Accuracy: .99, Loss: .03, Images: 500})
	for i, name := range []string{"conv1", "fc1"} {
		for _, x := range []float64{.5, 1, 2} {
			d.record(prune.RecordLayer, fmt.Sprintf("%s/%g", name, x), prune.LayerDoc{Name: name, Exponent: x, Kept: 10, Accuracy: .99 - .1*x*float64(2-i), Loss: x})
		}
	}
	return d
}

func train(t testing.TB) doc {
	d := newDoc(t, "prune.train", `{"net":"lenet5","net_json":"","data":"mnist","checkpoint":""}`)
	d.record(prune.RecordNet, "", network())
	for e := 1; e <= 3; e++ {
		d.record(prune.RecordEpoch, fmt.Sprint(e), prune.EpochDoc{Epoch: e, Loss: 1 / float64(e), TrainAccuracy: .9, Accuracy: .91, TestLoss: .3, LR: .1, TrainMs: 10})
	}
	d.record(prune.RecordTested, "trained", prune.TestDoc{Accuracy: .91, Loss: .3, Images: 500})
	return d
}

func agent(t testing.TB) doc {
	d := newDoc(t, "prune.agent", `{"net":"lenet300","net_json":"","data":"mnist"}`)
	for e := 1; e <= 12; e++ {
		d.record(prune.RecordEpisode, fmt.Sprint(e), prune.EpisodeDoc{Episode: e, Steps: 100 * e, Exponent: 1.5, Length: 100, Reward: -20 + float64(e), Dropped: e == 4})
	}
	return d
}

func kind(name string) bench.Kind {
	return bench.Kind{Name: name, Title: "Prune", Summary: "Does what it says.", Schema: bench.Schema{
		{Name: "net", Type: bench.String, Help: "net"}, {Name: "net-json", Type: bench.String, Help: "its text"},
		{Name: "data", Type: bench.String, Help: "images"}, {Name: "checkpoint", Type: bench.Path, Help: "weights"},
		{Name: "methods", Type: bench.String, Help: "methods"}, {Name: "exponents", Type: bench.String, Help: "compressions"},
		{Name: "seeds", Type: bench.Int, Default: "3", Help: "seeds"}, {Name: "seed", Type: bench.Int, Default: "1", Help: "the first seed"}}}
}

func report(t *testing.T, d doc) map[string][]byte {
	t.Helper()
	files, err := export.Report(d.Document, kind(d.Run.Kind), pruneexport.Teller{}, plot.Style{Palette: plot.Light()})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		out[f.Name] = f.Data
	}
	return out
}

func TestReports(t *testing.T) {
	for _, c := range []struct {
		name     string
		doc      doc
		pictures []string
		inputs   int
		says     []string
	}{
		{"sweep", sweep(t), []string{"accuracy.svg", "macs.svg"}, 0, []string{"synflow is the most accurate", "1 of them without an accuracy", "the loss stopped being a number at step 3"}},
		{"trial", trial(t), []string{"layers.svg", "training.svg"}, 1, []string{"from 99.00 % to 40.00 %, and to 95.00 % after training", "net.json"}},
		{"map", layerMap(t), []string{"sensitivity.svg"}, 0, []string{"conv1 at 10^2 costs the most: 59.00 % are left of 99.00 %"}},
		{"train", train(t), []string{"training.svg"}, 0, []string{"After 3 epochs the accuracy on 500 test images is 91.00 %"}},
		{"agent", agent(t), []string{"reward.svg"}, 0, []string{"12 episodes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := report(t, c.doc)
			text := string(files["report.md"])
			exporttest.Golden(t, c.name+".md", files["report.md"])
			for _, p := range c.pictures {
				if !strings.Contains(text, "]("+p+")") {
					t.Errorf("the page does not show %s", p)
				}
				wellFormed(t, p, files[p])
			}
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			if len(files) != 1+len(c.pictures)+c.inputs {
				t.Errorf("%d files", len(files))
			}
			for name, data := range files {
				if bytes.Contains(data, []byte("/srv")) || bytes.Contains(data, []byte("secret")) {
					t.Errorf("%s names a path of the machine", name)
				}
				if bytes.Contains(data, []byte("NaN")) {
					t.Errorf("%s says NaN", name)
				}
			}
		})
	}
}

// A run that was killed and resumed has its cells in another order.
func TestTheOrderOfCellsDoesNotShow(t *testing.T) {
	a, b := sweep(t), sweep(t)
	slices.Reverse(b.Records)
	want := report(t, a)
	for name, data := range report(t, b) {
		if !bytes.Equal(data, want[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestSheetsAreTidy(t *testing.T) {
	for name, d := range map[string]doc{"sweep": sweep(t), "trial": trial(t), "map": layerMap(t), "train": train(t), "agent": agent(t)} {
		sheets, err := pruneexport.Teller{}.Sheets(d.Document)
		if err != nil {
			t.Fatal(err)
		}
		exporttest.Golden(t, name+".csv", exporttest.Tidy(t, sheets, 4))
	}
}

// A run that stored nothing, and kinds that do not exist, are told with what there is.
func TestUnfinishedRunsAreTold(t *testing.T) {
	for _, k := range []string{"prune.sweep", "prune.try", "prune.sensitivity", "prune.train", "prune.agent", "prune.none"} {
		d := newDoc(t, k, `{}`)
		d.Run.State, d.Run.ErrorCode, d.Run.ErrorText = run.Failed, string(run.EInput), "no images"
		if text := string(report(t, d)["report.md"]); !strings.Contains(text, "This run is failed (E-INPUT: no images)") || strings.Contains(text, "NaN") {
			t.Errorf("%s: %s", k, text)
		}
		if _, err := (pruneexport.Teller{}).Sheets(d.Document); err != nil {
			t.Errorf("%s: %v", k, err)
		}
	}
	d := sweep(t)
	d.Records[3].Data = []byte(`{"method":1}`)
	if _, err := (pruneexport.Teller{}).Tell(d.Document); err == nil || !strings.Contains(err.Error(), "record prune.cell") {
		t.Errorf("a damaged record: %v", err)
	}
}

func wellFormed(t *testing.T, name string, data []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}
