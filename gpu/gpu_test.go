package gpu_test

import (
	"errors"
	"strings"
	"testing"

	"assay/gpu"
)

// open returns a device that the test closes.
func open(t testing.TB, o gpu.Options) *gpu.Device {
	t.Helper()
	d, err := gpu.Open("cpu", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func tensor(t testing.TB, d *gpu.Device, dt gpu.DType, dims ...int) gpu.Tensor {
	t.Helper()
	x, err := d.New(dt, dims...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestOpenNamesWhatItHas(t *testing.T) {
	for _, c := range []struct {
		name, spec string
		options    gpu.Options
		env        map[string]string
		reason     error
		text       string
	}{
		{"unknown device", "tpu", gpu.Options{}, nil, gpu.ErrUnsupported, `"tpu"`},
		{"cuda", "cuda:0", gpu.Options{}, nil, gpu.ErrNoDriver, "cuda:0"},
		{"unknown ISA", "cpu", gpu.Options{ISA: "sse9"}, nil, gpu.ErrUnsupported, "base"},
		{"ISA of the environment", "cpu", gpu.Options{}, map[string]string{"ASSAY_CPU_ISA": "sse9"}, gpu.ErrUnsupported, "ASSAY_CPU_ISA"},
		{"threads", "cpu", gpu.Options{Threads: 65}, nil, gpu.ErrRange, "1 to 64"},
		{"negative threads", "cpu", gpu.Options{Threads: -1}, nil, gpu.ErrRange, "1 to 64"},
		{"threads of the environment", "cpu", gpu.Options{}, map[string]string{"ASSAY_THREADS": "many"}, gpu.ErrRange, "ASSAY_THREADS"},
		{"zero threads of the environment", "cpu", gpu.Options{}, map[string]string{"ASSAY_THREADS": "0"}, gpu.ErrRange, "ASSAY_THREADS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			d, err := gpu.Open(c.spec, c.options)
			if err == nil {
				d.Close()
				t.Fatal("opened")
			}
			if !errors.Is(err, c.reason) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, expected %v and %q in one line", err, c.reason, c.text)
			}
		})
	}
}

func TestOptionsOverrideTheEnvironment(t *testing.T) {
	t.Setenv("ASSAY_THREADS", "3")
	t.Setenv("ASSAY_CPU_ISA", "base")
	if i := open(t, gpu.Options{}).Info(); i.Threads != 3 || i.ISA != "base" {
		t.Errorf("environment ignored: %+v", i)
	}
	list, _ := gpu.List()
	best := list[0].ISAs[0]
	if i := open(t, gpu.Options{Threads: 2, ISA: best}).Info(); i.Threads != 2 || i.ISA != best {
		t.Errorf("options ignored: %+v", i)
	}
}

func TestListExplainsAbsentKinds(t *testing.T) {
	infos, problems := gpu.List()
	if len(infos) != 1 || infos[0].Kind != "cpu" || infos[0].Threads < 1 || infos[0].ISAs[len(infos[0].ISAs)-1] != "base" {
		t.Errorf("infos %+v", infos)
	}
	if len(problems) != 1 || problems[0].Kind != "cuda" {
		t.Errorf("problems %+v", problems)
	}
}

func TestCloseRefusesFurtherWork(t *testing.T) {
	d := open(t, gpu.Options{})
	x := tensor(t, d, gpu.F32, 4)
	d.Close()
	d.Close()
	if err := d.Default().Add(x, x, x); !errors.Is(err, gpu.ErrClosed) {
		t.Errorf("Add: %v", err)
	}
	if _, err := d.New(gpu.F32, 1); !errors.Is(err, gpu.ErrClosed) {
		t.Errorf("New: %v", err)
	}
	if err := d.Default().Err(); !errors.Is(err, gpu.ErrClosed) {
		t.Errorf("Err: %v", err)
	}
}
