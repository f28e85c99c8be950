// Kernels of the layers around convolutions. A plane is the h*w values of one
// channel of one image.

// Sums in double, 16 chains and one tree; the tail is padded with zeros.
#define EACH_PLANE(n, body) \
	for (int64_t i = 0; i < (n); i += 16) { const int rest = (n) - i >= 16 ? 16 : (int)((n) - i); body; }

static double plane_sum(const float *x, int64_t n) {
	vd s = vd_zero();
	EACH_PLANE(n, s = vd_add(s, vd_of(load_some(x + i, rest))))
	return vd_sum(s);
}

// plane_dot: sum of a * (b - shift).
static double plane_dot(const float *a, const float *b, float shift, int64_t n) {
	vd s = vd_zero();
	vf m = vf_set1(shift);
	EACH_PLANE(n, s = vd_add(s, vd_mul(vd_of(load_some(a + i, rest)), vd_of(vf_sub(load_some(b + i, rest), m)))))
	return vd_sum(s);
}

// plane_moment: sum of (x - mean)^2.
static double plane_moment(const float *x, double mean, int64_t n) {
	vd s = vd_zero();
	vf m = vf_set1((float)mean);
	vd low = vd_of(vf_set1((float)(mean - (double)(float)mean)));
	EACH_PLANE(n, vd e = vd_sub(vd_of(vf_sub(load_some(x + i, rest), m)), low);
		vd q = vd_mul(e, e);
		if (rest == 16) s = vd_add(s, q);
		else {
			// Lanes beyond the end hold the square of the mean; they do not count.
			vf keep = vf_select(vm_bits((1u << rest) - 1), vf_set1(1), vf_zero());
			s = vd_add(s, vd_mul(q, vd_of(keep)));
		})
	return vd_sum(s);
}

// normalise: dst = (x - mean) * scale + shift, plus add unless NULL, with relu
// nothing below zero.
static void normalise(float *dst, const float *x, const float *add_, float mean, float scale, float shift, int relu, int64_t n) {
	vf m = vf_set1(mean), a = vf_set1(scale), b = vf_set1(shift), z = vf_zero();
	EACH_PLANE(n, vf y = vf_fma(vf_sub(load_some(x + i, rest), m), a, b);
		if (add_) y = vf_add(y, load_some(add_ + i, rest));
		if (relu) y = vf_select(vm_less(y, z), z, y);
		store_some(dst + i, y, rest))
}

// gate: dst = y > 0 ? dy : 0.
static void gate(float *dst, const float *y, const float *dy, int64_t n) {
	vf z = vf_zero();
	EACH_PLANE(n, store_some(dst + i, vf_select(vm_less(z, load_some(y + i, rest)), load_some(dy + i, rest), z), rest))
}

// gate_sums is gate, plane_sum and plane_dot with the same chains, so the same bits,
// in one reading; without y it gates nothing and dst is not written.
static void gate_sums(float *dst, const float *y, const float *dy, const float *x, float shift, int64_t n, double *sum, double *dot) {
	vd s = vd_zero(), p = vd_zero();
	vf z = vf_zero(), m = vf_set1(shift);
	EACH_PLANE(n, vf e = load_some(dy + i, rest);
		if (y) {
			e = vf_select(vm_less(z, load_some(y + i, rest)), e, z);
			store_some(dst + i, e, rest);
		}
		vd w = vd_of(e);
		s = vd_add(s, w);
		p = vd_add(p, vd_mul(w, vd_of(vf_sub(load_some(x + i, rest), m)))))
	*sum = vd_sum(s);
	*dot = vd_sum(p);
}

static void relu(float *dst, const float *x, int64_t n) {
	vf z = vf_zero();
	// NaN is not less than zero and passes.
	EACH_PLANE(n, vf v = load_some(x + i, rest); store_some(dst + i, vf_select(vm_less(v, z), z, v), rest))
}

static void times(float *dst, const float *a, const float *b, int64_t n) {
	EACH_PLANE(n, store_some(dst + i, vf_mul(load_some(a + i, rest), load_some(b + i, rest)), rest))
}

// norm_back: dx = k (dy - a - (x - mean) b).
static void norm_back(float *dx, const float *dy, const float *x, float mean, float k, float a, float b, int64_t n) {
	vf vm_ = vf_set1(mean), vk = vf_set1(k), va = vf_set1(a), vb = vf_set1(-b);
	EACH_PLANE(n, vf e = vf_sub(load_some(x + i, rest), vm_);
		store_some(dx + i, vf_mul(vk, vf_fma(e, vb, vf_sub(load_some(dy + i, rest), va))), rest))
}

// blend4: dst = p u + q v + r w + s.
static void blend4(float *dst, const float *u, const float *v, const float *w, float p, float q, float r, float s, int64_t n) {
	vf vp = vf_set1(p), vq = vf_set1(q), vr = vf_set1(r), vs = vf_set1(s);
	EACH_PLANE(n, vf y = vf_fma(load_some(u + i, rest), vp, vs);
		if (v) y = vf_fma(load_some(v + i, rest), vq, y);
		if (w) y = vf_fma(load_some(w + i, rest), vr, y);
		store_some(dst + i, y, rest))
}

// max_row is a row of 2x2 windows, without branches so that it becomes vectors.
static void max_row(float *restrict dst, int32_t *restrict at, const float *restrict r0, const float *restrict r1, int64_t n, int32_t base, int32_t w) {
	for (int64_t i = 0; i < n; i++) {
		const float a = r0[2 * i], b = r0[2 * i + 1], c = r1[2 * i], e = r1[2 * i + 1];
		const int tb = (b > a) | ((b != b) & (a == a));
		const float p = tb ? b : a;
		const int32_t ip = tb ? 1 : 0;
		const int te = (e > c) | ((e != e) & (c == c));
		const float q = te ? e : c;
		const int32_t iq = te ? w + 1 : w;
		const int tq = (q > p) | ((q != q) & (p == p));
		dst[i] = tq ? q : p;
		at[i] = base + 2 * (int32_t)i + (tq ? iq : ip);
	}
}

// max_pool: the largest of each window and its index in the plane; the first of
// equals, and NaN before all.
static void max_pool(float *dst, int32_t *at, const float *x, const assay_window *g) {
	if (g->kh == 2 && g->kw == 2 && g->stride == 2 && g->pad == 0) {
		for (int64_t y = 0; y < g->oh; y++)
			max_row(dst + y * g->ow, at + y * g->ow, x + 2 * y * g->w, x + (2 * y + 1) * g->w, g->ow, (int32_t)(2 * y * g->w), (int32_t)g->w);
		return;
	}
	for (int64_t y = 0; y < g->oh; y++)
		for (int64_t z = 0; z < g->ow; z++) {
			float best = 0;
			int64_t j = -1;
			for (int64_t ky = 0; ky < g->kh; ky++)
				for (int64_t kx = 0; kx < g->kw; kx++) {
					const int64_t sy = y * g->stride + ky - g->pad, sx = z * g->stride + kx - g->pad;
					if (sy < 0 || sy >= g->h || sx < 0 || sx >= g->w) continue;
					const float v = x[sy * g->w + sx];
					if (j < 0 || (!(v <= best) && best == best)) {
						best = v;
						j = sy * g->w + sx;
					}
				}
			dst[y * g->ow + z] = best;
			at[y * g->ow + z] = (int32_t)j;
		}
}

// max_back scatters dy to the places that won.
static void max_back(float *restrict dx, const float *restrict dy, const int32_t *restrict at, const assay_window *g) {
	if (g->kh == 2 && g->kw == 2 && g->stride == 2 && g->pad == 0) {
		for (int64_t y = 0; y < g->oh; y++) {
			float *r0 = dx + 2 * y * g->w, *r1 = r0 + g->w;
			const int32_t base = (int32_t)(2 * y * g->w), w = (int32_t)g->w;
			for (int64_t i = 0; i < g->ow; i++) {
				const float v = dy[y * g->ow + i];
				const int32_t j = at[y * g->ow + i] - base - 2 * (int32_t)i;
				r0[2 * i] = j == 0 ? v : 0;
				r0[2 * i + 1] = j == 1 ? v : 0;
				r1[2 * i] = j == w ? v : 0;
				r1[2 * i + 1] = j == w + 1 ? v : 0;
			}
			for (int64_t i = 2 * g->ow; i < g->w; i++) r0[i] = r1[i] = 0;
		}
		memset(dx + 2 * g->oh * g->w, 0, (size_t)((g->h - 2 * g->oh) * g->w) * 4);
		return;
	}
	memset(dx, 0, (size_t)(g->h * g->w) * 4);
	for (int64_t i = 0; i < g->oh * g->ow; i++) dx[at[i]] += dy[i];
}

// pick: dst = x[at], the tangent of a maximum.
static void pick(float *dst, const float *x, const int32_t *at, int64_t n) {
	for (int64_t i = 0; i < n; i++) dst[i] = x[at[i]];
}

// mean_pool: the mean of each window; padding counts as zeros.
static void mean_pool(float *dst, const float *x, const assay_window *g) {
	const float inv = 1.0f / (float)(g->kh * g->kw);
	if (g->oh == 1 && g->ow == 1 && g->pad == 0 && g->kh == g->h && g->kw == g->w) {
		dst[0] = (float)plane_sum(x, g->h * g->w) * inv;
		return;
	}
	for (int64_t y = 0; y < g->oh; y++)
		for (int64_t z = 0; z < g->ow; z++) {
			float s = 0;
			for (int64_t ky = 0; ky < g->kh; ky++)
				for (int64_t kx = 0; kx < g->kw; kx++) {
					const int64_t sy = y * g->stride + ky - g->pad, sx = z * g->stride + kx - g->pad;
					if (sy >= 0 && sy < g->h && sx >= 0 && sx < g->w) s += x[sy * g->w + sx];
				}
			dst[y * g->ow + z] = s * inv;
		}
}

static void mean_back(float *dx, const float *dy, const assay_window *g) {
	const float inv = 1.0f / (float)(g->kh * g->kw);
	memset(dx, 0, (size_t)(g->h * g->w) * 4);
	for (int64_t y = 0; y < g->oh; y++)
		for (int64_t z = 0; z < g->ow; z++) {
			const float v = dy[y * g->ow + z] * inv;
			for (int64_t ky = 0; ky < g->kh; ky++)
				for (int64_t kx = 0; kx < g->kw; kx++) {
					const int64_t sy = y * g->stride + ky - g->pad, sx = z * g->stride + kx - g->pad;
					if (sy >= 0 && sy < g->h && sx >= 0 && sx < g->w) dx[sy * g->w + sx] += v;
				}
		}
}

// descend is a step of gradient descent in PyTorch's form.
static void descend(float *w, float *v, const float *g, const float *mask, int64_t n, float lr, float momentum, float decay, int nesterov) {
	vf l = vf_set1(lr), mu = vf_set1(momentum), wd = vf_set1(decay);
	EACH_PLANE(n, vf x = load_some(w + i, rest);
		vf d = vf_fma(wd, x, load_some(g + i, rest));
		vf u = vf_fma(mu, load_some(v + i, rest), d);
		vf s = nesterov ? vf_fma(mu, u, d) : u;
		x = vf_sub(x, vf_mul(l, s));
		if (mask) {
			// What is masked is exactly zero, even where it was not finite.
			vf z = vf_zero(); vm gone = vm_less(load_some(mask + i, rest), vf_set1(0.5f));
			x = vf_select(gone, z, x);
			u = vf_select(gone, z, u);
		}
		store_some(w + i, x, rest);
		store_some(v + i, u, rest))
}
