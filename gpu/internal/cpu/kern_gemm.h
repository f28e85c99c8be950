// Matrix kernels. acc[i][v] is one chain of multiply-adds for each lane, in
// ascending k; nothing is ever added in another order.

// Elements k of M packed rows: packed columns, or row-major with LD columns.
#define AT(a, M, LD, i, k) ((LD) ? (a)[(i) * (LD) + (k)] : (a)[(k) * (M) + (i)])

// body computes M rows of P panels side by side. All of M, P, LD and t are
// constants where it is expanded, so that acc lives in registers.
FN void body(const int M, const int P, const int LD, const int t, int64_t kc, const float *a, const void *b, int64_t pitch, float *c, int64_t ldc,
	int first) {
	enum { V = NR / NVL };
	nv acc[MR][4 * V];
	_Pragma("GCC unroll 16") for (int i = 0; i < M; i++)
		_Pragma("GCC unroll 8") for (int v = 0; v < P * V; v++) acc[i][v] = first ? nv_zero() : nv_load(c + i * ldc + v * NVL);
	for (int64_t k = 0; k < kc; k++) {
		nv w[4 * V];
		_Pragma("GCC unroll 8") for (int v = 0; v < P * V; v++)
			w[v] = nv_of(t, (const char *)b + (v / V) * pitch, k * NR + (v % V) * NVL);
		_Pragma("GCC unroll 16") for (int i = 0; i < M; i++) {
			nv x = nv_set1(AT(a, M, LD, i, k));
			_Pragma("GCC unroll 8") for (int v = 0; v < P * V; v++) acc[i][v] = nv_fma(x, w[v], acc[i][v]);
		}
	}
	_Pragma("GCC unroll 16") for (int i = 0; i < M; i++)
		_Pragma("GCC unroll 8") for (int v = 0; v < P * V; v++) nv_store(c + i * ldc + v * NVL, acc[i][v]);
}

#define TILE(M) \
	static void tile_##M(int64_t kc, const float *a, const float *b, float *c, int64_t ldc, int first) { \
		body(M, 1, 0, ASSAY_F32, kc, a, b, 0, c, ldc, first); \
	} \
	static void tile64_##M(int64_t kc, const float *a, const float *b, float *c, int64_t ldc, int first) { \
		body(M, 1, ASSAY_TILE, ASSAY_F32, kc, a, b, 0, c, ldc, first); \
	}

// skinny walks np panels, W of them at a time: with few rows several panels are
// needed to keep enough chains in flight.
#define SKINNY_T(M, W, t, name) \
	static void name(int64_t kc, const float *a, const void *b, int64_t np, float *c, int64_t ldc, int first) { \
		const int64_t pitch = kc * NR * assay_size(t); \
		int64_t p = 0; \
		for (; p + W <= np; p += W) body(M, W, 0, t, kc, a, (const char *)b + p * pitch, pitch, c + p * NR, ldc, first); \
		for (; p < np; p++) body(M, 1, 0, t, kc, a, (const char *)b + p * pitch, pitch, c + p * NR, ldc, first); \
	}
#define SKINNY(M, W) \
	SKINNY_T(M, W, ASSAY_F32, skinny_f32_##M) \
	SKINNY_T(M, W, ASSAY_F16, skinny_f16_##M) \
	SKINNY_T(M, W, ASSAY_BF16, skinny_bf16_##M)

// turn stores the transpose of NVL rows of NVL elements of type t, widened:
// dst[j*ldd + i] = rows[i][at + j].
FN void turn(float *dst, int64_t ldd, const int t, const void *const *rows, int64_t at) {
	nv r[NVL];
	_Pragma("GCC unroll 16") for (int i = 0; i < NVL; i++) r[i] = nv_of(t, rows[i], at);
	nv_turn(r);
	_Pragma("GCC unroll 16") for (int i = 0; i < NVL; i++) nv_store(dst + i * ldd, r[i]);
}

// pack_rows: dst [k][m] from m rows, by transposing square blocks.
static void pack_rows(float *dst, const float *const *rows, int m, int64_t k) {
	if (m == 1) {
		memcpy(dst, rows[0], (size_t)k * 4);
		return;
	}
	float block[NVL * NVL];
	const void *src[NVL];
	for (int i = 0; i < NVL; i++) src[i] = rows[i < m ? i : 0];
	int64_t c = 0;
	for (; c + NVL <= k; c += NVL) {
		turn(block, NVL, ASSAY_F32, src, c);
		for (int j = 0; j < NVL; j++)
			for (int i = 0; i < m; i++) dst[(c + j) * m + i] = block[j * NVL + i];
	}
	for (; c < k; c++)
		for (int i = 0; i < m; i++) dst[c * m + i] = rows[i][c];
}

static void widen(int32_t t, float *dst, const void *src, int64_t n) {
	const uint16_t *h = src;
	int64_t i = 0;
	if (t == ASSAY_F32) {
		memmove(dst, src, (size_t)n * 4);
	} else if (t == ASSAY_F16) {
		for (; i + 16 <= n; i += 16) vf_store(dst + i, vf_f16(h + i));
		for (; i < n; i++) dst[i] = f32_of_f16(h[i]);
	} else {
		for (; i + 16 <= n; i += 16) vf_store(dst + i, vf_bf16(h + i));
		for (; i < n; i++) dst[i] = f32_of_bf16(h[i]);
	}
}

static void narrow(int32_t t, void *dst, const float *src, int64_t n) {
	uint16_t *h = dst;
	int64_t i = 0;
	if (t == ASSAY_F32) {
		memmove(dst, src, (size_t)n * 4);
	} else if (t == ASSAY_F16) {
		for (; i + 16 <= n; i += 16) vf_to_f16(h + i, vf_load(src + i));
		for (; i < n; i++) h[i] = f16_of_f32(src[i]);
	} else {
		for (; i + 16 <= n; i += 16) vf_to_bf16(h + i, vf_load(src + i));
		for (; i < n; i++) h[i] = bf16_of_f32(src[i]);
	}
}
