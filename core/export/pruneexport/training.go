package pruneexport

import (
	"fmt"
	"math"

	"assay/core/export"
	"assay/core/plot"
	"assay/core/prune"
)

// training draws accuracy by epoch.
func training(list []prune.EpochDoc) plot.LineChart {
	train, test := plot.Line{Name: "training images"}, plot.Line{Name: "test images", Hue: 1}
	for _, e := range list {
		train.X, train.Y = append(train.X, float64(e.Epoch)), append(train.Y, 100*e.TrainAccuracy)
		test.X, test.Y = append(test.X, float64(e.Epoch)), append(test.Y, 100*e.Accuracy)
	}
	return plot.LineChart{Title: "Accuracy by epoch", X: plot.Axis{Name: "epoch", Whole: true}, Y: plot.Axis{Name: "accuracy, %", Lo: 0, Hi: 100}, Lines: []plot.Line{train, test}}
}

func tellTrain(d *export.Document) (export.Story, error) {
	var s export.Story
	list, err := epochsOf(d)
	if err != nil {
		return s, err
	}
	tested, err := last[prune.TestDoc](d, prune.RecordTested, "trained")
	if err != nil {
		return s, err
	}
	if tested != nil {
		s.Summary = []string{fmt.Sprintf("After %s the accuracy on %s test images is %s.", plural(len(list), "epoch"), group(tested.Images), percent(tested.Accuracy))}
	}
	if len(list) == 0 {
		return s, nil
	}
	t := export.Table{Columns: []export.Column{right("epoch"), right("loss"), right("training images, %"), right("test images, %"), right("test loss"), right("rate")}}
	for _, e := range list {
		t.Rows = append(t.Rows, plain(whole(e.Epoch), fmt.Sprintf("%.4f", e.Loss), points(e.TrainAccuracy), points(e.Accuracy), fmt.Sprintf("%.4f", e.TestLoss), fmt.Sprintf("%.3g", e.LR)))
	}
	s.Sections = []export.Section{{Title: "Training", Blocks: []export.Block{export.Picture{File: "training", Scene: training(list)}, t}}}
	return s, nil
}

func tellAgent(d *export.Document) (export.Story, error) {
	var s export.Story
	list, _, err := export.Decode[prune.EpisodeDoc](d, prune.RecordEpisode)
	if err != nil || len(list) == 0 {
		return s, err
	}
	one, ten := plot.Line{Name: "episode"}, plot.Line{Name: "mean of the last ten", Hue: 1}
	mean := 0.
	for i, e := range list {
		x, y := float64(e.Episode), e.Reward
		if e.Dropped {
			y = math.NaN()
		}
		window := list[max(i-9, 0) : i+1]
		mean = 0
		for _, w := range window {
			mean += w.Reward / float64(len(window))
		}
		one.X, one.Y, ten.X, ten.Y = append(one.X, x), append(one.Y, y), append(ten.X, x), append(ten.Y, mean)
	}
	s.Summary = []string{fmt.Sprintf("After %s and %s steps the mean reward of the last ten is %.2f.", plural(len(list), "episode"), group(list[len(list)-1].Steps), mean)}
	s.Sections = []export.Section{{Title: "Rewards", Blocks: []export.Block{export.Picture{File: "reward", Scene: plot.LineChart{Title: "Reward by episode",
		X: plot.Axis{Name: "episode", Whole: true}, Y: plot.Axis{Name: "reward"}, Lines: []plot.Line{one, ten}}}}}}
	return s, nil
}
