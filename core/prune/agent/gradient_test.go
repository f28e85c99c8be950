package agent

import (
	"math"
	"testing"

	"assay/core/prng"
)

// The gradients of Gorgonia against central differences of the plain forward pass.
func TestGradientsAgreeWithDifferences(t *testing.T) {
	const batch, hidden = 4, 6
	r := prng.New(2, "test")
	actor, critic, other := newMLP(r, []int{States}, hidden, Actions), newMLP(r, []int{States, Actions}, hidden, 1), newMLP(r, []int{States, Actions}, hidden, 1)
	draw := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		return v
	}
	s, a, y, ones := draw(batch*States), draw(batch*Actions), draw(batch), []float32{1, 1, 1, 1}
	critics := func() float64 {
		sum := 0.0
		for b := range batch {
			for _, m := range []*mlp{critic, other} {
				d := float64(m.forward(s[b*States:(b+1)*States], a[b*Actions:(b+1)*Actions])[0] - y[b])
				sum += d * d / batch
			}
		}
		return sum
	}
	policy := func() float64 {
		sum := 0.0
		for b := range batch {
			out := actor.forward(s[b*States : (b+1)*States])
			for i := range out {
				out[i] = float32(math.Tanh(float64(out[i])))
			}
			sum -= float64(critic.forward(s[b*States:(b+1)*States], out)[0]) / batch
		}
		return sum
	}
	cm, err := criticMachine(batch, critic, other)
	if err != nil {
		t.Fatal(err)
	}
	pm, err := actorMachine(batch, actor, critic)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, m *machine, loss func() float64, inputs ...[]float32) {
		for pass := range 2 { // a machine is used again and again
			g, err := m.run(inputs...)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range m.tensors {
				v := values(w)
				for k := 0; k < len(v); k += 3 {
					const eps = 2e-3 // of float32: smaller steps drown in rounding, larger ones cross edges of ReLU
					old := v[k]
					v[k] = old + eps
					up := loss()
					v[k] = old - eps
					down := loss()
					v[k] = old
					if want := (up - down) / (2 * eps); math.Abs(want-float64(g[i][k])) > 2e-2*math.Max(.1, math.Abs(want)) {
						t.Errorf("%s pass %d: gradient %d of tensor %d is %v, differences %v", name, pass, k, i, g[i][k], want)
					}
				}
			}
		}
	}
	check("critics", cm, critics, s, a, y, ones)
	check("actor", pm, policy, s, ones)
}
