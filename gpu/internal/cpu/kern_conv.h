// Kernels of convolutions: gathering patches, spreading results, and the dot
// products of the weight gradient.

// gather fills kc rows of a panel: row k holds NR elements in units of U, unit j
// from src + koff[k] + unit[j].
#define GATHER(U) \
	static void gather_##U(float *dst, const float *src, const int64_t *koff, int64_t kc, const int64_t *unit) { \
		for (int64_t k = 0; k < kc; k++) \
			_Pragma("GCC unroll 8") for (int j = 0; j < NR / U; j++) \
				memcpy(dst + k * NR + j * U, src + koff[k] + unit[j], U * 4); \
	}
GATHER(1) GATHER(2) GATHER(4) GATHER(8) GATHER(16)

// copy_rows stores rows x w elements densely; source rows begin pitch apart,
// source elements lie step apart.
static void copy_rows(float *dst, const float *src, int64_t rows, int64_t w, int64_t pitch, int64_t step) {
	if (step == 1 && (w == 2 || w == 4 || w == 8)) { // short rows are all overhead but for a copy of known length
		for (int64_t y = 0; y < rows; y++, dst += w, src += pitch) {
			if (w == 2) memcpy(dst, src, 8);
			else if (w == 4) memcpy(dst, src, 16);
			else memcpy(dst, src, 32);
		}
		return;
	}
	for (int64_t y = 0; y < rows; y++, dst += w, src += pitch) {
		if (step == 1) {
			int64_t x = 0;
			for (; x + 8 <= w; x += 8) memcpy(dst + x, src + x, 32);
			for (; x < w; x++) dst[x] = src[x];
		} else {
			for (int64_t x = 0; x < w; x++) dst[x] = src[x * step];
		}
	}
}

// pad_plane copies hs rows of ws elements into a plane of hp x wp at (top, left),
// zeros around them; what does not fit is left out. The usual rows are too short for a
// call of memcpy, which a length known here avoids.
static void pad_plane(float *restrict dst, const float *restrict src, int64_t hs, int64_t ws, int64_t top, int64_t left, int64_t hp, int64_t wp) {
	const int64_t rows = hs < hp - top ? hs : hp - top, w = ws < wp - left ? ws : wp - left;
	for (int64_t i = 0; i < top * wp + left; i++) dst[i] = 0;
	for (int64_t y = 0; y < rows; y++) {
		float *row = dst + (top + y) * wp + left;
		const float *from = src + y * ws;
		if (w == 32) memcpy(row, from, 128);
		else if (w == 16) memcpy(row, from, 64);
		else if (w == 8) memcpy(row, from, 32);
		else memcpy(row, from, (size_t)w * 4);
		// To the first element of the next row.
		const int64_t gap = (y + 1 < rows ? wp : wp - left) - w;
		if (gap == 2) row[w] = row[w + 1] = 0;
		else for (int64_t x = 0; x < gap; x++) row[w + x] = 0;
	}
	for (int64_t i = (top + rows) * wp; i < hp * wp; i++) dst[i] = 0;
}

// spread stores n results: dst[i*step] = c[i] + bias, or adds that to dst.
static void spread(float *dst, const float *c, int64_t n, int64_t step, float bias, int accumulate) {
	if (step == 1 && !accumulate) {
		const vf b = vf_set1(bias);
		int64_t i = 0;
		for (; i + 16 <= n; i += 16) vf_store(dst + i, vf_add(vf_load(c + i), b));
		for (; i < n; i++) dst[i] = c[i] + bias;
	} else if (step == 1) {
		for (int64_t i = 0; i < n; i++) dst[i] = dst[i] + (c[i] + bias);
	} else if (!accumulate) {
		for (int64_t i = 0; i < n; i++) dst[i * step] = c[i] + bias;
	} else {
		for (int64_t i = 0; i < n; i++) dst[i * step] = dst[i * step] + (c[i] + bias);
	}
}

// Rows of a tile of dots: as many chains as registers hold.
#if NVL == 16
#define DA 4
#define DB 6
#else
#define DA 2
#define DB 3
#endif

// dot_tile adds to out [na][ldo] the products of na rows of a, lda apart, and the nb
// rows b: 16 chains each, summed in one tree. A row is n runs of 16 elements, which
// lie at the offsets ao of a and bo of b: images need not be copied to be multiplied.
FN void dot_tile(const int na, const int nb, const float *a, int64_t lda, const int64_t *ao, const float *const *b, const int64_t *bo, int64_t n, float *out,
	int64_t ldo) {
	vf acc[DA][DB];
	_Pragma("GCC unroll 4") for (int i = 0; i < na; i++)
		_Pragma("GCC unroll 6") for (int j = 0; j < nb; j++) acc[i][j] = vf_zero();
	for (int64_t k = 0; k < n; k++) {
		vf y[DB];
		_Pragma("GCC unroll 6") for (int j = 0; j < nb; j++) y[j] = vf_load(b[j] + bo[k]);
		_Pragma("GCC unroll 4") for (int i = 0; i < na; i++) {
			vf x = vf_load(a + i * lda + ao[k]);
			_Pragma("GCC unroll 6") for (int j = 0; j < nb; j++) acc[i][j] = vf_fma(x, y[j], acc[i][j]);
		}
	}
	_Pragma("GCC unroll 4") for (int i = 0; i < na; i++)
		_Pragma("GCC unroll 6") for (int j = 0; j < nb; j++) out[i * ldo + j] = out[i * ldo + j] + vf_sum(acc[i][j]);
}

// dots is dot_tile for any number of rows.
static void dots(int64_t na, int64_t nb, const float *a, int64_t lda, const int64_t *ao, const float *const *b, const int64_t *bo, int64_t n, float *out,
	int64_t ldo) {
	int64_t i = 0;
	for (; i + DA <= na; i += DA) {
		int64_t j = 0;
		for (; j + DB <= nb; j += DB) dot_tile(DA, DB, a + i * lda, lda, ao, b + j, bo, n, out + i * ldo + j, ldo);
		for (; j < nb; j++) dot_tile(DA, 1, a + i * lda, lda, ao, b + j, bo, n, out + i * ldo + j, ldo);
	}
	for (; i < na; i++) {
		int64_t j = 0;
		for (; j + DB <= nb; j += DB) dot_tile(1, DB, a + i * lda, lda, ao, b + j, bo, n, out + i * ldo + j, ldo);
		for (; j < nb; j++) dot_tile(1, 1, a + i * lda, lda, ao, b + j, bo, n, out + i * ldo + j, ldo);
	}
}

// panel_across: dst [k][NR] from `columns` rows of k elements, zero beyond.
static void panel_across(float *dst, const float *src, int64_t ld, int64_t columns, int64_t k) {
	for (int64_t c0 = 0; c0 < NR; c0 += NVL) {
		const void *rows[NVL];
		const int64_t have = columns - c0 < NVL ? columns - c0 : NVL;
		int64_t at = 0;
		if (have == NVL) {
			for (int i = 0; i < NVL; i++) rows[i] = src + (c0 + i) * ld;
			for (; at + NVL <= k; at += NVL) turn(dst + at * NR + c0, NR, ASSAY_F32, rows, at);
		}
		for (; at < k; at++)
			for (int i = 0; i < NVL; i++) dst[at * NR + c0 + i] = i < have ? src[(c0 + i) * ld + at] : 0;
	}
}

// panel_along: dst [k][NR] from k rows of `columns` elements, zero beyond.
static void panel_along(float *dst, const float *src, int64_t ld, int64_t columns, int64_t k) {
	if (columns == NR) {
		for (int64_t i = 0; i < k; i++)
			_Pragma("GCC unroll 4") for (int v = 0; v < NR; v += NVL) nv_store(dst + i * NR + v, nv_load(src + i * ld + v));
		return;
	}
	for (int64_t i = 0; i < k; i++)
		for (int64_t c = 0; c < NR; c++) dst[i * NR + c] = c < columns ? src[i * ld + c] : 0;
}
