// Convolutions on [n][c][h][w] f32.
//
// Forward and the data gradient are one loop: a grid of output pixels, a list of
// taps that read a zero-padded source at fixed offsets, and a matrix of weights.
// Patches of a few pixels are gathered into a panel that stays in cache; there
// is never a full matrix of patches. Every output is one chain of multiply-adds
// over (channel, tap) in ascending order, then bias. The data gradient of a
// convolution of stride s is s*s such loops, one for each residue of the pixel.
//
// The weight gradient is dot products over pixels: a block of images at a time,
// blocks of a group in order, then groups in order. Groups follow from the shape
// alone, so threads do not change bits.
#include "table.h"

#include <string.h>

enum {
	KC = 256,        // taps at a time: a panel and the packed weights beside it stay in cache
	ENOUGH = 128,    // pixels that a chunk has at least, if there are so many
	LONG = 1024,     // pixels of a block of images in the weight gradient
	COLUMNS = 48,    // rows of patches that are held at a time there
	MAXTAPS = 1024,  // taps of one kernel, 32 x 32
};

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t even(int64_t n) { return (n + 15) / 16 * 16; }

typedef struct {
	const assay_kernels *t;
	// Source: images of cs channels, hs x ws, padded with zeros to hp x wp with the
	// image at (top, left).
	const float *src;
	int64_t images, cs, hs, ws, hp, wp, top, left;
	// Taps: offsets in the padded source, and where their weights lie.
	int64_t taps, ty[MAXTAPS], tx[MAXTAPS], tw[MAXTAPS];
	int64_t load; // source pixels between neighbours of the grid
	// Destination: grid of gh x gw pixels at (oy, ox) + store * (y, x) of hd x wd.
	float *dst;
	int64_t m, hd, wd, gh, gw, oy, ox, store;
	// Weights: element of row r, channel c and tap at w[r*wr + c*wc + tw].
	const float *w, *bias;
	int64_t wr, wc;
	int accumulate;
	// The split.
	int64_t k, height, tiles, together, blocks, splits, tile_step, unit, abreast;
	float *packed, *scratch;
	int64_t *koff;
	int64_t scratch_size; // floats of one thread
} conv;

// pack_tile stores a tile of rows of weights as [k][rows].
static void pack_tile(void *p, int64_t tile, int thread) {
	(void)thread;
	const conv *j = p;
	const int64_t r0 = tile * j->height, rows = smaller(j->height, j->m - r0);
	float *dst = j->packed + r0 * j->k;
	if (j->wc == j->taps && j->wr == j->k) {
		const float *from[ASSAY_MAXMR];
		int whole = 1;
		for (int64_t i = 0; i < j->taps; i++) whole = whole && j->tw[i] == i;
		for (int64_t i = 0; i < rows; i++) from[i] = j->w + (r0 + i) * j->wr;
		if (whole) {
			j->t->pack_rows(dst, from, (int)rows, j->k);
			return;
		}
	}
	for (int64_t c = 0; c < j->cs; c++)
		for (int64_t i = 0; i < j->taps; i++)
			for (int64_t r = 0; r < rows; r++) *dst++ = j->w[(r0 + r) * j->wr + c * j->wc + j->tw[i]];
}

// pad copies planes of hs x ws into zeroed planes of hp x wp.
static void pad(float *dst, const float *src, int64_t planes, const conv *j) {
	for (int64_t c = 0; c < planes; c++, dst += j->hp * j->wp, src += j->hs * j->ws)
		j->t->pad_plane(dst, src, j->hs, j->ws, j->top, j->left, j->hp, j->wp);
}

static int padded(const conv *j) { return j->top != 0 || j->left != 0 || j->hp != j->hs || j->wp != j->ws; }

// store_panels spreads c [rows][ld] of pixels p0..p1 of a block of images.
static void store_panels(const conv *j, int64_t image, int64_t r0, int64_t r1, int64_t p0, int64_t p1, const float *c, int64_t ld) {
	const int64_t grid = j->gh * j->gw, plane = j->hd * j->wd;
	const int whole = j->store == 1 && j->oy == 0 && j->ox == 0 && j->gh == j->hd && j->gw == j->wd;
	const int64_t run = whole ? grid : j->gw; // pixels that lie evenly in the destination
	for (int64_t r = r0; r < r1; r++) {
		const float bias = j->bias ? j->bias[r] : 0;
		for (int64_t p = p0; p < p1;) {
			const int64_t in = p % grid, n = smaller(p1 - p, run - in % run);
			float *dst = j->dst + ((image + p / grid) * j->m + r) * plane;
			if (whole) dst += in;
			else dst += (j->oy + in / j->gw * j->store) * j->wd + j->ox + in % j->gw * j->store;
			j->t->spread(dst, c + (r - r0) * ld + (p - p0), n, j->store, bias, j->accumulate);
			p += n;
		}
	}
}

static void conv_chunk(void *p, int64_t chunk, int thread) {
	const conv *j = p;
	const assay_kernels *t = j->t;
	const int64_t image = chunk / j->splits * j->together, images = smaller(j->together, j->images - image);
	const int64_t t0 = chunk % j->splits * j->tile_step, t1 = smaller(t0 + j->tile_step, j->tiles);
	if (t0 >= t1) return;
	const int64_t r0 = t0 * j->height, r1 = smaller(t1 * j->height, j->m);
	const int64_t nr = t->nr, grid = j->gh * j->gw, pixels = images * grid, wide = j->abreast * nr;
	float *panels = j->scratch + thread * j->scratch_size, *c = panels + KC * wide;
	const float *src = j->src + image * j->cs * j->hs * j->ws;
	if (padded(j)) {
		float *own = c + even((r1 - r0) * wide);
		pad(own, src, images * j->cs, j);
		src = own;
	}
	int64_t unit[ASSAY_MAXNR * 8];
	const int64_t per = nr / j->unit; // units of a panel
	for (int64_t p0 = 0; p0 < pixels; p0 += wide) {
		const int64_t p1 = smaller(p0 + wide, pixels), np = ceil_div(p1 - p0, nr);
		for (int64_t u = 0; u < np * per; u++) {
			const int64_t at = p0 + u * j->unit;
			// Columns beyond the last pixel hold anything: they are never stored.
			const int64_t in = at < pixels ? at % grid : 0, img = at < pixels ? at / grid : 0;
			unit[u] = img * j->cs * j->hp * j->wp + (in / j->gw * j->wp + in % j->gw) * j->load;
		}
		int64_t k0 = 0;
		do {
			const int64_t kc = smaller(KC, j->k - k0);
			for (int64_t q = 0; q < np; q++) t->gather[j->unit](panels + q * KC * nr, src, j->koff + k0, kc, unit + q * per);
			for (int64_t i = t0; i < t1; i++) {
				const int64_t row = i * j->height, rows = smaller(j->height, j->m - row);
				const float *a = j->packed + row * j->k + k0 * rows;
				for (int64_t q = 0; q < np; q++) t->tile[rows](kc, a, panels + q * KC * nr, c + (row - r0) * wide + q * nr, wide, k0 == 0);
			}
			k0 += KC;
		} while (k0 < j->k);
		store_panels(j, image, r0, r1, p0, p1, c, wide);
	}
}

// run_conv splits and runs a job whose geometry is set. The caller holds the lock.
static int run_conv(assay_dev *d, const uint32_t *stop, conv *j) {
	const assay_kernels *t = assay_table(d);
	const int64_t threads = assay_threads(d), grid = j->gh * j->gw;
	if (grid == 0 || j->images == 0 || j->m == 0) return ASSAY_OK;
	j->t = t;
	j->k = j->cs * j->taps;
	j->tiles = ceil_div(j->m, t->mr);
	j->height = ceil_div(j->m, j->tiles);
	j->tiles = ceil_div(j->m, j->height);
	j->together = larger(1, smaller(ceil_div(ENOUGH, grid), ceil_div(j->images, threads)));
	j->blocks = ceil_div(j->images, j->together);
	j->splits = smaller(j->tiles, ceil_div(4 * threads, j->blocks));
	j->tile_step = ceil_div(j->tiles, j->splits);
	j->splits = ceil_div(j->tiles, j->tile_step);
	j->abreast = j->m <= 64 ? 1 : j->m <= 256 ? 4 : 8;
	j->unit = 1;
	if (j->load == 1)
		while (j->unit < 16 && j->gw % (2 * j->unit) == 0) j->unit *= 2;
	const int64_t packed = even(j->m * j->k), wide = j->abreast * t->nr, rows = smaller(j->tile_step * j->height, j->m);
	j->scratch_size = KC * wide + even(rows * wide) + (padded(j) ? even(j->together * j->cs * j->hp * j->wp) : 0) + 64;
	char *space = assay_workspace(d, (size_t)(packed + threads * j->scratch_size) * 4 + (size_t)(j->k + 1) * sizeof *j->koff);
	if (!space) return ASSAY_NOMEM;
	j->packed = (float *)space;
	j->scratch = j->packed + packed;
	j->koff = (int64_t *)(void *)(j->scratch + threads * j->scratch_size);
	for (int64_t c = 0; c < j->cs; c++)
		for (int64_t i = 0; i < j->taps; i++) j->koff[c * j->taps + i] = (c * j->hp + j->ty[i]) * j->wp + j->tx[i];
	const int rc = assay_run(d, stop, j->tiles, pack_tile, j);
	return rc == ASSAY_OK ? assay_run(d, stop, j->blocks * j->splits, conv_chunk, j) : rc;
}

int assay_conv(assay_dev *d, const uint32_t *stop, assay_window g, float *dst, const float *x, const float *w, const float *bias, int accumulate) {
	if (g.kh * g.kw > MAXTAPS) return ASSAY_NOMEM;
	conv j = {.src = x, .images = g.n, .cs = g.c, .hs = g.h, .ws = g.w, .top = g.pad, .left = g.pad, .load = g.stride,
		.dst = dst, .m = g.m, .hd = g.oh, .wd = g.ow, .gh = g.oh, .gw = g.ow, .store = 1,
		.w = w, .bias = bias, .wr = g.c * g.kh * g.kw, .wc = g.kh * g.kw, .accumulate = accumulate};
	j.hp = g.h + 2 * g.pad;
	j.wp = g.w + 2 * g.pad;
	for (int64_t y = 0; y < g.kh; y++)
		for (int64_t x2 = 0; x2 < g.kw; x2++, j.taps++) {
			j.ty[j.taps] = y;
			j.tx[j.taps] = x2;
			j.tw[j.taps] = y * g.kw + x2;
		}
	assay_lock(d);
	const int rc = run_conv(d, stop, &j);
	assay_unlock(d);
	return rc;
}

// floor_div for a positive divisor.
static int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

// offsets lists the taps of a residue along one axis: kernel position and the
// offset of the output pixel it comes from.
static int64_t offsets(int64_t residue, int64_t kernel, int64_t stride, int64_t padding, int64_t *at, int64_t *shift) {
	int64_t n = 0;
	for (int64_t k = 0; k < kernel; k++) {
		const int64_t v = residue + padding - k;
		if (floor_div(v, stride) * stride != v) continue;
		at[n] = k;
		shift[n++] = floor_div(v, stride);
	}
	return n;
}

int assay_conv_back_data(assay_dev *d, const uint32_t *stop, assay_window g, float *dx, const float *dy, const float *w, int accumulate) {
	if (g.kh * g.kw > MAXTAPS) return ASSAY_NOMEM;
	int rc = ASSAY_OK;
	assay_lock(d);
	for (int64_t py = 0; py < smaller(g.stride, g.h) && rc == ASSAY_OK; py++)
		for (int64_t px = 0; px < smaller(g.stride, g.w) && rc == ASSAY_OK; px++) {
			int64_t ky[MAXTAPS], sy[MAXTAPS], kx[MAXTAPS], sx[MAXTAPS];
			const int64_t ny = offsets(py, g.kh, g.stride, g.pad, ky, sy), nx = offsets(px, g.kw, g.stride, g.pad, kx, sx);
			conv j = {.src = dy, .images = g.n, .cs = g.m, .hs = g.oh, .ws = g.ow, .load = 1,
				.dst = dx, .m = g.c, .hd = g.h, .wd = g.w, .gh = ceil_div(g.h - py, g.stride), .gw = ceil_div(g.w - px, g.stride),
				.oy = py, .ox = px, .store = g.stride, .w = w, .wr = g.kh * g.kw, .wc = g.c * g.kh * g.kw, .accumulate = accumulate};
			for (int64_t i = 0; i < ny; i++) j.top = larger(j.top, -sy[i]);
			for (int64_t i = 0; i < nx; i++) j.left = larger(j.left, -sx[i]);
			j.hp = j.top + g.oh;
			j.wp = j.left + g.ow;
			for (int64_t i = 0; i < ny; i++) j.hp = larger(j.hp, j.top + sy[i] + j.gh);
			for (int64_t i = 0; i < nx; i++) j.wp = larger(j.wp, j.left + sx[i] + j.gw);
			for (int64_t a = 0; a < ny; a++)
				for (int64_t b = 0; b < nx; b++, j.taps++) {
					j.ty[j.taps] = j.top + sy[a];
					j.tx[j.taps] = j.left + sx[b];
					j.tw[j.taps] = ky[a] * g.kw + kx[b];
				}
			rc = run_conv(d, stop, &j);
		}
	assay_unlock(d);
	return rc;
}

typedef struct {
	conv c; // source geometry only
	assay_window g;
	const float *dy;
	float *dst, *part, *scratch;
	int64_t taps, rows, together, steps, groups, per_group, column_blocks, length, scratch_size, held;
	const int64_t *ao, *bo; // where runs of 16 pixels of a block of images lie
	int inplace;            // in dy and in the padded images; else in copies of both, densely
	int accumulate;
} weigh;

static void weigh_chunk(void *p, int64_t chunk, int thread) {
	const weigh *j = p;
	const assay_kernels *t = j->c.t;
	const assay_window *g = &j->g;
	const int64_t group = chunk / j->column_blocks, b0 = chunk % j->column_blocks * COLUMNS, b1 = smaller(b0 + COLUMNS, j->rows);
	const int64_t grid = g->oh * g->ow, c0 = b0 / j->taps, c1 = (b1 - 1) / j->taps + 1, plane = j->c.hp * j->c.wp;
	const float *row[COLUMNS];
	float *out = j->part + group * g->m * j->rows + b0;
	float *x = j->scratch + thread * j->scratch_size, *y = x + COLUMNS * j->length, *own = j->inplace ? x : y + 4 * j->length;
	for (int64_t r = 0; r < g->m; r++) memset(out + r * j->rows, 0, (size_t)(b1 - b0) * 4);
	const int64_t s1 = smaller((group + 1) * j->per_group, j->steps);
	for (int64_t s = group * j->per_group; s < s1; s++) {
		const int64_t image = s * j->together, images = smaller(j->together, g->n - image), n = images * grid, len = even(n);
		for (int64_t i = 0; i < images; i++) {
			const float *src = j->c.src + ((image + i) * g->c + c0) * g->h * g->w;
			if (padded(&j->c)) {
				float *at = j->inplace ? own + i * j->held * plane : own;
				pad(at, src, c1 - c0, &j->c);
				src = at;
			}
			for (int64_t b = b0; b < b1; b++) {
				const int64_t tap = b % j->taps;
				const float *from = src + (b / j->taps - c0) * plane + tap / g->kw * j->c.wp + tap % g->kw;
				if (!j->inplace) t->copy_rows(x + (b - b0) * j->length + i * grid, from, g->oh, g->ow, j->c.wp * g->stride, g->stride);
				else if (i == 0) row[b - b0] = from;
			}
		}
		for (int64_t b = b0; b < b1 && !j->inplace; b++) {
			row[b - b0] = x + (b - b0) * j->length;
			memset(x + (b - b0) * j->length + n, 0, (size_t)(len - n) * 4);
		}
		for (int64_t r = 0; r < g->m; r += 4) {
			const int64_t rows = smaller(4, g->m - r);
			const float *a = j->dy + (image * g->m + r) * grid;
			int64_t lda = grid;
			if (!j->inplace && (images > 1 || n != len)) {
				for (int64_t q = 0; q < rows; q++) {
					for (int64_t i = 0; i < images; i++)
						t->copy_rows(y + q * j->length + i * grid, j->dy + ((image + i) * g->m + r + q) * grid, 1, grid, 0, 1);
					memset(y + q * j->length + n, 0, (size_t)(len - n) * 4);
				}
				a = y;
				lda = j->length;
			}
			t->dots(rows, b1 - b0, a, lda, j->ao, row, j->bo, len / 16, out + r * j->rows, j->rows);
		}
	}
}

// reduce_chunk adds up the groups of one row, in order.
static void reduce_chunk(void *p, int64_t row, int thread) {
	(void)thread;
	const weigh *j = p;
	float *dst = j->dst + row * j->rows;
	for (int64_t i = 0; i < j->groups; i++) {
		const float *part = j->part + (i * j->g.m + row) * j->rows;
		j->c.t->spread(dst, part, j->rows, 1, 0, i > 0 || j->accumulate);
	}
}

int assay_conv_back_weight(assay_dev *d, const uint32_t *stop, assay_window g, float *dw, const float *x, const float *dy, int accumulate) {
	const int64_t threads = assay_threads(d), grid = g.oh * g.ow;
	weigh j = {.g = g, .dy = dy, .dst = dw, .accumulate = accumulate, .taps = g.kh * g.kw};
	j.c = (conv){.t = assay_table(d), .src = x, .hs = g.h, .ws = g.w, .top = g.pad, .left = g.pad, .hp = g.h + 2 * g.pad, .wp = g.w + 2 * g.pad};
	j.rows = g.c * j.taps;
	if (g.m == 0 || j.rows == 0) return ASSAY_OK;
	// From here to the groups nothing may depend on threads.
	j.together = larger(1, smaller(grid ? LONG / grid : 1, larger(g.n, 1)));
	j.steps = ceil_div(g.n, j.together);
	j.column_blocks = ceil_div(j.rows, COLUMNS);
	j.groups = larger(1, smaller(j.steps, ceil_div(32, j.column_blocks)));
	j.per_group = larger(1, ceil_div(j.steps, j.groups));
	j.groups = larger(1, ceil_div(j.steps, j.per_group));
	// Rows of whole runs need no copies. The order of the runs is the same either way,
	// so are the bits.
	j.inplace = g.stride == 1 && g.ow % 16 == 0;
	j.held = COLUMNS / j.taps + 2; // channels of an image that a block of columns reads
	j.length = even(j.together * grid) + 16;
	const int64_t plane = j.c.hp * j.c.wp, part = even(j.groups * g.m * j.rows), runs = j.length / 16;
	j.scratch_size = (j.inplace ? even(j.together * j.held * plane) : (COLUMNS + 4) * j.length + even(j.held * plane)) + 64;
	assay_lock(d);
	int rc = ASSAY_NOMEM;
	float *space = assay_workspace(d, (size_t)(part + threads * j.scratch_size) * 4 + (size_t)(2 * runs) * sizeof *j.ao);
	if (space) {
		j.part = space;
		j.scratch = space + part;
		int64_t *ao = (int64_t *)(void *)(j.scratch + threads * j.scratch_size), *bo = ao + runs;
		for (int64_t k = 0; k < runs; k++) {
			ao[k] = bo[k] = 16 * k;
			if (!j.inplace) continue;
			const int64_t image = 16 * k / grid, in = 16 * k % grid;
			ao[k] = image * g.m * grid + in;
			bo[k] = image * (padded(&j.c) ? j.held : g.c) * plane + in / g.ow * j.c.wp + in % g.ow;
		}
		j.ao = ao;
		j.bo = bo;
		rc = assay_run(d, stop, j.groups * j.column_blocks, weigh_chunk, &j);
		if (rc == ASSAY_OK) rc = assay_run(d, stop, g.m, reduce_chunk, &j);
	}
	assay_unlock(d);
	return rc;
}
