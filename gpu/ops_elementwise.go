package gpu

import "assay/gpu/internal/cpu"

// Add stores dst = a + b. All are f32 of equal shape, at most three dimensions,
// rows may be strided; dst may be a or b.
func (s *Stream) Add(dst, a, b Tensor) error {
	return s.binary("Add", cpu.Add, operand{"dst", dst}, operand{"a", a}, operand{"b", b})
}

// SwiGLU stores dst = silu(gate) * up, with silu(x) = x / (1 + exp(-x)). All
// are f32 of equal shape, at most three dimensions, rows may be strided; dst
// may be gate or up.
func (s *Stream) SwiGLU(dst, gate, up Tensor) error {
	return s.binary("SwiGLU", cpu.SwiGLU, operand{"dst", dst}, operand{"gate", gate}, operand{"up", up})
}
