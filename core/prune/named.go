package prune

import (
	"fmt"
	"slices"
	"strings"
)

// Names lists the networks that Named knows, in the order of menus.
func Names() []string {
	return []string{"lenet5", "lenet300", "resnet20", "resnet32", "vgg16-bn", "tiny-vgg", "tiny-resnet"}
}

// Named returns a network by name. LeNets take MNIST, the others CIFAR-10.
func Named(name string) (Spec, error) {
	switch name {
	case "lenet300":
		return lenet300(), nil
	case "lenet5":
		return lenet5(), nil
	case "vgg16-bn":
		return vgg(1, []int{64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512}), nil
	case "resnet20":
		return resnet(16, 3), nil
	case "resnet32":
		return resnet(16, 5), nil
	case "tiny-vgg": // a quarter of the width of VGG-16
		return vgg(4, []int{64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512}), nil
	case "tiny-resnet":
		return resnet(8, 1), nil
	}
	return Spec{}, fmt.Errorf("no net is called %q; known are %s, or give a description in a .json file", name, strings.Join(slices.Sorted(slices.Values(Names())), ", "))
}

func lenet300() Spec {
	return Spec{Input: []int{1, 28, 28}, Layers: []Layer{
		{Op: Flatten},
		{Op: Linear, Name: "fc1", Out: 300, Bias: true}, {Op: ReLU},
		{Op: Linear, Name: "fc2", Out: 100, Bias: true}, {Op: ReLU},
		{Op: Linear, Name: "fc3", Out: 10, Bias: true},
	}}
}

// lenet5 is the variant of Caffe with the activations of the pruning papers:
// no padding, pooling, then ReLU.
func lenet5() Spec {
	return Spec{Input: []int{1, 28, 28}, Layers: []Layer{
		{Op: Conv, Name: "conv1", Out: 20, Kernel: 5, Bias: true}, {Op: MaxPool, Kernel: 2}, {Op: ReLU},
		{Op: Conv, Name: "conv2", Out: 50, Kernel: 5, Bias: true}, {Op: MaxPool, Kernel: 2}, {Op: ReLU},
		{Op: Flatten},
		{Op: Linear, Name: "fc1", Out: 500, Bias: true}, {Op: ReLU},
		{Op: Linear, Name: "fc2", Out: 10, Bias: true},
	}}
}

// vgg builds the plan of widths, 0 being a pool, with batch norm, the numbering
// of PyTorch's Sequential and a mean over the last 2x2 map.
func vgg(divide int, plan []int) Spec {
	s := Spec{Input: []int{3, 32, 32}}
	at, width := 0, 0
	for _, w := range plan {
		if w == 0 {
			s.Layers = append(s.Layers, Layer{Op: MaxPool, Name: fmt.Sprintf("features.%d", at), Kernel: 2})
			at++
			continue
		}
		width = w / divide
		s.Layers = append(s.Layers,
			Layer{Op: Conv, Name: fmt.Sprintf("features.%d", at), Out: width, Kernel: 3, Padding: 1},
			Layer{Op: BatchNorm, Name: fmt.Sprintf("features.%d", at+1)},
			Layer{Op: ReLU, Name: fmt.Sprintf("features.%d", at+2)})
		at += 3
	}
	s.Layers = append(s.Layers, Layer{Op: AvgPool, Name: "avgpool", Kernel: 2}, Layer{Op: Flatten},
		Layer{Op: Linear, Name: "classifier", In: width, Out: 10, Bias: true})
	return s
}

// resnet is the network of He et al. for CIFAR-10, blocks in each of three
// stages, parameter-free shortcuts.
func resnet(width, blocks int) Spec {
	s := Spec{Input: []int{3, 32, 32}, Layers: []Layer{
		{Op: Conv, Name: "conv1", Out: width, Kernel: 3, Padding: 1},
		{Op: BatchNorm, Name: "bn1"}, {Op: ReLU, Name: "relu1"},
	}}
	from := "relu1"
	for stage := 1; stage <= 3; stage++ {
		w := width << (stage - 1)
		for b := range blocks {
			at := fmt.Sprintf("layer%d.%d.", stage, b)
			stride, with := 1, from
			if stage > 1 && b == 0 {
				stride, with = 2, at+"shortcut"
				s.Layers = append(s.Layers, Layer{Op: Shortcut, Name: with, Out: w, Stride: 2})
			}
			first := Layer{Op: Conv, Name: at + "conv1", Out: w, Kernel: 3, Stride: stride, Padding: 1}
			if stride == 2 {
				first.From = from
			}
			s.Layers = append(s.Layers, first,
				Layer{Op: BatchNorm, Name: at + "bn1"}, Layer{Op: ReLU, Name: at + "relu1"},
				Layer{Op: Conv, Name: at + "conv2", Out: w, Kernel: 3, Padding: 1},
				Layer{Op: BatchNorm, Name: at + "bn2"},
				Layer{Op: Add, Name: at + "add", With: with},
				Layer{Op: ReLU, Name: at + "relu2"})
			from = at + "relu2"
		}
	}
	s.Layers = append(s.Layers, Layer{Op: GlobalAvg}, Layer{Op: Linear, Name: "linear", Out: 10, Bias: true})
	return s
}
