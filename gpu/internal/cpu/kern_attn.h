// Attention kernels on tiles of ASSAY_TILE keys. Scores are kept in base-2
// units: t = score * log2(e).

// one returns element i of p as f32.
FN float one(const int t, const void *p, int64_t i) {
	if (t == ASSAY_F16) return f32_of_f16(((const uint16_t *)p)[i]);
	if (t == ASSAY_BF16) return f32_of_bf16(((const uint16_t *)p)[i]);
	return ((const float *)p)[i];
}

// ahead asks for the rows of the next tile: they lie stride elements apart,
// which hardware does not foresee.
FN void ahead(const void *p, int64_t bytes) {
	for (int64_t i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)p + i, 0, 2);
}

// key_rows lists NVL rows. Rows beyond the last key repeat it; nothing sees
// them.
FN void key_rows(const void **rows, const char *k, int64_t pitch, int have, int64_t bytes) {
	for (int i = 0; i < NVL; i++) {
		rows[i] = k + (i < have ? i : have - 1) * pitch;
		ahead((const char *)rows[i] + ASSAY_TILE * pitch, bytes);
	}
}

FN void keys_of(const int t, float *kt, const void *k, int64_t stride, int n, int64_t d) {
	const int64_t pitch = stride * assay_size(t);
	for (int j = 0; j < n; j += NVL) {
		const void *rows[NVL];
		key_rows(rows, (const char *)k + j * pitch, pitch, n - j, d * assay_size(t));
		float *dst = kt + (j / NR) * d * NR + j % NR;
		int64_t c = 0;
		for (; c + NVL <= d; c += NVL) turn(dst + c * NR, NR, t, rows, c);
		for (; c < d; c++)
			for (int i = 0; i < NVL; i++) dst[c * NR + i] = one(t, rows[i], c);
	}
}

static void keys(float *kt, int32_t t, const void *k, int64_t stride, int n, int64_t d) {
	if (t == ASSAY_F16) keys_of(ASSAY_F16, kt, k, stride, n, d);
	else if (t == ASSAY_BF16) keys_of(ASSAY_BF16, kt, k, stride, n, d);
	else keys_of(ASSAY_F32, kt, k, stride, n, d);
}

FN void values_of(const int t, float *vp, const void *v, int64_t stride, int n, int64_t d, int64_t dp) {
	for (int j = 0; j < n; j++) {
		const char *src = (const char *)v + j * stride * assay_size(t);
		ahead(src + ASSAY_TILE * stride * assay_size(t), d * assay_size(t));
		float *dst = vp + j * NR;
		int64_t c = 0;
		for (; c + NVL <= d; c += NVL) nv_store(dst + c / NR * ASSAY_TILE * NR + c % NR, nv_of(t, src, c));
		for (; c < dp; c++) dst[c / NR * ASSAY_TILE * NR + c % NR] = c < d ? one(t, src, c) : 0;
	}
}

static void values(float *vp, int32_t t, const void *v, int64_t stride, int n, int64_t d, int64_t dp) {
	if (t == ASSAY_F16) values_of(ASSAY_F16, vp, v, stride, n, d, dp);
	else if (t == ASSAY_BF16) values_of(ASSAY_BF16, vp, v, stride, n, d, dp);
	else values_of(ASSAY_F32, vp, v, stride, n, d, dp);
}

// qk computes the products of m rows, packed, with n keys: a square block of
// keys is transposed in registers and used by all rows at once. With few rows
// this saves storing the keys; the chains are the same.
FN void qk_of(const int t, float *s, const float *q, int m, const void *k, int64_t stride, int n, int64_t d) {
	const int64_t pitch = stride * assay_size(t);
	for (int j = 0; j < n; j += NVL) {
		const void *rows[NVL];
		key_rows(rows, (const char *)k + j * pitch, pitch, n - j, d * assay_size(t));
		int64_t c = 0;
		for (; c + NVL <= d; c += NVL) {
			nv x[NVL];
			_Pragma("GCC unroll 16") for (int i = 0; i < NVL; i++) x[i] = nv_of(t, rows[i], c);
			nv_turn(x);
			int r = 0;
			for (; r + 2 <= m; r += 2) {
				float *p = s + r * ASSAY_TILE + j;
				nv a = c ? nv_load(p) : nv_zero(), b = c ? nv_load(p + ASSAY_TILE) : nv_zero();
				_Pragma("GCC unroll 16") for (int i = 0; i < NVL; i++) {
					a = nv_fma(nv_set1(q[(c + i) * m + r]), x[i], a);
					b = nv_fma(nv_set1(q[(c + i) * m + r + 1]), x[i], b);
				}
				nv_store(p, a);
				nv_store(p + ASSAY_TILE, b);
			}
			for (; r < m; r++) {
				float *p = s + r * ASSAY_TILE + j;
				nv a = c ? nv_load(p) : nv_zero();
				_Pragma("GCC unroll 16") for (int i = 0; i < NVL; i++) a = nv_fma(nv_set1(q[(c + i) * m + r]), x[i], a);
				nv_store(p, a);
			}
		}
		for (; c < d; c++)
			for (int r = 0; r < m; r++)
				for (int i = 0; i < NVL; i++) {
					float *p = s + r * ASSAY_TILE + j + i;
					*p = __builtin_fmaf(q[c * m + r], one(t, rows[i], c), c ? *p : 0);
				}
	}
}

static void qk(int32_t t, float *s, const float *q, int m, const void *k, int64_t stride, int n, int64_t d) {
	if (t == ASSAY_F16) qk_of(ASSAY_F16, s, q, m, k, stride, n, d);
	else if (t == ASSAY_BF16) qk_of(ASSAY_BF16, s, q, m, k, stride, n, d);
	else qk_of(ASSAY_F32, s, q, m, k, stride, n, d);
}

// mix_block adds the weighted values of the keys in bits to M rows of V vectors
// of output.
FN void mix_block(const int t, const int M, const int V, uint64_t bits, const float *p, const char *v, int64_t pitch, float *o, int64_t dp) {
	nv acc[4][4];
	_Pragma("GCC unroll 4") for (int r = 0; r < M; r++)
		_Pragma("GCC unroll 4") for (int x = 0; x < V; x++) acc[r][x] = nv_load(o + r * dp + x * NVL);
	for (; bits; bits &= bits - 1) {
		const int j = __builtin_ctzll(bits);
		nv w[4];
		_Pragma("GCC unroll 4") for (int x = 0; x < V; x++) w[x] = nv_of(t, v + j * pitch, x * NVL);
		_Pragma("GCC unroll 4") for (int r = 0; r < M; r++) {
			nv f = nv_set1(p[r * ASSAY_TILE + j]);
			_Pragma("GCC unroll 4") for (int x = 0; x < V; x++) acc[r][x] = nv_fma(f, w[x], acc[r][x]);
		}
	}
	_Pragma("GCC unroll 4") for (int r = 0; r < M; r++)
		_Pragma("GCC unroll 4") for (int x = 0; x < V; x++) nv_store(o + r * dp + x * NVL, acc[r][x]);
}

FN void mix_rows(const int t, const int M, uint64_t bits, const float *p, const char *v, int64_t pitch, float *o, int64_t dp, int64_t d) {
	enum { V = MR >= 12 ? 4 : 2 }; // as many as the registers hold
	int64_t c = 0;
	for (; c + V * NVL <= d; c += V * NVL) mix_block(t, M, V, bits, p, v + c * assay_size(t), pitch, o + c, dp);
	for (; c + NVL <= d; c += NVL) mix_block(t, M, 1, bits, p, v + c * assay_size(t), pitch, o + c, dp);
	for (; c < d; c++)
		for (int r = 0; r < M; r++)
			for (uint64_t b = bits; b; b &= b - 1) {
				const int j = __builtin_ctzll(b);
				o[r * dp + c] = __builtin_fmaf(p[r * ASSAY_TILE + j], one(t, v + j * pitch, c), o[r * dp + c]);
			}
}

FN void mix_of(const int t, int m, uint64_t bits, const float *p, const void *v, int64_t stride, float *o, int64_t dp, int64_t d) {
	const int64_t pitch = stride * assay_size(t);
	int r = 0;
	for (; r + 4 <= m; r += 4) mix_rows(t, 4, bits, p + r * ASSAY_TILE, v, pitch, o + r * dp, dp, d);
	for (; r + 2 <= m; r += 2) mix_rows(t, 2, bits, p + r * ASSAY_TILE, v, pitch, o + r * dp, dp, d);
	for (; r < m; r++) mix_rows(t, 1, bits, p + r * ASSAY_TILE, v, pitch, o + r * dp, dp, d);
}

static void mix(int32_t t, int m, uint64_t bits, const float *p, const void *v, int64_t stride, float *o, int64_t dp, int64_t d) {
	if (t == ASSAY_F16) mix_of(ASSAY_F16, m, bits, p, v, stride, o, dp, d);
	else if (t == ASSAY_BF16) mix_of(ASSAY_BF16, m, bits, p, v, stride, o, dp, d);
	else mix_of(ASSAY_F32, m, bits, p, v, stride, o, dp, d);
}

// base2 turns raw products into scores in base-2 units.
FN vf base2(vf s, float scale, float softcap) {
	if (softcap > 0) {
		vf u = vf_tanh(vf_div(vf_mul(s, vf_set1(scale)), vf_set1(softcap)));
		return vf_mul(vf_mul(u, vf_set1(softcap)), vf_set1(LOG2E));
	}
	return vf_mul(s, vf_set1(scale * LOG2E));
}

FN float exp2_of(float x) { return vf_first(vf_exp2(vf_set1(x))); }

// scores: online softmax. With m the maximum so far and m' the new one,
// p = 2^(t - m'), sum = sum 2^(m - m') + p, o = o 2^(m - m'). Keys that the row
// does not see get t = -Inf by selection, since their product may be NaN, and so
// p = 0 (or NaN in a row that is NaN for a key that it does see). While every
// visible score is -Inf, 0 stands in for the maximum, or 2^(-Inf + Inf) would
// make NaN of keys that weigh nothing.
static void scores(int m, float *s, const uint64_t *vis, float scale, float softcap, float *max, float *sum, float *o, int64_t dp) {
	for (int r = 0; r < m; r++, s += ASSAY_TILE, o += dp) {
		const uint64_t bits = vis[r];
		if (bits == 0) continue;
		vf t[4], none = vf_set1(-INFINITY);
		_Pragma("GCC unroll 4") for (int i = 0; i < 4; i++) t[i] = base2(vf_load(s + 16 * i), scale, softcap);
		if (bits != ~0ull)
			_Pragma("GCC unroll 4") for (int i = 0; i < 4; i++) t[i] = vf_select(vm_bits((uint32_t)(bits >> 16 * i) & 0xffff), t[i], none);
		const float old = max[r], now = max_of(old, vf_top(vf_max(vf_max(t[0], t[1]), vf_max(t[2], t[3]))));
		const vf ref = vf_set1(now == -INFINITY ? 0.0f : now);
		_Pragma("GCC unroll 4") for (int i = 0; i < 4; i++) {
			t[i] = vf_exp2(vf_sub(t[i], ref));
			vf_store(s + 16 * i, t[i]);
		}
		const float part = vf_sum(vf_add(vf_add(t[0], t[1]), vf_add(t[2], t[3])));
		if (old == now) {
			sum[r] = sum[r] + part;
			continue;
		}
		const float shrink = exp2_of(old - now);
		const vf f = vf_set1(shrink);
		sum[r] = __builtin_fmaf(sum[r], shrink, part);
		max[r] = now;
		for (int64_t c = 0; c < dp; c += 16) vf_store(o + c, vf_mul(vf_load(o + c), f));
	}
}

// pv_panels keeps P panels of one row in registers: enough chains to hide the
// latency of one.
FN void pv_panels(const int P, uint64_t bits, const float *p, const float *vp, float *o) {
	enum { V = NR / NVL };
	nv acc[4 * V];
	_Pragma("GCC unroll 8") for (int v = 0; v < P * V; v++) acc[v] = nv_load(o + v * NVL);
	for (; bits; bits &= bits - 1) {
		const int j = __builtin_ctzll(bits);
		nv x = nv_set1(p[j]);
		_Pragma("GCC unroll 8") for (int v = 0; v < P * V; v++)
			acc[v] = nv_fma(x, nv_load(vp + ((v / V) * ASSAY_TILE + j) * NR + (v % V) * NVL), acc[v]);
	}
	_Pragma("GCC unroll 8") for (int v = 0; v < P * V; v++) nv_store(o + v * NVL, acc[v]);
}

static void pv(uint64_t bits, const float *p, const float *vp, float *o, int64_t dp) {
	int64_t c = 0;
	for (; c + 4 * NR <= dp; c += 4 * NR) pv_panels(4, bits, p, vp + c * ASSAY_TILE, o + c);
	for (; c + 2 * NR <= dp; c += 2 * NR) pv_panels(2, bits, p, vp + c * ASSAY_TILE, o + c);
	for (; c < dp; c += NR) pv_panels(1, bits, p, vp + c * ASSAY_TILE, o + c);
}

static void merge(float *tmax, float *tsum, float *to, float max, float sum, const float *o, int64_t dp, int first) {
	if (first) {
		*tmax = max;
		*tsum = sum;
		memcpy(to, o, (size_t)dp * 4);
		return;
	}
	const float now = max_of(*tmax, max), ref = now == -INFINITY ? 0.0f : now;
	const float f = exp2_of(*tmax - ref), g = exp2_of(max - ref);
	*tsum = __builtin_fmaf(*tsum, f, sum * g);
	*tmax = now;
	for (int64_t c = 0; c < dp; c += 16) vf_store(to + c, vf_fma(vf_load(to + c), vf_set1(f), vf_mul(vf_load(o + c), vf_set1(g))));
}

static float finish(float *dst, float max, float sum, const float *o, int64_t d) {
	vf inv = vf_set1(1.0f / sum);
	EACH16(d, vf_store(dst + i, vf_mul(vf_load(o + i), inv)), vf_storen(dst + i, vf_mul(vf_loadn(o + i, rest, 0), inv), rest))
	return (float)((double)max * LN2 + log_of(sum));
}

static void logits(float *s, uint64_t bits, float scale, float softcap, int n) {
	for (int i = 0; i < n; i += 16) {
		vf t = base2(vf_load(s + i), scale, softcap);
		vf_store(s + i, vf_select(vm_bits((uint32_t)(bits >> i) & 0xffff), t, vf_set1(-INFINITY)));
	}
}

static void weights(float *s, const uint64_t *vis, int64_t tiles) {
	const float top = row_max(s, tiles * ASSAY_TILE);
	const vf ref = vf_set1(top);
	float sum = 0;
	for (int64_t j = 0; j < tiles; j++) {
		vf t[4];
		float *p = s + j * ASSAY_TILE;
		for (int i = 0; i < 4; i++) {
			t[i] = vf_exp2(vf_sub(vf_load(p + 16 * i), ref));
			t[i] = vf_select(vm_bits((uint32_t)(vis[j] >> 16 * i) & 0xffff), t[i], vf_zero());
			vf_store(p + 16 * i, t[i]);
		}
		sum = sum + vf_sum(vf_add(vf_add(t[0], t[1]), vf_add(t[2], t[3])));
	}
	const vf inv = vf_set1(1.0f / sum);
	for (int64_t j = 0; j < tiles; j++)
		for (int i = 0; i < 4; i++) {
			float *p = s + j * ASSAY_TILE + 16 * i;
			vf t = vf_mul(vf_load(p), inv);
			vf_store(p, vf_select(vm_bits((uint32_t)(vis[j] >> 16 * i) & 0xffff), t, vf_zero()));
		}
}
