package net_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"assay/core/prune"
	"assay/core/prune/net"
	"assay/gpu"
)

// cpuSeconds is the time that this process has had of CPUs: on a machine that
// others use too it is steadier than a clock.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// BenchmarkStep times a training step: upload, forward, backward and descent.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		net string
		n   int
	}{{"lenet5", 128}, {"resnet20", 128}, {"vgg16-bn", 100}} {
		b.Run(c.net, func(b *testing.B) {
			d, err := gpu.Open("cpu", gpu.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			spec, err := prune.Named(c.net)
			if err != nil {
				b.Fatal(err)
			}
			m, err := net.New(d, spec)
			if err != nil {
				b.Fatal(err)
			}
			p, r, err := m.Layout().Init(1, prune.FanIn)
			if err != nil {
				b.Fatal(err)
			}
			if err := m.Load(p, r); err != nil {
				b.Fatal(err)
			}
			v, err := d.New(gpu.F32, m.Layout().Params)
			if err != nil {
				b.Fatal(err)
			}
			x := batch(m, c.n, 1)
			step := func() {
				if _, err := m.Backward(context.Background(), x, net.Options{Track: true}); err != nil {
					b.Fatal(err)
				}
				if err := m.Stream().Descend(m.Params(), v, m.Grads(), gpu.Tensor{}, gpu.Descent{Rate: .001, Momentum: .9, Nesterov: true}); err != nil {
					b.Fatal(err)
				}
			}
			step()
			b.ResetTimer()
			best, before := time.Hour, cpuSeconds()
			for range b.N {
				t := time.Now()
				step()
				best = min(best, time.Since(t))
			}
			b.ReportMetric(float64(c.n)/best.Seconds(), "best-images/s")
			b.ReportMetric(float64(c.n*b.N)/(cpuSeconds()-before), "images/cpu-s")
		})
	}
}
