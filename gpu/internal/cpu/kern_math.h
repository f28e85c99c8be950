// Elementary functions on lanes. One sequence of operations for all instruction
// sets; about 1 ulp. Coefficients: minimax fits (Remez) of relative error on the
// reduced range, rounded to f32.

#define LOG2E 0x1.715476p+0f
#define LN2 0x1.62e42fefa39efp-1

// round to nearest even for |x| < 2^22
FN vf vf_round(vf x) {
	vf magic = vf_set1(0x1.8p23f);
	return vf_sub(vf_add(x, magic), magic);
}

// 2^x: x = n + f, |f| <= 1/2, polynomial of degree 6 with p(0) = 1, so that
// 2^0 is exactly 1. Fit error 2.6e-9. The clamps keep NaN (second operand).
FN vf vf_exp2(vf x) {
	x = vf_min(vf_set1(129.0f), vf_max(vf_set1(-151.0f), x));
	vf n = vf_round(x), f = vf_sub(x, n);
	vf p = vf_set1(0x1.470b4ap-13f);
	p = vf_fma(p, f, vf_set1(0x1.5f7276p-10f));
	p = vf_fma(p, f, vf_set1(0x1.3b270ep-7f));
	p = vf_fma(p, f, vf_set1(0x1.c6ae72p-5f));
	p = vf_fma(p, f, vf_set1(0x1.ebfbe2p-3f));
	p = vf_fma(p, f, vf_set1(0x1.62e432p-1f));
	p = vf_fma(p, f, vf_set1(1.0f));
	return vf_scale(p, n);
}

// e^x: x = n ln2 + r with ln2 in two parts, e^r = 1 + r + r^2 q(r). Fit error
// 3.1e-9.
FN vf vf_exp(vf x) {
	x = vf_min(vf_set1(90.0f), vf_max(vf_set1(-105.0f), x));
	vf n = vf_round(vf_mul(x, vf_set1(LOG2E)));
	vf r = vf_fma(n, vf_set1(-0x1.62e4p-1f), x);
	r = vf_fma(n, vf_set1(-0x1.7f7d1cp-20f), r);
	vf q = vf_set1(0x1.6a2404p-10f);
	q = vf_fma(q, r, vf_set1(0x1.123ap-7f));
	q = vf_fma(q, r, vf_set1(0x1.5558f2p-5f));
	q = vf_fma(q, r, vf_set1(0x1.555492p-3f));
	q = vf_fma(q, r, vf_set1(0x1.fffffcp-2f));
	vf p = vf_fma(q, vf_mul(r, r), r);
	return vf_scale(vf_add(p, vf_set1(1.0f)), n);
}

// tanh: odd polynomial below 0.625 (the single precision fit of the Cephes
// library), 1 - 2/(e^2x + 1) above.
FN vf vf_tanh(vf x) {
	vf a = vf_abs(x), z = vf_mul(x, x);
	vf p = vf_set1(-5.70498872745e-3f);
	p = vf_fma(p, z, vf_set1(2.06390887954e-2f));
	p = vf_fma(p, z, vf_set1(-5.37397155531e-2f));
	p = vf_fma(p, z, vf_set1(1.33314422036e-1f));
	p = vf_fma(p, z, vf_set1(-3.33332819422e-1f));
	p = vf_fma(vf_mul(p, z), x, x);
	vf one = vf_set1(1.0f);
	vf e = vf_exp(vf_add(a, a));
	vf big = vf_sub(one, vf_div(vf_set1(2.0f), vf_add(e, one)));
	return vf_select(vm_less(a, vf_set1(0.625f)), p, vf_copysign(big, x));
}

// Natural logarithm of x >= 0 in double: x = 2^e m, m near 1, and
// log m = 2 (s + s^3/3 + s^5/5 + ...) with s = (m-1)/(m+1). Own code because a
// C library may pick another routine on another CPU.
FN double log_of(double x) {
	if (!(x > 0) || x > 0x1p1000) return x == 0 ? -(double)INFINITY : x;
	int e = 0;
	while (x < 0x1p-500) {
		x *= 0x1p500;
		e -= 500;
	}
	uint64_t u;
	memcpy(&u, &x, 8);
	e += (int)(u >> 52) - 1023;
	u = (u & 0xfffffffffffffull) | 1023ull << 52;
	double m;
	memcpy(&m, &u, 8);
	if (m > 1.4142135623730951) {
		m *= 0.5;
		e++;
	}
	double s = (m - 1) / (m + 1), z = s * s, p = 0;
	for (int k = 21; k >= 3; k -= 2) p = (p + 1.0 / k) * z;
	return e * LN2 + 2 * s * (1 + p);
}
