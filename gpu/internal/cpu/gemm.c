// Packing of weights and the split of a matrix product into chunks.
//
// Up to mr rows (decoding): every chunk is a run of panels, walked once over the
// whole of k. More rows: the left matrix is packed into tiles of equal height,
// a chunk is a block of tiles by panels, k is walked in blocks of KC and the
// output is reloaded for each, so that its chain goes on where it stopped.
#include "table.h"

#include <string.h>

enum {
	KC = 256,             // steps of k whose panel stays in the first-level cache
	MC = 192,             // rows of a chunk: its packed block stays in the second level
	NC = 256,             // columns of a chunk
	LITTLE = 1 << 17,     // multiply-adds below which waking helpers costs more than it brings
	BLOCK = 64 << 20,     // bytes of packed rows at a time
	LONGEST = 1 << 27,    // multiply-adds of a chunk, so that cancelling takes milliseconds
};

typedef struct {
	const assay_kernels *t;
	float *dst;
	const float *a, *bias;
	const char *w;
	int64_t ldd, lda, m, n, k;
	int32_t type;
	int accumulate;
	float *packed, *scratch;     // packed rows; per thread one widened panel
	int64_t tiles, height;       // row tiles and their height
	int64_t panels;              // panels of w
	int64_t tile_step, panel_step, column_chunks;
} job;

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static void add_bias(const job *j, int64_t r0, int64_t r1, int64_t c0, int64_t c1) {
	if (!j->bias) return;
	for (int64_t r = r0; r < r1; r++) j->t->add(j->dst + r * j->ldd + c0, j->dst + r * j->ldd + c0, j->bias + c0, c1 - c0);
}

// edge runs a kernel on a panel of which only some columns exist.
static void edge_in(float *c, const float *dst, int64_t ldd, int64_t rows, int64_t columns, int nr) {
	for (int64_t r = 0; r < rows; r++) {
		memcpy(c + r * nr, dst + r * ldd, (size_t)columns * 4);
		memset(c + r * nr + columns, 0, (size_t)(nr - columns) * 4);
	}
}

static void edge_out(float *dst, int64_t ldd, const float *c, int64_t rows, int64_t columns, int nr) {
	for (int64_t r = 0; r < rows; r++) memcpy(dst + r * ldd, c + r * nr, (size_t)columns * 4);
}

static void skinny_chunk(void *p, int64_t chunk, int thread) {
	(void)thread;
	const job *j = p;
	const assay_kernels *t = j->t;
	const int64_t p0 = chunk * j->panel_step, p1 = smaller(p0 + j->panel_step, j->panels);
	const int64_t pitch = j->k * t->nr * assay_size(j->type), whole = smaller(p1, j->n / t->nr);
	const int first = !j->accumulate;
	if (whole > p0) t->skinny[j->type][j->m](j->k, j->packed, j->w + p0 * pitch, whole - p0, j->dst + p0 * t->nr, j->ldd, first);
	if (whole < p1) {
		_Alignas(64) float c[ASSAY_MAXMR * ASSAY_MAXNR];
		float *dst = j->dst + whole * t->nr;
		const int64_t columns = j->n - whole * t->nr;
		if (!first) edge_in(c, dst, j->ldd, j->m, columns, t->nr);
		t->skinny[j->type][j->m](j->k, j->packed, j->w + whole * pitch, 1, c, t->nr, first);
		edge_out(dst, j->ldd, c, j->m, columns, t->nr);
	}
	add_bias(j, 0, j->m, p0 * t->nr, smaller(p1 * t->nr, j->n));
}

static void pack_tile(void *p, int64_t tile, int thread) {
	(void)thread;
	const job *j = p;
	const float *rows[ASSAY_MAXMR];
	const int64_t r0 = tile * j->height, n = smaller(j->height, j->m - r0);
	for (int64_t i = 0; i < n; i++) rows[i] = j->a + (r0 + i) * j->lda;
	j->t->pack_rows(j->packed + r0 * j->k, rows, (int)n, j->k);
}

static void tile_chunk(void *p, int64_t chunk, int thread) {
	const job *j = p;
	const assay_kernels *t = j->t;
	const int64_t t0 = chunk / j->column_chunks * j->tile_step, t1 = smaller(t0 + j->tile_step, j->tiles);
	const int64_t p0 = chunk % j->column_chunks * j->panel_step, p1 = smaller(p0 + j->panel_step, j->panels);
	const int64_t size = assay_size(j->type);
	float *wide = j->scratch + (int64_t)thread * KC * t->nr;
	int64_t k0 = 0;
	do {
		const int64_t kc = smaller(KC, j->k - k0);
		const int first = k0 == 0 && !j->accumulate;
		for (int64_t q = p0; q < p1; q++) {
			const char *panel = j->w + (q * j->k + k0) * t->nr * size;
			const float *b = (const float *)panel;
			if (j->type != ASSAY_F32) {
				t->widen(j->type, wide, panel, kc * t->nr);
				b = wide;
			}
			const int64_t columns = smaller(t->nr, j->n - q * t->nr);
			for (int64_t i = t0; i < t1; i++) {
				const int64_t r0 = i * j->height, rows = smaller(j->height, j->m - r0);
				const float *a = j->packed + r0 * j->k + k0 * rows;
				float *dst = j->dst + r0 * j->ldd + q * t->nr;
				if (columns == t->nr) {
					t->tile[rows](kc, a, b, dst, j->ldd, first);
					continue;
				}
				_Alignas(64) float c[ASSAY_MAXMR * ASSAY_MAXNR];
				if (!first) edge_in(c, dst, j->ldd, rows, columns, t->nr);
				t->tile[rows](kc, a, b, c, t->nr, first);
				edge_out(dst, j->ldd, c, rows, columns, t->nr);
			}
		}
		k0 += KC;
	} while (k0 < j->k);
	add_bias(j, t0 * j->height, smaller(t1 * j->height, j->m), p0 * t->nr, smaller(p1 * t->nr, j->n));
}

static int run_skinny(assay_dev *d, const uint32_t *stop, job *j) {
	const assay_kernels *t = j->t;
	j->packed = (float *)(uintptr_t)j->a;
	if (j->m > 1) {
		j->packed = assay_workspace(d, (size_t)(j->m * j->k + 1) * 4);
		if (!j->packed) return ASSAY_NOMEM;
		const float *rows[ASSAY_MAXMR];
		for (int64_t i = 0; i < j->m; i++) rows[i] = j->a + i * j->lda;
		t->pack_rows(j->packed, rows, (int)j->m, j->k);
	}
	// A few chunks for each thread even out helpers that come late.
	const int64_t threads = j->m * j->n * j->k < LITTLE ? 1 : assay_threads(d);
	j->panel_step = threads == 1 ? j->panels : ceil_div(j->panels, 4 * threads);
	if (j->panel_step > 4) j->panel_step = ceil_div(j->panel_step, 4) * 4;
	// Bounded, so that cancelling is noticed.
	j->panel_step = smaller(j->panel_step, ceil_div(8 << 20, (j->k + 1) * t->nr * assay_size(j->type)));
	return assay_run(d, stop, ceil_div(j->panels, j->panel_step), skinny_chunk, j);
}

static int run_tiles(assay_dev *d, const uint32_t *stop, job *j) {
	const assay_kernels *t = j->t;
	const int64_t threads = assay_threads(d);
	j->tiles = ceil_div(j->m, t->mr);
	j->height = ceil_div(j->m, j->tiles);
	j->tiles = ceil_div(j->m, j->height);
	const size_t packed = ((size_t)(j->m * j->k) * 4 + 63) / 64 * 64;
	char *space = assay_workspace(d, packed + (size_t)threads * KC * (size_t)t->nr * 4);
	if (!space) return ASSAY_NOMEM;
	j->packed = (float *)space;
	j->scratch = (float *)(space + packed);
	const int64_t row_chunks = ceil_div(j->tiles, MC / t->mr);
	j->tile_step = ceil_div(j->tiles, row_chunks);
	j->panel_step = smaller(NC / t->nr, j->panels);
	while (j->panel_step > 1 && (row_chunks * ceil_div(j->panels, j->panel_step) < 16 * threads || MC * t->nr * j->panel_step * j->k > LONGEST))
		j->panel_step = (j->panel_step + 1) / 2;
	j->column_chunks = ceil_div(j->panels, j->panel_step);
	int rc = assay_run(d, stop, j->tiles, pack_tile, j);
	if (rc == ASSAY_OK) rc = assay_run(d, stop, row_chunks * j->column_chunks, tile_chunk, j);
	return rc;
}

int assay_gemm(assay_dev *d, const uint32_t *stop, float *dst, int64_t ldd, const float *a, int64_t lda, const void *w, int32_t type,
	const float *bias, int64_t m, int64_t n, int64_t k, int accumulate) {
	const assay_kernels *t = assay_table(d);
	job j = {.t = t, .ldd = ldd, .lda = lda, .bias = bias, .w = w, .n = n, .k = k, .type = type, .accumulate = accumulate};
	j.panels = ceil_div(n, t->nr);
	int64_t block = k > 0 ? BLOCK / 4 / k / MC * MC : m;
	if (block < MC) block = MC;
	int rc = ASSAY_OK;
	assay_lock(d);
	for (int64_t r = 0; r < m && rc == ASSAY_OK; r += block) {
		j.dst = dst + r * ldd;
		j.a = a + r * lda;
		j.m = smaller(block, m - r);
		rc = j.m <= t->mr ? run_skinny(d, stop, &j) : run_tiles(d, stop, &j);
	}
	assay_unlock(d);
	return rc;
}

typedef struct {
	const char *w;
	char *dst;
	assay_lay lay;
	int64_t n, k, nr;
} pack_job;

// pack_panel goes through k in short steps so that both sides stay in cache.
static void pack_panel(void *p, int64_t panel, int thread) {
	(void)thread;
	const pack_job *j = p;
	const int64_t c0 = panel * j->nr, columns = smaller(j->nr, j->n - c0);
	for (int64_t k0 = 0; k0 < j->k; k0 += 16) {
		const int64_t kc = smaller(16, j->k - k0);
		if (j->lay.t == ASSAY_F32) {
			float *dst = (float *)j->dst + (panel * j->k + k0) * j->nr;
			for (int64_t c = 0; c < j->nr; c++) {
				const float *src = (const float *)j->w + (c0 + c) * j->lay.s0 + k0;
				for (int64_t i = 0; i < kc; i++) dst[i * j->nr + c] = c < columns ? src[i] : 0;
			}
		} else {
			uint16_t *dst = (uint16_t *)j->dst + (panel * j->k + k0) * j->nr;
			for (int64_t c = 0; c < j->nr; c++) {
				const uint16_t *src = (const uint16_t *)j->w + (c0 + c) * j->lay.s0 + k0;
				for (int64_t i = 0; i < kc; i++) dst[i * j->nr + c] = c < columns ? src[i] : 0;
			}
		}
	}
}

int assay_pack(assay_dev *d, const uint32_t *stop, void *dst, const void *w, assay_lay lay, int64_t n, int64_t k) {
	pack_job j = {.w = w, .dst = dst, .lay = lay, .n = n, .k = k, .nr = assay_table(d)->nr};
	assay_lock(d);
	const int rc = assay_run(d, stop, ceil_div(n, j.nr), pack_panel, &j);
	assay_unlock(d);
	return rc;
}
