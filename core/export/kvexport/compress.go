package kvexport

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"assay/core/export"
	"assay/core/kv"
	"assay/core/kv/kvscene"
	"assay/core/plot"
)

// profiles returns the rows of a compression in the order of tables.
func profiles(d *export.Document) ([]kv.ProfileDoc, error) {
	list, _, err := export.Decode[kv.ProfileDoc](d, kv.RecordProfile)
	slices.SortStableFunc(list, func(a, b kv.ProfileDoc) int {
		return cmp.Or(cmp.Compare(slices.Index(kv.Codecs(), a.Profile), slices.Index(kv.Codecs(), b.Profile)), compareLevels(a.Level, b.Level),
			cmp.Compare(slices.Index(kv.TableModes(), a.Tables), slices.Index(kv.TableModes(), b.Tables)))
	})
	return list, err
}

// compareLevels orders levels by number; what has none, as the text, comes first.
func compareLevels(a, b string) int {
	number := func(level string) int {
		n, err := strconv.Atoi(level)
		if err != nil {
			return -1
		}
		return n
	}
	return cmp.Compare(number(a), number(b))
}

func contexts(d *export.Document) ([]kv.ContextDoc, error) {
	list, _, err := export.Decode[kv.ContextDoc](d, kv.RecordContext)
	return list, err
}

func tellCompress(d *export.Document) (export.Story, error) {
	var s export.Story
	list, err := profiles(d)
	if err != nil {
		return s, err
	}
	texts, err := contexts(d)
	if err != nil {
		return s, err
	}
	givePrompt(d, &s)
	if len(list) == 0 {
		return s, nil
	}
	s.Summary = compressSummary(list, texts)
	s.Sections = []export.Section{
		{Title: "Bits and loss", Blocks: []export.Block{export.Picture{File: "rate-distortion", Scene: kvscene.RateDistortion(list, texts)}, levels(list)}},
		{Title: "Sizes and rates", Blocks: []export.Block{sizes(list), export.Text("Bits a value; sizes count everything that a reader needs. Rates are of one core, measured.")}},
	}
	maps, err := where(d, list)
	if err != nil {
		return s, err
	}
	s.Sections = append(s.Sections, maps...)
	s.Sections = append(s.Sections, byTensor(list))
	return s, nil
}

// givePrompt writes the prompt of a run from a file beside its report.
func givePrompt(d *export.Document, s *export.Story) {
	if text := textOf(d.Run.Params, "prompt_json"); text != "" {
		s.Inputs = []export.File{{Name: "prompt.json", Data: []byte(text + "\n")}}
		s.Given = map[string]any{"prompt": "prompt.json", "prompt_json": ""}
	}
}

func compressSummary(list []kv.ProfileDoc, texts []kv.ContextDoc) []string {
	tokens, questions := 0, 0
	for _, c := range texts {
		tokens, questions = tokens+c.Tokens, questions+c.Questions
	}
	var out []string
	for _, d := range list {
		if kvscene.ProfileName(d) != kv.CodecExact {
			continue
		}
		text := fmt.Sprintf("On %s of %s, exact at level %s takes %s bits a value", plural(len(texts), "context"), plural(tokens, "token"), d.Level, number(d.Bits))
		for _, o := range list {
			if o.Profile == kv.CodecRef && o.Level == d.Level && o.Total > 0 {
				text += fmt.Sprintf(", %s of the released container", percent(float64(d.Total)/float64(o.Total)))
				break
			}
		}
		text += fmt.Sprintf(", and its answers to %s are %s nats (KL) away from full prefill's", plural(questions, "question"), nats(d.KL))
		if d.Accuracy != nil {
			text += fmt.Sprintf("; %s are right", percent(*d.Accuracy))
		}
		out = append(out, text+".")
	}
	return out
}

func levels(list []kv.ProfileDoc) export.Table {
	t := export.Table{Columns: []export.Column{left("profile"), right("level"), left("coder"), right("bits a value"), right("KL, nats"), right("95 %"), right("same top token"), right("right answers")}}
	for _, d := range list {
		accuracy := "-"
		if d.Accuracy != nil {
			accuracy = kvscene.Percent(*d.Accuracy) + " %"
		}
		t.Rows = append(t.Rows, plain(kvscene.ProfileName(d), cmp.Or(d.Level, "-"), cmp.Or(d.Coder, "-"), number(d.Bits), nats(d.KL), nats(d.KLCI[0])+" to "+nats(d.KLCI[1]), kvscene.Percent(d.Top1)+" %", accuracy))
	}
	return t
}

func sizes(list []kv.ProfileDoc) export.Table {
	t := export.Table{Columns: []export.Column{left("profile"), right("level"), right("bytes"), right("payload"), right("tables"), right("scales"), right("lengths"), right("headers"), right("entropy"),
		right("encode, M/s"), right("decode, M/s")}}
	for _, d := range list {
		part := func(n int64) string { return number(8 * float64(n) / float64(max(d.Values, 1))) }
		entropy := "-"
		if d.Entropy.LayerChannel > 0 {
			entropy = number(d.Entropy.LayerChannel)
		}
		t.Rows = append(t.Rows, plain(kvscene.ProfileName(d), cmp.Or(d.Level, "-"), strconv.FormatInt(d.Total, 10), part(d.Payload), part(d.Table), part(d.Scale), part(d.Length), part(d.Header), entropy,
			number(d.EncodeRate), number(d.DecodeRate)))
	}
	return t
}

// where maps the bits of the profile that says most: exact at the finest level that
// has a map, else the first that has one.
func where(d *export.Document, list []kv.ProfileDoc) ([]export.Section, error) {
	var best kv.ProfileDoc
	var found plot.Matrix
	for _, p := range list {
		m, err := matrix(d, p.Key+kv.ArrayBits)
		if err != nil {
			return nil, err
		}
		if m.Valid() && m.Rows > 1 && (!found.Valid() || p.Profile == kv.CodecExact) {
			best, found = p, m
		}
	}
	if !found.Valid() {
		return nil, nil
	}
	e := best.Entropy
	return []export.Section{{Title: "Where the bits are", Blocks: []export.Block{
		export.Picture{File: "bits", Scene: kvscene.Bits(best.Key, found)},
		export.Text(fmt.Sprintf("Entropy of its symbols, bits a value: %s under one table, %s under one a layer, %s under one a channel, %s under one a layer and channel.",
			number(e.Global), number(e.Layer), number(e.Channel), number(e.LayerChannel)))}}}, nil
}

// byTensor is the loss by layer of every row.
func byTensor(list []kv.ProfileDoc) export.Section {
	t := export.Table{Columns: []export.Column{left("profile"), right("layer"), right("bits K"), right("bits V"), right("RMSE K"), right("RMSE V"), right("SNR K, dB"), right("SNR V, dB"), right("KL alone, nats")}}
	for _, d := range list {
		half := len(d.Tensors) / 2
		for l := range half {
			k, v := d.Tensors[l], d.Tensors[half+l]
			t.Rows = append(t.Rows, plain(d.Key, whole(k.Layer), number(k.Bits), number(v.Bits), number(k.RMSE), number(v.RMSE), number(k.SNR), number(v.SNR), nats(k.KL)))
		}
	}
	return export.Section{Title: "By layer", Blocks: []export.Block{t, export.Text("Bits of the payload; KL with that layer alone coded, on the first context, 0 where it was not measured.")}}
}

func compressSheets(d *export.Document) ([]export.Sheet, error) {
	list, err := profiles(d)
	id := string(d.Run.ID)
	rows := export.Sheet{Name: "profiles", About: "one profile at one level over all contexts",
		Header: []string{"run_id", "key", "profile", "level", "coder", "tables", "rope_state", "values", "bits_per_value", "payload_bytes", "table_bytes", "scale_bytes", "length_bytes", "header_bytes", "total_bytes", "shared_table_bytes",
			"entropy_global", "entropy_layer", "entropy_channel", "entropy_layer_channel", "kl_nats", "kl_ci95_low", "kl_ci95_high", "top1", "accuracy", "encode_msym_s", "decode_msym_s", "decode_mb_s"},
		Rows: func(yield func([]string) bool) {
			for _, p := range list {
				accuracy := ""
				if p.Accuracy != nil {
					accuracy = export.Cell(*p.Accuracy)
				}
				row := []string{id, p.Key, p.Profile, p.Level, p.Coder, p.Tables, p.RoPE}
				for i, n := range []int64{p.Values, p.Payload, p.Table, p.Scale, p.Length, p.Header, p.Total, p.Shared} {
					if i == 1 {
						row = append(row, export.Cell(p.Bits))
					}
					row = append(row, strconv.FormatInt(n, 10))
				}
				e := p.Entropy
				for _, v := range []float64{e.Global, e.Layer, e.Channel, e.LayerChannel, p.KL, p.KLCI[0], p.KLCI[1], p.Top1} {
					row = append(row, export.Cell(v))
				}
				if !yield(append(row, accuracy, export.Cell(p.EncodeRate), export.Cell(p.DecodeRate), export.Cell(p.DecodeMB))) {
					return
				}
			}
		}}
	tensors := export.Sheet{Name: "tensors", About: "K or V of one layer under one profile and level",
		Header: []string{"run_id", "key", "part", "layer", "bins", "bits_per_value", "entropy", "rmse", "max_error", "snr_db", "kl_nats"},
		Rows: func(yield func([]string) bool) {
			for _, p := range list {
				for _, t := range p.Tensors {
					if !yield([]string{id, p.Key, t.Part, whole(t.Layer), whole(t.Bins), export.Cell(t.Bits), export.Cell(t.Entropy), export.Cell(t.RMSE), export.Cell(t.Max), export.Cell(t.SNR), export.Cell(t.KL)}) {
						return
					}
				}
			}
		}}
	return []export.Sheet{rows, tensors}, err
}
