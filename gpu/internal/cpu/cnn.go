package cpu

// #cgo noescape assay_conv
// #cgo nocallback assay_conv
// #cgo noescape assay_conv_back_data
// #cgo nocallback assay_conv_back_data
// #cgo noescape assay_conv_back_weight
// #cgo nocallback assay_conv_back_weight
// #cgo noescape assay_product
// #cgo nocallback assay_product
// #cgo noescape assay_norm
// #cgo nocallback assay_norm
// #cgo noescape assay_norm_back
// #cgo nocallback assay_norm_back
// #cgo noescape assay_norm_tangent
// #cgo nocallback assay_norm_tangent
// #cgo noescape assay_norm_tangent_back
// #cgo nocallback assay_norm_tangent_back
// #cgo noescape assay_affine
// #cgo nocallback assay_affine
// #cgo noescape assay_channel_sum
// #cgo nocallback assay_channel_sum
// #cgo noescape assay_column_sum
// #cgo nocallback assay_column_sum
// #cgo noescape assay_flat
// #cgo nocallback assay_flat
// #cgo noescape assay_pool
// #cgo nocallback assay_pool
// #cgo noescape assay_shortcut
// #cgo nocallback assay_shortcut
// #cgo noescape assay_entropy
// #cgo nocallback assay_entropy
// #cgo noescape assay_descend
// #cgo nocallback assay_descend
// #include "table.h"
import "C"

import "unsafe"

// Ptr is the address of the first element of a contiguous f32 tensor, or nil.
type Ptr = unsafe.Pointer

// Window is a sliding window: N images of C channels, H x W, give M channels,
// OH x OW.
type Window struct{ N, C, H, W, M, OH, OW, KH, KW, Stride, Pad int }

func (w Window) c() C.assay_window {
	i := func(v int) C.int64_t { return C.int64_t(v) }
	return C.assay_window{n: i(w.N), c: i(w.C), h: i(w.H), w: i(w.W), m: i(w.M), oh: i(w.OH), ow: i(w.OW), kh: i(w.KH), kw: i(w.KW),
		stride: i(w.Stride), pad: i(w.Pad)}
}

// Planes is a shape of N images of C channels of HW values.
type Planes struct{ N, C, HW int }

// Conv stores the convolution of x with w [M, C, KH, KW], plus bias unless nil.
func (d *Device) Conv(stop Ptr, g Window, dst, x, w, bias Ptr, accumulate bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_conv(h, flag(stop), g.c(), floats(dst), floats(x), floats(w), floats(bias), boolean(accumulate)))
}

// ConvBackData stores the gradient with respect to x.
func (d *Device) ConvBackData(stop Ptr, g Window, dx, dy, w Ptr, accumulate bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_conv_back_data(h, flag(stop), g.c(), floats(dx), floats(dy), floats(w), boolean(accumulate)))
}

// ConvBackWeight stores the gradient with respect to w.
func (d *Device) ConvBackWeight(stop Ptr, g Window, dw, x, dy Ptr, accumulate bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_conv_back_weight(h, flag(stop), g.c(), floats(dw), floats(x), floats(dy), boolean(accumulate)))
}

// Product stores dst [m, n] = a b, either operand stored transposed.
func (d *Device) Product(stop, dst, a, b, bias Ptr, m, n, k int, ta, tb, accumulate bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_product(h, flag(stop), floats(dst), floats(a), floats(b), floats(bias), C.int64_t(m), C.int64_t(n), C.int64_t(k),
		boolean(ta), boolean(tb), boolean(accumulate)))
}

// Norm normalises by batch statistics and stores them.
func (d *Device) Norm(stop Ptr, p Planes, dst, x, add, gamma, beta, mean, inv, running Ptr, eps, momentum float32, relu bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_norm(h, flag(stop), C.int64_t(p.N), C.int64_t(p.C), C.int64_t(p.HW), floats(dst), floats(x), floats(add), floats(gamma),
		floats(beta), floats(mean), floats(inv), floats(running), C.float(eps), C.float(momentum), boolean(relu)))
}

// NormBack is the gradient of Norm; with y, what was not positive there gets
// none, and gated receives what is left of dy.
func (d *Device) NormBack(stop Ptr, p Planes, dx, gated, dgamma, dbeta, x, y, dy, gamma, mean, inv Ptr) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_norm_back(h, flag(stop), C.int64_t(p.N), C.int64_t(p.C), C.int64_t(p.HW), floats(dx), floats(gated), floats(dgamma),
		floats(dbeta), floats(x), floats(y), floats(dy), floats(gamma), floats(mean), floats(inv)))
}

// NormTangent is the derivative of Norm along tangents of x, gamma and beta.
func (d *Device) NormTangent(stop Ptr, p Planes, ty, tmean, tslope, x, tx, gamma, tgamma, tbeta, mean, inv Ptr) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_norm_tangent(h, flag(stop), C.int64_t(p.N), C.int64_t(p.C), C.int64_t(p.HW), floats(ty), floats(tmean), floats(tslope),
		floats(x), floats(tx), floats(gamma), floats(tgamma), floats(tbeta), floats(mean), floats(inv)))
}

// NormTangentBack is the derivative of NormBack along the same tangents.
func (d *Device) NormTangentBack(stop Ptr, p Planes, tdx, tdgamma, tdbeta, x, tx, dy, tdy, gamma, tgamma, mean, inv, tmean, tslope Ptr) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_norm_tangent_back(h, flag(stop), C.int64_t(p.N), C.int64_t(p.C), C.int64_t(p.HW), floats(tdx), floats(tdgamma),
		floats(tdbeta), floats(x), floats(tx), floats(dy), floats(tdy), floats(gamma), floats(tgamma), floats(mean), floats(inv), floats(tmean),
		floats(tslope)))
}

// Affine stores (x - mean) * scale + shift by channel.
func (d *Device) Affine(stop Ptr, p Planes, dst, x, add, scale, shift, mean Ptr, relu bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_affine(h, flag(stop), C.int64_t(p.N), C.int64_t(p.C), C.int64_t(p.HW), floats(dst), floats(x), floats(add), floats(scale),
		floats(shift), floats(mean), boolean(relu)))
}

// ChannelSum adds up each channel over images and planes; planes of one value
// are columns of a matrix.
func (d *Device) ChannelSum(stop Ptr, p Planes, dst, x Ptr, accumulate bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	if p.HW == 1 {
		return status(C.assay_column_sum(h, flag(stop), C.int64_t(p.N), C.int64_t(p.C), floats(dst), floats(x), boolean(accumulate)))
	}
	return status(C.assay_channel_sum(h, flag(stop), C.int64_t(p.N), C.int64_t(p.C), C.int64_t(p.HW), floats(dst), floats(x), boolean(accumulate)))
}

// Flat is an elementwise operation on contiguous values.
type Flat int

// The operations of Flat.
const (
	ReLU  Flat = C.ASSAY_RELU  // x, nothing below zero
	Gate  Flat = C.ASSAY_GATE  // x > 0 ? y : 0
	Times Flat = C.ASSAY_TIMES // x * y
)

// Flatwise stores dst = f(x, y) for n values.
func (d *Device) Flatwise(stop Ptr, f Flat, n int, dst, x, y Ptr) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_flat(h, flag(stop), C.int(f), C.int64_t(n), floats(dst), floats(x), floats(y)))
}

// Pool is an operation of a pooling layer.
type Pool int

// The operations of Pooling.
const (
	Max      Pool = C.ASSAY_MAX
	MaxBack  Pool = C.ASSAY_MAX_BACK
	MaxPick  Pool = C.ASSAY_MAX_PICK
	Mean     Pool = C.ASSAY_MEAN
	MeanBack Pool = C.ASSAY_MEAN_BACK
)

// Pooling runs op; at holds the index of each maximum in its plane.
func (d *Device) Pooling(stop Ptr, op Pool, g Window, dst, at, x Ptr) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_pool(h, flag(stop), C.int(op), g.c(), floats(dst), (*C.int32_t)(at), floats(x)))
}

// Shortcut subsamples and adds zero channels; back 1 stores the gradient, 2
// adds it.
func (d *Device) Shortcut(stop Ptr, g Window, dst, x Ptr, back int) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_shortcut(h, flag(stop), g.c(), floats(dst), floats(x), C.int(back)))
}

// Entropy stores cross-entropy and its gradient for n rows of c logits times
// inverse; the gradient is times scale. Probs may be nil.
func (d *Device) Entropy(stop Ptr, n, c int, loss, probs, dx, x Ptr, label []int32, inverse, scale float32) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_entropy(h, flag(stop), C.int64_t(n), C.int64_t(c), floats(loss), floats(probs), floats(dx), floats(x), ints(label),
		C.float(inverse), C.float(scale)))
}

// Descend is one step of gradient descent on n values.
func (d *Device) Descend(stop Ptr, n int, w, v, g, mask Ptr, lr, momentum, decay float32, nesterov bool) error {
	h, err := d.enter()
	if err != nil {
		return err
	}
	defer d.leave()
	return status(C.assay_descend(h, flag(stop), C.int64_t(n), floats(w), floats(v), floats(g), floats(mask), C.float(lr), C.float(momentum),
		C.float(decay), boolean(nesterov)))
}
