package tensors

import "strings"

// aliases are other beginnings of names under which public PyTorch models keep
// the tensors of the named networks, and ours.
var aliases = [][2]string{
	{"feature.", "features."}, // GraSP's and Panning's VGG
	{"classifier.0.", "classifier."},
	{"fc.", "linear."}, // torchvision's end of a ResNet
	{"fc.", "classifier."},
	{"linear.", "classifier."},
	{"bn.", "bn1."},  // GraSP's ResNet
	{"fc3.", "fc1."}, // LeNet-5 counted from its convolutions
	{"fc4.", "fc2."},
	{"ip1.", "fc1."}, // Caffe's LeNet
	{"ip2.", "fc2."},
}

// ours returns the name in a layout that a name in a file stands for: itself
// where the layout has it, or that of an alias.
func ours(name string, known map[string]bool) string {
	if known[name] {
		return name
	}
	for _, a := range aliases {
		if rest, ok := strings.CutPrefix(name, a[0]); ok && known[a[1]+rest] {
			return a[1] + rest
		}
	}
	return name
}
