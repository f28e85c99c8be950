// Attention: the split into chunks, visibility of keys, and the walk over key
// tiles. A chunk is one key head and a block of query positions; its rows are
// the block's positions times the query heads of that key head, so that keys and
// values are packed once for all of them.
//
// State of a row in a range of ASSAY_RANGE keys: maximum, sum and unnormalised
// output. Ranges are merged in ascending order. A row's state is only touched by
// tiles in which it sees a key, and tiles and ranges are absolute, so a row's
// result does not depend on the other rows nor on keys that it does not see.
#include "table.h"

#include <math.h>
#include <string.h>

enum {
	ROWS = 128, // rows of a chunk: their state stays in the second-level cache
	FEW = 8,    // rows up to which keys and values are not worth packing
};

typedef struct {
	const assay_kernels *t;
	assay_attn a;
	float *dst, *lse;
	const float *q;
	const char *k, *v;
	assay_lay ld, lq, lk, lv;
	int64_t lses;
	const int32_t *qpos, *kpos;
	const uint32_t *stop;   // long key lists are left between ranges
	int64_t heads;          // query heads of one key head
	int64_t block, blocks;  // positions of a block, blocks
	int64_t rows, dp;       // rows of a full block, columns of an output row
	int64_t ranges, tiles;
	int split;              // chunks are ranges too; partial results go to parts
	char *scratch, *parts;
	int64_t scratch_size;
} job;

// state of rows in one range or in total.
typedef struct {
	float *max, *sum, *o;
	uint8_t *seen;
} state;

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t round64(int64_t n) { return (n + 63) / 64 * 64; }

static int64_t state_size(const job *j) { return round64(j->rows * 4) * 2 + round64(j->rows) + j->rows * j->dp * 4; }

static state state_at(const job *j, char *p) {
	state s;
	s.max = (float *)p;
	s.sum = (float *)(p + round64(j->rows * 4));
	s.seen = (uint8_t *)(p + 2 * round64(j->rows * 4));
	s.o = (float *)(p + 2 * round64(j->rows * 4) + round64(j->rows));
	return s;
}

static void clear(const job *j, state s) {
	for (int64_t i = 0; i < j->rows; i++) s.max[i] = -INFINITY;
	memset(s.sum, 0, (size_t)j->rows * 4);
	memset(s.seen, 0, (size_t)j->rows);
	memset(s.o, 0, (size_t)(j->rows * j->dp) * 4);
}

// bound: a position sees key positions lo < p <= hi.
typedef struct { int64_t lo, hi; } bound;

static bound bound_of(const job *j, int64_t row) {
	bound b = {INT64_MIN, INT64_MAX};
	if (j->a.mask == ASSAY_FULL) return b;
	b.hi = j->a.mask == ASSAY_BYPOS ? (int64_t)j->qpos[row] : j->a.n - j->a.s + row;
	if (j->a.window > 0) b.lo = b.hi - j->a.window;
	return b;
}

// span: smallest and largest key position of a tile.
static bound span_of(const job *j, int64_t j0, int64_t n) {
	if (!j->kpos) return (bound){j0, j0 + n - 1};
	bound s = {j->kpos[j0], j->kpos[j0]};
	for (int64_t i = 1; i < n; i++) {
		const int64_t p = j->kpos[j0 + i];
		if (p < s.lo) s.lo = p;
		if (p > s.hi) s.hi = p;
	}
	return s;
}

static uint64_t low_bits(int64_t n) { return n >= 64 ? ~0ull : (1ull << n) - 1; }

// visible returns the keys j0.. of a tile of n that bound b lets through.
static uint64_t visible(const job *j, bound b, bound span, int64_t j0, int64_t n) {
	if (span.lo > b.hi || span.hi <= b.lo) return 0;
	if (span.hi <= b.hi && span.lo > b.lo) return low_bits(n);
	if (!j->kpos) {
		uint64_t bits = b.hi - j0 >= n - 1 ? low_bits(n) : low_bits(b.hi - j0 + 1);
		if (b.lo >= j0) bits &= ~low_bits(b.lo - j0 + 1);
		return bits;
	}
	uint64_t bits = 0;
	for (int64_t i = 0; i < n; i++) bits |= (uint64_t)(j->kpos[j0 + i] <= b.hi && j->kpos[j0 + i] > b.lo) << i;
	return bits;
}

// desk is the working memory of one chunk.
typedef struct {
	bound *bounds;   // of the block's positions
	bound all;       // their union
	uint64_t *vis;   // of the rows, in the present tile
	float *q;        // packed rows
	float *kt, *vp;  // the tile's keys and values
	float *s;        // products, then weights, of one group of rows
	int64_t p0, np;  // positions
	int64_t rows, group;
	state range, total;
} desk;

static int64_t desk_size(const job *j) {
	return round64(j->block * (int64_t)sizeof(bound)) + round64(j->rows * 8) + round64(j->rows * j->a.d * 4) + ASSAY_TILE * j->a.d * 4 +
		ASSAY_TILE * j->dp * 4 + ASSAY_MAXMR * ASSAY_TILE * 4 + round64(state_size(j)) * 2;
}

static desk desk_at(const job *j, int thread) {
	char *p = j->scratch + thread * j->scratch_size;
	desk w;
	w.bounds = (bound *)p;
	p += round64(j->block * (int64_t)sizeof(bound));
	w.vis = (uint64_t *)p;
	p += round64(j->rows * 8);
	w.q = (float *)p;
	p += round64(j->rows * j->a.d * 4);
	w.kt = (float *)p;
	p += ASSAY_TILE * j->a.d * 4;
	w.vp = (float *)p;
	p += ASSAY_TILE * j->dp * 4;
	w.s = (float *)p;
	p += ASSAY_MAXMR * ASSAY_TILE * 4;
	w.range = state_at(j, p);
	p += round64(state_size(j));
	w.total = state_at(j, p);
	return w;
}

// begin packs the queries of block b for key head g. Rows go position by
// position: neighbours see about the same keys.
static void begin(const job *j, desk *w, int64_t g, int64_t b) {
	w->p0 = b * j->block;
	w->np = smaller(j->block, j->a.s - w->p0);
	w->rows = w->np * j->heads;
	const int64_t groups = ceil_div(w->rows, j->t->mr);
	w->group = ceil_div(w->rows, groups);
	w->all = (bound){INT64_MAX, INT64_MIN};
	for (int64_t i = 0; i < w->np; i++) {
		const bound x = bound_of(j, w->p0 + i);
		w->bounds[i] = x;
		if (x.lo < w->all.lo) w->all.lo = x.lo;
		if (x.hi > w->all.hi) w->all.hi = x.hi;
	}
	for (int64_t r = 0; r < w->rows; r += w->group) {
		const float *rows[ASSAY_MAXMR];
		const int64_t m = smaller(w->group, w->rows - r);
		for (int64_t i = 0; i < m; i++)
			rows[i] = j->q + (w->p0 + (r + i) / j->heads) * j->lq.s0 + (g * j->heads + (r + i) % j->heads) * j->lq.s1;
		j->t->pack_rows(w->q + r * j->a.d, rows, (int)m, j->a.d);
	}
}

// look fills w->vis for the tile at key j0 and reports whether any row sees any
// key of it.
static int look(const job *j, desk *w, int64_t j0, int64_t n) {
	const bound span = span_of(j, j0, n);
	if (span.lo > w->all.hi || span.hi <= w->all.lo) return 0;
	uint64_t any = 0;
	for (int64_t i = 0; i < w->np; i++) {
		const uint64_t bits = visible(j, w->bounds[i], span, j0, n);
		any |= bits;
		for (int64_t h = 0; h < j->heads; h++) w->vis[i * j->heads + h] = bits;
	}
	return any != 0;
}

// tile_range returns the tiles of a range that can hold visible keys.
static void tile_range(const job *j, const desk *w, int64_t range, int64_t *from, int64_t *to) {
	*from = range * (ASSAY_RANGE / ASSAY_TILE);
	*to = smaller(j->tiles, *from + ASSAY_RANGE / ASSAY_TILE);
	if (j->kpos) return;
	if (w->all.hi < 0) *to = *from;
	else if (w->all.hi / ASSAY_TILE < *to) *to = w->all.hi / ASSAY_TILE + 1;
	if (w->all.lo / ASSAY_TILE > *from) *from = w->all.lo / ASSAY_TILE;
}

static void group_step(const job *j, desk *w, state s, int64_t r, int m) {
	const assay_kernels *t = j->t;
	uint64_t any = 0, common = ~0ull;
	for (int i = 0; i < m; i++) {
		any |= w->vis[r + i];
		common &= w->vis[r + i];
		s.seen[r + i] |= w->vis[r + i] != 0;
	}
	if (any == 0) return;
	for (int c = 0; c < ASSAY_TILE; c += t->nr) t->tile[m](j->a.d, w->q + r * j->a.d, w->kt + c * j->a.d, w->s + c, ASSAY_TILE, 1);
	t->scores(m, w->s, w->vis + r, j->a.scale, j->a.softcap, s.max + r, s.sum + r, s.o + r * j->dp, j->dp);
	// The keys that all rows see from the start of the tile go through the
	// matrix kernel, what is left row by row; the order of keys is the same.
	const int64_t shared = common == ~0ull ? ASSAY_TILE : __builtin_ctzll(~common);
	if (shared > 0)
		for (int64_t c = 0; c < j->dp; c += t->nr) t->tile64[m](shared, w->s, w->vp + c * ASSAY_TILE, s.o + r * j->dp + c, j->dp, 0);
	for (int i = 0; i < m; i++) {
		const uint64_t rest = w->vis[r + i] & ~low_bits(shared);
		if (rest) t->pv(rest, w->s + i * ASSAY_TILE, w->vp, s.o + (r + i) * j->dp, j->dp);
	}
}

// few_step is group_step for rows that read keys and values where they lie.
static void few_step(const job *j, desk *w, state s, const char *k, const char *v, int n) {
	const assay_kernels *t = j->t;
	const int m = (int)w->rows;
	uint64_t common = ~0ull;
	for (int i = 0; i < m; i++) {
		common &= w->vis[i];
		s.seen[i] |= w->vis[i] != 0;
	}
	t->qk(j->lk.t, w->s, w->q, m, k, j->lk.s0, n, j->a.d);
	t->scores(m, w->s, w->vis, j->a.scale, j->a.softcap, s.max, s.sum, s.o, j->dp);
	const uint64_t shared = common == ~0ull ? common : low_bits(__builtin_ctzll(~common));
	if (shared) t->mix(j->lv.t, m, shared, w->s, v, j->lv.s0, s.o, j->dp, j->a.d);
	for (int i = 0; i < m; i++) {
		const uint64_t rest = w->vis[i] & ~shared;
		if (rest) t->mix(j->lv.t, 1, rest, w->s + i * ASSAY_TILE, v, j->lv.s0, s.o + i * j->dp, j->dp, j->a.d);
	}
}

// walk computes the state of one range and reports whether a row saw anything.
static int walk(const job *j, desk *w, state s, int64_t g, int64_t range) {
	int64_t from, to;
	int any = 0;
	tile_range(j, w, range, &from, &to);
	for (int64_t i = from; i < to; i++) {
		const int64_t j0 = i * ASSAY_TILE, n = smaller(ASSAY_TILE, j->a.n - j0);
		if (!look(j, w, j0, n)) continue;
		if (!any) clear(j, s);
		any = 1;
		const char *k = j->k + (j0 * j->lk.s0 + g * j->lk.s1) * assay_size(j->lk.t);
		const char *v = j->v + (j0 * j->lv.s0 + g * j->lv.s1) * assay_size(j->lv.t);
		if (w->rows <= FEW && w->rows <= w->group) {
			few_step(j, w, s, k, v, (int)n);
			continue;
		}
		j->t->keys(w->kt, j->lk.t, k, j->lk.s0, (int)n, j->a.d);
		j->t->values(w->vp, j->lv.t, v, j->lv.s0, (int)n, j->a.d, j->dp);
		for (int64_t r = 0; r < w->rows; r += w->group) group_step(j, w, s, r, (int)smaller(w->group, w->rows - r));
	}
	return any;
}

static void fold(const job *j, state total, state range, int64_t rows) {
	for (int64_t r = 0; r < rows; r++) {
		if (!range.seen[r]) continue;
		j->t->merge(total.max + r, total.sum + r, total.o + r * j->dp, range.max[r], range.sum[r], range.o + r * j->dp, j->dp, !total.seen[r]);
		total.seen[r] = 1;
	}
}

static void end(const job *j, state total, int64_t g, int64_t p0, int64_t rows) {
	for (int64_t r = 0; r < rows; r++) {
		const int64_t p = p0 + r / j->heads, h = g * j->heads + r % j->heads;
		float *dst = j->dst + p * j->ld.s0 + h * j->ld.s1, lse = -INFINITY;
		if (total.seen[r]) lse = j->t->finish(dst, total.max[r], total.sum[r], total.o + r * j->dp, j->a.d);
		else memset(dst, 0, (size_t)j->a.d * 4);
		if (j->lse) j->lse[p * j->lses + h] = lse;
	}
}

// attend does one block for one key head. Late blocks see the most keys under a
// causal mask, so they come first.
static void attend(void *p, int64_t chunk, int thread) {
	const job *j = p;
	const int64_t g = chunk % j->a.g, b = j->blocks - 1 - chunk / j->a.g;
	desk w = desk_at(j, thread);
	begin(j, &w, g, b);
	memset(w.total.seen, 0, (size_t)j->rows);
	for (int64_t range = 0; range < j->ranges && !assay_stopped(j->stop); range++)
		if (walk(j, &w, w.range, g, range)) fold(j, w.total, w.range, w.rows);
	end(j, w.total, g, w.p0, w.rows);
}

static char *part_at(const job *j, int64_t g, int64_t b, int64_t range) {
	return j->parts + ((g * j->blocks + b) * j->ranges + range) * round64(state_size(j));
}

static void attend_range(void *p, int64_t chunk, int thread) {
	const job *j = p;
	const int64_t g = chunk % j->a.g, b = chunk / j->a.g % j->blocks, range = chunk / j->a.g / j->blocks;
	desk w = desk_at(j, thread);
	begin(j, &w, g, b);
	state s = state_at(j, part_at(j, g, b, range));
	if (!walk(j, &w, s, g, range)) memset(s.seen, 0, (size_t)j->rows);
}

static void join_ranges(void *p, int64_t chunk, int thread) {
	const job *j = p;
	const int64_t b = chunk % j->blocks, g = chunk / j->blocks;
	desk w = desk_at(j, thread);
	const int64_t p0 = b * j->block, rows = smaller(j->block, j->a.s - p0) * j->heads;
	memset(w.total.seen, 0, (size_t)j->rows);
	for (int64_t range = 0; range < j->ranges; range++) fold(j, w.total, state_at(j, part_at(j, g, b, range)), rows);
	end(j, w.total, g, p0, rows);
}

static void prepare(job *j, assay_dev *d, int64_t rows) {
	j->t = assay_table(d);
	j->heads = j->a.h / j->a.g;
	j->block = smaller(j->a.s, rows > j->heads ? rows / j->heads : 1);
	j->blocks = ceil_div(j->a.s, j->block);
	j->rows = j->block * j->heads;
	j->dp = ceil_div(j->a.d, j->t->nr) * j->t->nr;
	j->tiles = ceil_div(j->a.n, ASSAY_TILE);
	j->ranges = ceil_div(j->a.n, ASSAY_RANGE);
	if (j->a.mask != ASSAY_BYPOS) j->kpos = NULL;
}

int assay_attention(assay_dev *d, const uint32_t *stop, assay_attn a, float *dst, assay_lay ld, const float *q, assay_lay lq, const void *k, assay_lay lk,
	const void *v, assay_lay lv, float *lse, int64_t lses, const int32_t *qpos, const int32_t *kpos) {
	job j = {.a = a, .dst = dst, .ld = ld, .q = q, .lq = lq, .k = k, .lk = lk, .v = v, .lv = lv, .lse = lse, .lses = lses, .qpos = qpos, .kpos = kpos, .stop = stop};
	const int64_t threads = assay_threads(d);
	int64_t rows = ROWS;
	prepare(&j, d, rows);
	// Enough chunks to keep threads evenly busy, but not so few rows that
	// packing keys for each block would weigh.
	while (rows > 48 && a.g * j.blocks < 6 * threads) prepare(&j, d, rows /= 2);
	const int64_t chunks = a.g * j.blocks;
	j.split = threads > 1 && j.ranges > 1 && chunks < 4 * threads;
	j.scratch_size = round64(desk_size(&j));
	int rc = ASSAY_NOMEM;
	assay_lock(d);
	const int64_t parts = j.split ? chunks * j.ranges * round64(state_size(&j)) : 0;
	j.scratch = assay_workspace(d, (size_t)(threads * j.scratch_size + parts));
	if (j.scratch) {
		j.parts = j.scratch + threads * j.scratch_size;
		rc = j.split ? assay_run(d, stop, chunks * j.ranges, attend_range, &j) : assay_run(d, stop, chunks, attend, &j);
		if (j.split && rc == ASSAY_OK) rc = assay_run(d, stop, chunks, join_ranges, &j);
	}
	assay_unlock(d);
	return rc;
}

// probs_chunk keeps whole rows of logits: scratch is the desk, the rows, and
// which keys of each tile they see.
static void probs_chunk(void *p, int64_t chunk, int thread) {
	const job *j = p;
	const assay_kernels *t = j->t;
	const int64_t g = chunk % j->a.g, b = chunk / j->a.g, width = j->tiles * ASSAY_TILE;
	desk w = desk_at(j, thread);
	float *s = (float *)(j->scratch + thread * j->scratch_size + round64(desk_size(j)));
	uint64_t *vis = (uint64_t *)(s + j->rows * width);
	begin(j, &w, g, b);
	for (int64_t i = 0; i < j->tiles; i++) {
		if (assay_stopped(j->stop)) return;
		const int64_t j0 = i * ASSAY_TILE, n = smaller(ASSAY_TILE, j->a.n - j0);
		const int any = look(j, &w, j0, n);
		if (any) t->keys(w.kt, j->lk.t, j->k + (j0 * j->lk.s0 + g * j->lk.s1) * assay_size(j->lk.t), j->lk.s0, (int)n, j->a.d);
		for (int64_t r = 0; r < w.rows; r += w.group) {
			const int64_t m = smaller(w.group, w.rows - r);
			for (int c = 0; any && c < ASSAY_TILE; c += t->nr)
				t->tile[m](j->a.d, w.q + r * j->a.d, w.kt + c * j->a.d, s + r * width + j0 + c, width, 1);
			for (int64_t x = r; x < r + m; x++) {
				vis[x * j->tiles + i] = any ? w.vis[x] : 0;
				t->logits(s + x * width + j0, any ? w.vis[x] : 0, j->a.scale, j->a.softcap, ASSAY_TILE);
			}
		}
	}
	for (int64_t r = 0; r < w.rows; r++) {
		const int64_t pos = w.p0 + r / j->heads, h = g * j->heads + r % j->heads;
		t->weights(s + r * width, vis + r * j->tiles, j->tiles);
		memcpy(j->dst + h * j->ld.s0 + pos * j->ld.s1, s + r * width, (size_t)j->a.n * 4);
	}
}

int assay_probs(assay_dev *d, const uint32_t *stop, assay_attn a, float *dst, assay_lay ld, const float *q, assay_lay lq, const void *k, assay_lay lk,
	const int32_t *qpos, const int32_t *kpos) {
	job j = {.a = a, .dst = dst, .ld = ld, .q = q, .lq = lq, .k = k, .lk = lk, .qpos = qpos, .kpos = kpos, .stop = stop};
	prepare(&j, d, 48);
	const int64_t threads = assay_threads(d);
	j.scratch_size = round64(desk_size(&j)) + round64(j.rows * j.tiles * (ASSAY_TILE * 4 + 8));
	int rc = ASSAY_NOMEM;
	assay_lock(d);
	j.scratch = assay_workspace(d, (size_t)(threads * j.scratch_size));
	if (j.scratch) rc = assay_run(d, stop, a.g * j.blocks, probs_chunk, &j);
	assay_unlock(d);
	return rc;
}
