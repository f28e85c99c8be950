// Products of f32 matrices in the three orders that a linear layer needs:
// dst [m, n] = a b, with either operand stored transposed. Every output is one
// chain of multiply-adds in ascending k, then bias.
#include "table.h"

#include <string.h>

enum { KC = 256 };

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

typedef struct {
	const assay_kernels *t;
	float *dst, *packed, *panels;
	const float *a, *b, *bias;
	int64_t m, n, k, height, tiles, step, row_chunks;
	int ta, tb, accumulate;
} product;

// pack stores tile i of a as [k][rows], or panel i - tiles of b as [k][nr].
static void pack(void *p, int64_t i, int thread) {
	(void)thread;
	const product *j = p;
	const assay_kernels *t = j->t;
	if (i < j->tiles) {
		const int64_t r0 = i * j->height, rows = smaller(j->height, j->m - r0);
		float *dst = j->packed + r0 * j->k;
		if (!j->ta) {
			const float *from[ASSAY_MAXMR];
			for (int64_t r = 0; r < rows; r++) from[r] = j->a + (r0 + r) * j->k;
			t->pack_rows(dst, from, (int)rows, j->k);
		} else {
			for (int64_t k = 0; k < j->k; k++) memcpy(dst + k * rows, j->a + k * j->m + r0, (size_t)rows * 4);
		}
		return;
	}
	const int64_t c0 = (i - j->tiles) * t->nr, columns = smaller(t->nr, j->n - c0);
	float *dst = j->panels + (i - j->tiles) * j->k * t->nr;
	if (j->tb) t->panel_across(dst, j->b + c0 * j->k, j->k, columns, j->k);
	else t->panel_along(dst, j->b + c0, j->n, columns, j->k);
}

static void product_chunk(void *p, int64_t chunk, int thread) {
	(void)thread;
	const product *j = p;
	const assay_kernels *t = j->t;
	const int64_t panel = chunk / j->row_chunks, t0 = chunk % j->row_chunks * j->step, t1 = smaller(t0 + j->step, j->tiles);
	const int64_t c0 = panel * t->nr, columns = smaller(t->nr, j->n - c0);
	const float *b = j->panels + panel * j->k * t->nr;
	for (int64_t i = t0; i < t1; i++) {
		const int64_t r0 = i * j->height, rows = smaller(j->height, j->m - r0);
		_Alignas(64) float c[ASSAY_MAXMR * ASSAY_MAXNR];
		int64_t k0 = 0;
		do {
			const int64_t kc = smaller(KC, j->k - k0);
			t->tile[rows](kc, j->packed + r0 * j->k + k0 * rows, b + k0 * t->nr, c, t->nr, k0 == 0);
			k0 += KC;
		} while (k0 < j->k);
		for (int64_t r = 0; r < rows; r++) {
			float *dst = j->dst + (r0 + r) * j->n + c0;
			if (j->bias) t->add(c + r * t->nr, c + r * t->nr, j->bias + c0, columns);
			t->spread(dst, c + r * t->nr, columns, 1, 0, j->accumulate);
		}
	}
}

int assay_product(assay_dev *d, const uint32_t *stop, float *dst, const float *a, const float *b, const float *bias, int64_t m, int64_t n, int64_t k,
	int ta, int tb, int accumulate) {
	const assay_kernels *t = assay_table(d);
	product j = {.t = t, .dst = dst, .a = a, .b = b, .bias = bias, .m = m, .n = n, .k = k, .ta = ta, .tb = tb, .accumulate = accumulate};
	const int64_t threads = assay_threads(d), panels = ceil_div(n, t->nr);
	j.tiles = ceil_div(m, t->mr);
	j.height = ceil_div(m, j.tiles);
	j.tiles = ceil_div(m, j.height);
	j.row_chunks = smaller(j.tiles, ceil_div(4 * threads, panels));
	j.step = ceil_div(j.tiles, j.row_chunks);
	j.row_chunks = ceil_div(j.tiles, j.step);
	assay_lock(d);
	int rc = ASSAY_NOMEM;
	const int64_t packed = (m * k + 15) / 16 * 16;
	float *space = assay_workspace(d, (size_t)(packed + panels * k * t->nr + 16) * 4);
	if (space) {
		j.packed = space;
		j.panels = space + packed;
		rc = assay_run(d, stop, j.tiles + panels, pack, &j);
		if (rc == ASSAY_OK) rc = assay_run(d, stop, panels * j.row_chunks, product_chunk, &j);
	}
	assay_unlock(d);
	return rc;
}
