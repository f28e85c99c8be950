package gpu_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"assay/gpu"
)

func TestNewRefusesBadSizes(t *testing.T) {
	d := open(t, gpu.Options{Threads: 1})
	for _, c := range []struct {
		dims   []int
		reason error
	}{
		{nil, gpu.ErrShape},
		{[]int{1, 1, 1, 1, 1, 1}, gpu.ErrShape},
		{[]int{3, -1}, gpu.ErrShape},
		{[]int{math.MaxInt, 2}, gpu.ErrShape},
		{[]int{1 << 31, 1 << 31, 4}, gpu.ErrShape},
		{[]int{1 << 50}, gpu.ErrOOM},
	} {
		if _, err := d.New(gpu.F32, c.dims...); !errors.Is(err, c.reason) {
			t.Errorf("%v: got %v, expected %v", c.dims, err, c.reason)
		}
	}
	if _, err := d.New(gpu.DType(9), 1); !errors.Is(err, gpu.ErrDType) {
		t.Errorf("dtype: %v", err)
	}
}

func TestViewsShareMemory(t *testing.T) {
	d := open(t, gpu.Options{Threads: 1})
	s := d.Default()
	x := tensor(t, d, gpu.F32, 4, 6)
	values := make([]float32, 24)
	for i := range values {
		values[i] = float32(i)
	}
	if err := s.Upload(x, values); err != nil {
		t.Fatal(err)
	}
	cols, err := x.Slice(1, 2, 4)
	if err != nil {
		t.Fatal(err)
	}
	if cols.Contiguous() {
		t.Error("a slice of columns is not contiguous")
	}
	if _, err := cols.View(8); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("view of a strided tensor: %v", err)
	}
	got := make([]float32, 8)
	if err := s.Download(got, cols); err != nil {
		t.Fatal(err)
	}
	if want := []float32{2, 3, 8, 9, 14, 15, 20, 21}; !slices.Equal(got, want) {
		t.Errorf("columns %v, expected %v", got, want)
	}
	heads, err := cols.Split(1, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(heads.Dims(), []int{4, 2, 1}) {
		t.Errorf("split to %v", heads.Dims())
	}
	if err := s.Upload(cols, make([]float32, 8)); err != nil {
		t.Fatal(err)
	}
	all := make([]float32, 24)
	if err := s.Download(all, x); err != nil {
		t.Fatal(err)
	}
	if want := []float32{0, 1, 0, 0, 4, 5, 6, 7, 0, 0, 10, 11, 12, 13, 0, 0, 16, 17, 18, 19, 0, 0, 22, 23}; !slices.Equal(all, want) {
		t.Errorf("after upload through the slice: %v", all)
	}
}

func TestSliceRefusesBadBounds(t *testing.T) {
	d := open(t, gpu.Options{Threads: 1})
	x := tensor(t, d, gpu.BF16, 3, 5)
	for _, c := range [][3]int{{2, 0, 1}, {-1, 0, 1}, {0, 2, 1}, {0, -1, 1}, {1, 0, 6}} {
		if _, err := x.Slice(c[0], c[1], c[2]); !errors.Is(err, gpu.ErrShape) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if e, err := x.Slice(0, 3, 3); err != nil || e.Len() != 0 {
		t.Errorf("empty slice: %v, %d elements", err, e.Len())
	}
	if _, err := x.Split(1, 2, 2); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("split: %v", err)
	}
}

func TestBytesAreCopiedAsTheyAre(t *testing.T) {
	d := open(t, gpu.Options{Threads: 1})
	s := d.Default()
	for _, dt := range []gpu.DType{gpu.F32, gpu.F16, gpu.BF16, gpu.I32} {
		x := tensor(t, d, dt, 3, 8)
		cols, err := x.Slice(1, 1, 6)
		if err != nil {
			t.Fatal(err)
		}
		in := make([]byte, cols.Len()*dt.Size())
		for i := range in {
			in[i] = byte(i*37 + 1)
		}
		out := make([]byte, len(in))
		if err := errors.Join(s.UploadBytes(cols, in), s.DownloadBytes(out, cols)); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(in, out) {
			t.Errorf("%v: bytes changed", dt)
		}
		if err := s.UploadBytes(cols, in[1:]); !errors.Is(err, gpu.ErrShape) {
			t.Errorf("%v: short upload: %v", dt, err)
		}
	}
}

func TestDTypeNamesRoundTrip(t *testing.T) {
	for _, dt := range []gpu.DType{gpu.F32, gpu.F16, gpu.BF16, gpu.I32} {
		if got, err := gpu.ParseDType(dt.String()); err != nil || got != dt {
			t.Errorf("%v: %v, %v", dt, got, err)
		}
	}
	if _, err := gpu.ParseDType("f64"); !errors.Is(err, gpu.ErrUnsupported) {
		t.Errorf("f64: %v", err)
	}
}
