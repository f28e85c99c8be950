// Row kernels. Loops run over 16 lanes; the tail is padded with values that do
// not count.

// load and store n lanes, which is 16 but for the tail of a row.
FN vf load_some(const float *p, int n) { return n == 16 ? vf_load(p) : vf_loadn(p, n, 0); }
FN void store_some(float *p, vf a, int n) {
	if (n == 16) vf_store(p, a);
	else vf_storen(p, a, n);
}

#define EACH16(n, body16, tail) \
	int64_t i = 0; \
	for (; i + 16 <= (n); i += 16) { body16; } \
	if (i < (n)) { const int rest = (int)((n) - i); tail; }

static void add(float *dst, const float *a, const float *b, int64_t n) {
	EACH16(n, vf_store(dst + i, vf_add(vf_load(a + i), vf_load(b + i))),
		vf_storen(dst + i, vf_add(vf_loadn(a + i, rest, 0), vf_loadn(b + i, rest, 0)), rest))
}

FN vf silu_mul(vf g, vf u) {
	vf e = vf_exp(vf_sub(vf_zero(), g));
	return vf_mul(vf_div(g, vf_add(vf_set1(1.0f), e)), u);
}

static void swiglu(float *dst, const float *g, const float *u, int64_t n) {
	EACH16(n, vf_store(dst + i, silu_mul(vf_load(g + i), vf_load(u + i))),
		vf_storen(dst + i, silu_mul(vf_loadn(g + i, rest, 0), vf_loadn(u + i, rest, 0)), rest))
}

// rmsnorm: the squares of f32 values are exact in double and cannot overflow.
static void rmsnorm(float *dst, const float *x, const float *w, int64_t n, float eps, int unit) {
	vd a0 = vd_zero(), a1 = vd_zero();
	int64_t j = 0;
	for (; j + 32 <= n; j += 32) {
		vd s = vd_of(vf_load(x + j)), t = vd_of(vf_load(x + j + 16));
		a0 = vd_add(a0, vd_mul(s, s));
		a1 = vd_add(a1, vd_mul(t, t));
	}
	for (; j < n; j += 16) {
		vd s = vd_of(n - j >= 16 ? vf_load(x + j) : vf_loadn(x + j, (int)(n - j), 0));
		a0 = vd_add(a0, vd_mul(s, s));
	}
	vf inv = vf_set1((float)(1.0 / __builtin_sqrt(vd_sum(vd_add(a0, a1)) / (double)n + (double)eps)));
	vf base = vf_set1(unit ? 1.0f : 0.0f);
	if (unit) {
		EACH16(n, vf_store(dst + i, vf_mul(vf_mul(vf_load(x + i), inv), vf_add(base, vf_load(w + i)))),
			vf_storen(dst + i, vf_mul(vf_mul(vf_loadn(x + i, rest, 0), inv), vf_add(base, vf_loadn(w + i, rest, 0))), rest))
	} else {
		EACH16(n, vf_store(dst + i, vf_mul(vf_mul(vf_load(x + i), inv), vf_load(w + i))),
			vf_storen(dst + i, vf_mul(vf_mul(vf_loadn(x + i, rest, 0), inv), vf_loadn(w + i, rest, 0)), rest))
	}
}

static float row_max(const float *x, int64_t n) {
	vf m0 = vf_set1(-INFINITY), m1 = m0;
	int64_t j = 0;
	for (; j + 32 <= n; j += 32) {
		m0 = vf_max(m0, vf_load(x + j));
		m1 = vf_max(m1, vf_load(x + j + 16));
	}
	for (; j < n; j += 16) m0 = vf_max(m0, n - j >= 16 ? vf_load(x + j) : vf_loadn(x + j, (int)(n - j), -INFINITY));
	return vf_top(vf_max(m0, m1));
}

// exps adds up e^(x - max) and, with a dst, stores the terms.
FN float exps(float *dst, const float *x, int64_t n, float top) {
	vf m = vf_set1(top), s0 = vf_zero(), s1 = vf_zero();
	int64_t j = 0;
	for (; j + 32 <= n; j += 32) {
		vf e = vf_exp(vf_sub(vf_load(x + j), m)), f = vf_exp(vf_sub(vf_load(x + j + 16), m));
		if (dst) {
			vf_store(dst + j, e);
			vf_store(dst + j + 16, f);
		}
		s0 = vf_add(s0, e);
		s1 = vf_add(s1, f);
	}
	for (; j < n; j += 16) {
		const int rest = n - j >= 16 ? 16 : (int)(n - j);
		vf e = vf_exp(vf_sub(vf_loadn(x + j, rest, 0), m));
		if (dst) vf_storen(dst + j, e, rest);
		s0 = vf_add(s0, vf_select(vm_bits((1u << rest) - 1), e, vf_zero()));
	}
	return vf_sum(vf_add(s0, s1));
}

static void softmax(float *dst, const float *x, int64_t n) {
	vf inv = vf_set1(1.0f / exps(dst, x, n, row_max(x, n)));
	EACH16(n, vf_store(dst + i, vf_mul(vf_load(dst + i), inv)), vf_storen(dst + i, vf_mul(vf_loadn(dst + i, rest, 0), inv), rest))
}

static void logsoftmax(float *dst, const float *x, int64_t n) {
	float top = row_max(x, n);
	vf m = vf_set1(top), l = vf_set1((float)log_of(exps(NULL, x, n, top)));
	EACH16(n, vf_store(dst + i, vf_sub(vf_sub(vf_load(x + i), m), l)), vf_storen(dst + i, vf_sub(vf_sub(vf_loadn(x + i, rest, 0), m), l), rest))
}

// rotate turns n pairs (a, b) into (a cos - b sin, b cos + a sin).
static void rotate(float *dst, const float *x, const float *cos, const float *sin, int64_t n, int negate, int interleaved) {
	const float sign = negate ? -1.0f : 1.0f;
	if (interleaved) {
		for (int64_t j = 0; j < n; j++) {
			float a = x[2 * j], b = x[2 * j + 1], c = cos[j], s = sign * sin[j];
			dst[2 * j] = __builtin_fmaf(a, c, -(b * s));
			dst[2 * j + 1] = __builtin_fmaf(b, c, a * s);
		}
		return;
	}
	vf minus = vf_set1(-0.0f), sg = vf_set1(sign);
	for (int64_t j = 0; j < n; j += 16) {
		const int rest = n - j >= 16 ? 16 : (int)(n - j);
		vf a = load_some(x + j, rest), b = load_some(x + n + j, rest);
		vf c = load_some(cos + j, rest), s = vf_mul(sg, load_some(sin + j, rest));
		store_some(dst + j, vf_fma(a, c, vf_sub(minus, vf_mul(b, s))), rest);
		store_some(dst + n + j, vf_fma(b, c, vf_mul(a, s)), rest);
	}
}

static float dist2(const float *a, const float *b, int64_t n) {
	vd s = vd_zero();
	for (int64_t j = 0; j < n; j += 16) {
		const int rest = n - j >= 16 ? 16 : (int)(n - j);
		vd d = vd_sub(vd_of(load_some(a + j, rest)), vd_of(load_some(b + j, rest)));
		s = vd_add(s, vd_mul(d, d));
	}
	return (float)vd_sum(s);
}

// Probes of the roofline.
static int64_t fma_peak(int64_t rounds, float *sink) {
	nv acc[12], x = nv_set1(0x1.fffffep-1f), y = nv_set1(0x1p-20f);
	_Pragma("GCC unroll 12") for (int i = 0; i < 12; i++) acc[i] = nv_set1((float)i);
	for (int64_t r = 0; r < rounds; r++)
		_Pragma("GCC unroll 12") for (int i = 0; i < 12; i++) acc[i] = nv_fma(acc[i], x, y);
	_Pragma("GCC unroll 12") for (int i = 0; i < 12; i++) nv_store(sink + i * NVL, acc[i]);
	return rounds * 12 * NVL * 2;
}

static int64_t read_peak(const void *p, int64_t n, float *sink) {
	const float *f = p;
	vf m[8];
	_Pragma("GCC unroll 8") for (int i = 0; i < 8; i++) m[i] = vf_zero();
	for (int64_t j = 0; j + 128 <= n / 4; j += 128)
		_Pragma("GCC unroll 8") for (int i = 0; i < 8; i++) m[i] = vf_max(m[i], vf_load(f + j + i * 16));
	for (int i = 1; i < 8; i++) m[0] = vf_max(m[0], m[i]);
	vf_store(sink, m[0]);
	return n;
}
