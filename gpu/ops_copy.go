package gpu

import (
	"fmt"
	"unsafe"
)

// Upload converts src to dst's type (round to nearest even) and stores it. dst
// is f32, f16 or bf16 of at most three dimensions; rows may be strided. src
// holds the elements in row-major order.
func (s *Stream) Upload(dst Tensor, src []float32) error {
	if err := s.check("Upload", "dst", dst, anyFloat, 1, 3); err != nil {
		return err
	}
	if err := s.length("Upload", "src", len(src), dst.Len()); err != nil {
		return err
	}
	in := dst
	in.dtype, in.ptr = F32, slicePtr(src)
	in.contiguousStrides()
	return s.convert("Upload", dst, in)
}

// Download converts src to float32 and stores its elements in row-major order.
// src is f32, f16 or bf16 of at most three dimensions; rows may be strided.
func (s *Stream) Download(dst []float32, src Tensor) error {
	if err := s.check("Download", "src", src, anyFloat, 1, 3); err != nil {
		return err
	}
	if err := s.length("Download", "dst", len(dst), src.Len()); err != nil {
		return err
	}
	out := src
	out.dtype, out.ptr = F32, slicePtr(dst)
	out.contiguousStrides()
	return s.convert("Download", out, src)
}

// UploadBytes stores raw little-endian elements of dst's own type.
func (s *Stream) UploadBytes(dst Tensor, src []byte) error {
	if err := s.check("UploadBytes", "dst", dst, anyDType, 1, 3); err != nil {
		return err
	}
	if err := s.length("UploadBytes", "src", len(src), dst.Len()*dst.dtype.Size()); err != nil {
		return err
	}
	if err := s.ready("UploadBytes"); err != nil {
		return err
	}
	dst.eachRow(func(row []byte) { src = src[copy(row, src):] })
	return nil
}

// DownloadBytes stores src's elements as raw little-endian bytes.
func (s *Stream) DownloadBytes(dst []byte, src Tensor) error {
	if err := s.check("DownloadBytes", "src", src, anyDType, 1, 3); err != nil {
		return err
	}
	if err := s.length("DownloadBytes", "dst", len(dst), src.Len()*src.dtype.Size()); err != nil {
		return err
	}
	if err := s.ready("DownloadBytes"); err != nil {
		return err
	}
	src.eachRow(func(row []byte) { dst = dst[copy(dst, row):] })
	return nil
}

// eachRow visits the rows of t as bytes; the machines we build for are
// little-endian, as the file formats are.
func (t *Tensor) eachRow(visit func([]byte)) {
	r, m, size := t.rows(), t.mat(), int64(t.dtype.Size())
	if t.Len() == 0 {
		return
	}
	for i := range r.N0 {
		for j := range r.N1 {
			visit(unsafe.Slice((*byte)(unsafe.Add(t.ptr, (i*m.S0+j*m.S1)*size)), r.D*size))
		}
	}
}

// Copy stores src in dst. Shapes are equal, of at most three dimensions; rows
// may be strided; f32, f16 and bf16 are cast into each other, i32 is copied to
// i32 only. They must not overlap, unless they are the same.
func (s *Stream) Copy(dst, src Tensor) error {
	if err := s.check("Copy", "src", src, anyDType, 1, 3); err != nil {
		return err
	}
	types := anyFloat
	if src.dtype == I32 {
		types = setOf(I32)
	}
	if err := s.check("Copy", "dst", dst, types, 1, 3); err != nil {
		return err
	}
	if err := same("Copy", operand{"src", src}, operand{"dst", dst}); err != nil {
		return err
	}
	if err := apart("Copy", operand{"dst", dst}, operand{"src", src}, true); err != nil {
		return err
	}
	return s.convert("Copy", dst, src)
}

// convert copies src to dst of equal dimensions. int32 moves as float32 does:
// both are four bytes that are not looked at.
func (s *Stream) convert(op string, dst, src Tensor) error {
	if err := s.ready(op); err != nil {
		return err
	}
	if dst.Len() == 0 {
		return nil
	}
	if dst.dtype == I32 {
		dst.dtype, src.dtype = F32, F32
	}
	return s.outcome(op, s.dev.cpu.Convert(s.flag(), dst.rows(), dst.mat(), src.mat()))
}

// Gather stores dst[i] = src[rows[i]] along dimension 0, widened to f32. src is
// f32, f16 or bf16 of two or three dimensions, dst f32. A row outside src is an
// error and nothing is written.
func (s *Stream) Gather(dst, src Tensor, rows []int32) error {
	return s.move("Gather", operand{"dst", dst}, operand{"src", src}, rows, true)
}

// Scatter stores dst[rows[i]] = src[i] along dimension 0, converting to dst's
// type. src and dst are f32, f16 or bf16 of two or three dimensions. rows must
// be distinct: with duplicates it is unspecified which row stays.
func (s *Stream) Scatter(dst, src Tensor, rows []int32) error {
	return s.move("Scatter", operand{"src", src}, operand{"dst", dst}, rows, false)
}

// move is Gather and Scatter: dense holds one row for each entry of rows,
// table is indexed by them.
func (s *Stream) move(op string, dense, table operand, rows []int32, gather bool) error {
	types := anyFloat
	if gather {
		types = onlyF32
	}
	if err := s.check(op, dense.arg, dense.t, types, 2, 3); err != nil {
		return err
	}
	if err := s.check(op, table.arg, table.t, anyFloat, int(dense.t.rank), int(dense.t.rank)); err != nil {
		return err
	}
	want := table.t
	want.dims[0] = len(rows)
	if err := same(op, operand{"rows of " + table.arg, want}, dense); err != nil {
		return err
	}
	for i, r := range rows {
		if r < 0 || int(r) >= table.t.dims[0] {
			return &Error{Op: op, Arg: fmt.Sprintf("rows[%d]", i), Expected: fmt.Sprintf("0 <= row < %d", table.t.dims[0]), Got: fmt.Sprint(r), Err: ErrRange}
		}
	}
	if err := apart(op, dense, table, false); err != nil {
		return err
	}
	if err := s.ready(op); err != nil {
		return err
	}
	if dense.t.Len() == 0 {
		return nil
	}
	return s.outcome(op, s.dev.cpu.Move(s.flag(), dense.t.rows(), dense.t.mat(), table.t.mat(), rows, gather))
}

func (s *Stream) length(op, arg string, got, want int) error {
	if got == want {
		return nil
	}
	unit := "elements"
	if op == "UploadBytes" || op == "DownloadBytes" {
		unit = "bytes"
	}
	return &Error{Op: op, Arg: arg, Expected: fmt.Sprintf("%d %s", want, unit), Got: fmt.Sprint(got), Err: ErrShape}
}

// flag returns the address that kernels poll.
func (s *Stream) flag() unsafe.Pointer { return unsafe.Pointer(s.stop) }
