package prunebench

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"assay/core/prune"
	"assay/core/run"
	"assay/tui/ui"
)

// epochs are those of a training, ascending.
type epochs []prune.EpochDoc

// take takes a record of an epoch; one that is done again replaces itself and those
// behind it.
func (e *epochs) take(r run.Record) {
	if d, ok := read[prune.EpochDoc](r); ok {
		*e = append(slices.DeleteFunc(*e, func(x prune.EpochDoc) bool { return x.Epoch >= d.Epoch }), d)
	}
}

// series returns a value over the epochs.
func (e epochs) series(name string, of func(prune.EpochDoc) float64) ui.Series {
	out := ui.Series{Name: name}
	for _, d := range e {
		out.X, out.Y = append(out.X, float64(d.Epoch)), append(out.Y, of(d))
	}
	return out
}

// chart draws accuracy on training and test images, with the epoch under the
// cross-hair below.
func (e epochs) chart(s *Screen, w, h int) []string {
	if len(e) == 0 {
		return s.pending("the first epoch is not over yet", "no epoch was trained")
	}
	at := e[max(min(s.cross(), len(e)-1), 0)]
	ch := ui.Chart{XName: "epoch", Cross: float64(at.Epoch), Series: []ui.Series{
		e.series("train %", func(d prune.EpochDoc) float64 { return 100 * d.TrainAccuracy }),
		e.series("test %", func(d prune.EpochDoc) float64 { return 100 * d.Accuracy }),
	}}
	foot := fmt.Sprintf(" epoch %d: train %s  test %s  loss %.4f  test loss %.4f  rate %.3g", at.Epoch, percent(at.TrainAccuracy, 2), percent(at.Accuracy, 2), at.Loss, at.TestLoss, at.LR)
	lines := ui.Wrap(foot, max(w-1, 1))
	for i := range lines[1:] {
		lines[i+1] = " " + lines[i+1]
	}
	return append(s.chart(paneCurve, ch, w, h-len(lines)), lines...)
}

// trainPage shows the training of one network.
type trainPage struct {
	s      *Screen
	net    *prune.NetDoc
	tested *prune.TestDoc
	epochs epochs
}

func (p *trainPage) got(n news) {
	for _, r := range n.records {
		switch r.Kind {
		case prune.RecordNet:
			if d, ok := read[prune.NetDoc](r); ok {
				p.net = &d
			}
		case prune.RecordTested:
			if d, ok := read[prune.TestDoc](r); ok {
				p.tested = &d
			}
		case prune.RecordEpoch:
			p.epochs.take(r)
		}
	}
}

func (p *trainPage) places() int { return len(p.epochs) }

func (p *trainPage) panes() []string { return []string{paneCurve, paneLoss, paneList, paneRecipe} }

func (p *trainPage) tree(h int) ui.Area {
	return ui.Area{Areas: []ui.Area{
		{Across: true, Min: 10, Ideal: h * 3 / 5, Weight: 1, Priority: 9, Areas: []ui.Area{
			{ID: paneCurve, Min: 50, Ideal: 70, Weight: 1, Priority: 9}, {ID: paneLoss, Min: 40, Ideal: 56, Weight: 1, Priority: 5},
		}},
		{Across: true, Min: 7, Ideal: 12, Weight: 1, Priority: 8, Areas: []ui.Area{
			{ID: paneList, Min: 50, Ideal: 70, Weight: 1, Priority: 9}, {ID: paneRecipe, Min: 40, Ideal: 56, Weight: 1, Priority: 4},
		}},
	}}
}

func (p *trainPage) line() string {
	line := nets(p.net)
	if p.net != nil {
		line += fmt.Sprintf("epoch %d of %d", len(p.epochs), p.net.Recipe.Epochs)
	}
	switch {
	case p.tested != nil:
		line += "   test " + percent(p.tested.Accuracy, 2)
	case len(p.epochs) > 0:
		line += "   test " + percent(p.epochs[len(p.epochs)-1].Accuracy, 2)
	}
	return line
}

func (p *trainPage) help() string {
	return "Accuracy on training and test images and the loss by epoch, as they come; left and right move the cross-hair. The recipe stands beside the epochs. n prunes what was trained, where it was written to a file; m maps its layers."
}

func (p *trainPage) draw(pane string, w, h int) (string, []string) {
	switch pane {
	case paneCurve:
		return "accuracy by epoch", p.epochs.chart(p.s, w, h)
	case paneLoss:
		if len(p.epochs) == 0 {
			return "loss by epoch", p.s.pending("the first epoch is not over yet", "no epoch was trained")
		}
		return "loss by epoch", p.s.chart(paneLoss, ui.Chart{XName: "epoch", Cross: float64(p.epochs[p.s.cross()].Epoch), Series: []ui.Series{
			p.epochs.series("train", func(d prune.EpochDoc) float64 { return d.Loss }),
			p.epochs.series("test", func(d prune.EpochDoc) float64 { return d.TestLoss }),
		}}, w, h)
	case paneRecipe:
		return "recipe", p.recipe()
	}
	return "epochs " + strconv.Itoa(len(p.epochs)), nil
}

func (p *trainPage) recipe() []string {
	if p.net == nil {
		return nil
	}
	r := p.net.Recipe
	out := []string{
		fmt.Sprintf(" %s: %s weights, %s parameters", ui.Plain(p.net.Net), group(p.net.Prunable), group(p.net.Counts.Params)),
		fmt.Sprintf(" %s: %s training, %s test images", ui.Plain(p.net.Data), group(p.net.TrainImages), group(p.net.TestImages)),
		fmt.Sprintf(" %d epochs, batches of %d", r.Epochs, r.Batch),
		fmt.Sprintf(" rate %.4g, %s  momentum %.3g  decay %.3g", r.LR, r.Schedule, r.Momentum, r.Decay),
		" " + ui.Plain(p.net.Device),
	}
	if p.net.Checkpoint != "" {
		out = append(out, " from "+ui.Plain(p.net.Checkpoint))
	}
	return out
}

func (p *trainPage) columns() []ui.Column {
	return []ui.Column{ui.NumberColumn("epoch", 5, 9), ui.NumberColumn("loss", 8, 8), ui.NumberColumn("train %", 7, 8), ui.NumberColumn("test %", 7, 9), ui.NumberColumn("test loss", 9, 5), ui.NumberColumn("rate", 8, 4), ui.NumberColumn("images/s", 9, 6)}
}

func (p *trainPage) rows() ui.List {
	// The newest epoch comes first, where the cursor stands.
	n := len(p.epochs)
	return ui.List{Count: n, Name: func(i int) string { return strconv.Itoa(p.epochs[n-1-i].Epoch) }, Draw: func(i int) []ui.Cell {
		d, rate := p.epochs[n-1-i], "-"
		if d.TrainMs > 0 && p.net != nil {
			rate = group(int(float64(p.net.TrainImages) / d.TrainMs * 1000))
		}
		return []ui.Cell{{Text: strconv.Itoa(d.Epoch)}, {Text: fmt.Sprintf("%.4f", d.Loss)}, {Text: fmt.Sprintf("%.2f", 100*d.TrainAccuracy)}, {Text: fmt.Sprintf("%.2f", 100*d.Accuracy)},
			{Text: fmt.Sprintf("%.4f", d.TestLoss)}, {Text: fmt.Sprintf("%.3g", d.LR)}, {Text: rate}}
	}}
}

// agentPage shows the training of the agent of panning-rl.
type agentPage struct {
	s        *Screen
	episodes []prune.EpisodeDoc
}

func (p *agentPage) got(n news) {
	for _, r := range n.records {
		if r.Kind != prune.RecordEpisode {
			continue
		}
		if d, ok := read[prune.EpisodeDoc](r); ok {
			p.episodes = append(slices.DeleteFunc(p.episodes, func(x prune.EpisodeDoc) bool { return x.Episode >= d.Episode }), d)
		}
	}
}

func (p *agentPage) places() int { return len(p.episodes) }

func (p *agentPage) panes() []string { return []string{paneCurve, paneList} }

func (p *agentPage) tree(h int) ui.Area {
	return ui.Area{Areas: []ui.Area{
		{ID: paneCurve, Min: 10, Ideal: h * 3 / 5, Weight: 1, Priority: 9}, {ID: paneList, Min: 5, Ideal: 12, Weight: 1, Priority: 8},
	}}
}

func (p *agentPage) line() string {
	if n := len(p.episodes); n > 0 {
		return fmt.Sprintf("agent of panning-rl   %d episodes, %s steps   reward %.2f over the last ten", n, group(p.episodes[n-1].Steps), p.mean(n-1))
	}
	return "agent of panning-rl   no episode is over yet"
}

// mean is the mean reward of the ten episodes up to one.
func (p *agentPage) mean(i int) float64 {
	list := p.episodes[max(i-9, 0) : i+1]
	sum := 0.0
	for _, e := range list {
		sum += e.Reward
	}
	return sum / float64(len(list))
}

func (p *agentPage) help() string {
	return "The reward of each episode, which is one pruning run to a compression that is drawn anew, and the mean of the last ten. An agent that is trained prunes other networks too: --agent FILE of prune try, sweep and score."
}

func (p *agentPage) draw(pane string, w, h int) (string, []string) {
	if pane == paneList {
		return "episodes " + strconv.Itoa(len(p.episodes)), nil
	}
	if len(p.episodes) == 0 {
		return "reward by episode", p.s.pending("the first episode is not over yet", "no episode was played to its end")
	}
	at := p.episodes[p.s.cross()]
	one, ten := ui.Series{Name: "reward"}, ui.Series{Name: "mean of ten"}
	for i, e := range p.episodes {
		x, y := float64(e.Episode), e.Reward
		if e.Dropped {
			y = math.NaN()
		}
		one.X, one.Y = append(one.X, x), append(one.Y, y)
		ten.X, ten.Y = append(ten.X, x), append(ten.Y, p.mean(i))
	}
	foot := fmt.Sprintf(" episode %d: to 10^%.2f in %d steps, reward %.2f", at.Episode, at.Exponent, at.Length, at.Reward)
	return "reward by episode", append(p.s.chart(paneCurve, ui.Chart{XName: "episode", Cross: float64(at.Episode), Series: []ui.Series{one, ten}}, w, h-1), foot)
}

func (p *agentPage) columns() []ui.Column {
	return []ui.Column{ui.NumberColumn("episode", 7, 9), ui.NumberColumn("step", 8, 8), ui.NumberColumn("target", 8, 7), ui.NumberColumn("length", 6, 5), ui.NumberColumn("reward", 9, 9), ui.TextColumn("", 7, 10, 1, 6)}
}

func (p *agentPage) rows() ui.List {
	n := len(p.episodes)
	return ui.List{Count: n, Name: func(i int) string { return strconv.Itoa(p.episodes[n-1-i].Episode) }, Draw: func(i int) []ui.Cell {
		e, note := p.episodes[n-1-i], ""
		if e.Dropped {
			note = "dropped"
		}
		return []ui.Cell{{Text: strconv.Itoa(e.Episode)}, {Text: group(e.Steps)}, {Text: fmt.Sprintf("10^%.2f", e.Exponent)}, {Text: strconv.Itoa(e.Length)}, {Text: fmt.Sprintf("%.2f", e.Reward)}, {Text: note, Role: "warn"}}
	}}
}
