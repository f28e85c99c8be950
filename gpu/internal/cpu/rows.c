// Operations that work row by row: the split into chunks of rows.
#include "table.h"

#include <string.h>

#include "scalar.h"

enum {
	LITTLE = 1 << 14, // elements below which one thread is faster
	PIECE = 1 << 13,  // elements of a chunk
};

typedef struct job job;
struct job {
	const assay_kernels *t;
	void (*row)(const job *j, int64_t i0, int64_t i1, int64_t n);
	assay_rows r;
	int64_t total; // elements when flattened, else 0
	int64_t step;  // rows of a chunk
	char *dst;
	const char *a, *b;
	assay_lay ld, la, lb;
	const float *w, *cos, *sin;
	const int32_t *index;
	int32_t *counts;
	int64_t n;
	float eps;
	int flag, unit;
};

static char *at(const char *p, const assay_lay *l, int64_t i0, int64_t i1) {
	return (char *)(uintptr_t)p + (i0 * l->s0 + i1 * l->s1) * assay_size(l->t);
}

static void chunk(void *p, int64_t c, int thread) {
	(void)thread;
	const job *j = p;
	const int64_t rows = j->r.n0 * j->r.n1;
	const int64_t end = (c + 1) * j->step < rows ? (c + 1) * j->step : rows;
	for (int64_t i = c * j->step; i < end; i++) {
		int64_t n = j->r.d;
		if (j->total && (i + 1) * n > j->total) n = j->total - i * n;
		j->row(j, i / j->r.n1, i % j->r.n1, n);
	}
}

static int dense(const assay_rows *r, const assay_lay *l) {
	return (r->n1 == 1 || l->s1 == r->d) && (r->n0 == 1 || l->s0 == r->n1 * r->d);
}

// flatten turns gapless operands into rows of PIECE elements.
static void flatten(job *j, int has_b) {
	if (!dense(&j->r, &j->ld) || !dense(&j->r, &j->la) || (has_b && !dense(&j->r, &j->lb))) return;
	j->total = j->r.n0 * j->r.n1 * j->r.d;
	j->r = (assay_rows){(j->total + PIECE - 1) / PIECE, 1, PIECE};
	j->ld.s0 = j->la.s0 = j->lb.s0 = PIECE;
}

static int run(assay_dev *d, const uint32_t *stop, job *j) {
	const int64_t rows = j->r.n0 * j->r.n1, all = j->total ? j->total : rows * j->r.d;
	j->t = assay_table(d);
	if (all < LITTLE || assay_threads(d) == 1) {
		j->step = j->r.d > PIECE ? 1 : PIECE / (j->r.d + 1) + 1;
		for (int64_t c = 0; c * j->step < rows; c++) {
			if (assay_stopped(stop)) return ASSAY_STOPPED;
			chunk(j, c, 0);
		}
		return ASSAY_OK;
	}
	j->step = PIECE / (j->r.d + 1) + 1;
	assay_lock(d);
	const int rc = assay_run(d, stop, (rows + j->step - 1) / j->step, chunk, j);
	assay_unlock(d);
	return rc;
}

static void cast(const assay_kernels *t, void *dst, int32_t td, const void *src, int32_t ts, int64_t n) {
	if (td == ts) {
		memmove(dst, src, (size_t)(n * assay_size(td)));
	} else if (td == ASSAY_F32) {
		t->widen(ts, dst, src, n);
	} else if (ts == ASSAY_F32) {
		t->narrow(td, dst, src, n);
	} else {
		float wide[512];
		for (int64_t i = 0; i < n; i += 512) {
			const int64_t m = n - i < 512 ? n - i : 512;
			t->widen(ts, wide, (const uint16_t *)src + i, m);
			t->narrow(td, (uint16_t *)dst + i, wide, m);
		}
	}
}

static void cast_row(const job *j, int64_t i0, int64_t i1, int64_t n) {
	cast(j->t, at(j->dst, &j->ld, i0, i1), j->ld.t, at(j->a, &j->la, i0, i1), j->la.t, n);
}

int assay_convert(assay_dev *d, const uint32_t *stop, assay_rows r, void *dst, assay_lay ld, const void *src, assay_lay ls) {
	job j = {.row = cast_row, .r = r, .dst = dst, .ld = ld, .a = src, .la = ls};
	flatten(&j, 0);
	return run(d, stop, &j);
}

static void gather_row(const job *j, int64_t i0, int64_t i1, int64_t n) {
	cast(j->t, at(j->dst, &j->ld, i0, i1), j->ld.t, at(j->a, &j->la, j->index[i0], i1), j->la.t, n);
}

static void scatter_row(const job *j, int64_t i0, int64_t i1, int64_t n) {
	cast(j->t, at(j->dst, &j->ld, j->index[i0], i1), j->ld.t, at(j->a, &j->la, i0, i1), j->la.t, n);
}

int assay_move(assay_dev *d, const uint32_t *stop, assay_rows r, void *full, assay_lay lf, void *table, assay_lay lt, const int32_t *index, int gather) {
	job j = {.row = scatter_row, .r = r, .dst = table, .ld = lt, .a = full, .la = lf, .index = index};
	if (gather) j = (job){.row = gather_row, .r = r, .dst = full, .ld = lf, .a = table, .la = lt, .index = index};
	return run(d, stop, &j);
}

static void binary_row(const job *j, int64_t i0, int64_t i1, int64_t n) {
	void (*f)(float *, const float *, const float *, int64_t) = j->flag == ASSAY_ADD ? j->t->add : j->t->swiglu;
	f((float *)at(j->dst, &j->ld, i0, i1), (const float *)at(j->a, &j->la, i0, i1), (const float *)at(j->b, &j->lb, i0, i1), n);
}

int assay_binary(assay_dev *d, const uint32_t *stop, int op, assay_rows r, float *dst, assay_lay ld, const float *a, assay_lay la, const float *b, assay_lay lb) {
	job j = {.row = binary_row, .r = r, .dst = (char *)dst, .ld = ld, .a = (const char *)a, .la = la, .b = (const char *)b, .lb = lb, .flag = op};
	flatten(&j, 1);
	return run(d, stop, &j);
}

static void rmsnorm_row(const job *j, int64_t i0, int64_t i1, int64_t n) {
	j->t->rmsnorm((float *)at(j->dst, &j->ld, i0, i1), (const float *)at(j->a, &j->la, i0, i1), j->w, n, j->eps, j->unit);
}

int assay_rmsnorm(assay_dev *d, const uint32_t *stop, assay_rows r, float *dst, assay_lay ld, const float *x, assay_lay lx, const float *w, float eps, int unit) {
	job j = {.row = rmsnorm_row, .r = r, .dst = (char *)dst, .ld = ld, .a = (const char *)x, .la = lx, .w = w, .eps = eps, .unit = unit};
	return run(d, stop, &j);
}

static void softmax_row(const job *j, int64_t i0, int64_t i1, int64_t n) {
	void (*f)(float *, const float *, int64_t) = j->flag ? j->t->logsoftmax : j->t->softmax;
	f((float *)at(j->dst, &j->ld, i0, i1), (const float *)at(j->a, &j->la, i0, i1), n);
}

int assay_softmax(assay_dev *d, const uint32_t *stop, assay_rows r, float *dst, assay_lay ld, const float *x, assay_lay lx, int log) {
	job j = {.row = softmax_row, .r = r, .dst = (char *)dst, .ld = ld, .a = (const char *)x, .la = lx, .flag = log};
	return run(d, stop, &j);
}

static void rope_row(const job *j, int64_t i0, int64_t i1, int64_t n) {
	float *dst = (float *)at(j->dst, &j->ld, i0, i1);
	const float *x = (const float *)at(j->a, &j->la, i0, i1);
	const int64_t pos = j->index[i0], p = pos < 0 ? -pos : pos;
	if (pos == 0 && j->unit) {
		if (dst != x) memcpy(dst, x, (size_t)n * 4);
		return;
	}
	j->t->rotate(dst, x, j->cos + p * j->n, j->sin + p * j->n, j->n, pos < 0, j->flag);
	if (dst != x) memcpy(dst + 2 * j->n, x + 2 * j->n, (size_t)(n - 2 * j->n) * 4);
}

int assay_rope(assay_dev *d, const uint32_t *stop, assay_rows r, float *dst, assay_lay ld, const float *x, assay_lay lx, const int32_t *pos,
	const float *cos, const float *sin, int64_t n, int interleaved, int unit) {
	job j = {.row = rope_row, .r = r, .dst = (char *)dst, .ld = ld, .a = (const char *)x, .la = lx, .index = pos, .cos = cos, .sin = sin,
		.n = n, .flag = interleaved, .unit = unit};
	return run(d, stop, &j);
}

static void dist2_row(const job *j, int64_t i0, int64_t i1, int64_t n) {
	((float *)j->dst)[i0] = j->t->dist2((const float *)at(j->a, &j->la, i0, i1), (const float *)at(j->b, &j->lb, i0, i1), n);
}

int assay_rowdist2(assay_dev *d, const uint32_t *stop, assay_rows r, float *dst, const float *a, assay_lay la, const float *b, assay_lay lb) {
	job j = {.row = dist2_row, .r = r, .dst = (char *)dst, .a = (const char *)a, .la = la, .b = (const char *)b, .lb = lb};
	return run(d, stop, &j);
}

// bad counts the elements whose exponent is all ones.
static void bad_row(const job *j, int64_t i0, int64_t i1, int64_t n) {
	int32_t bad = 0;
	const char *x = at(j->a, &j->la, i0, i1);
	if (j->la.t == ASSAY_F32) {
		const float *f = (const float *)x;
		for (int64_t i = 0; i < n; i++) bad += (bits_of(f[i]) & 0x7f800000) == 0x7f800000;
	} else {
		const uint16_t *h = (const uint16_t *)x, e = j->la.t == ASSAY_F16 ? 0x7c00 : 0x7f80;
		for (int64_t i = 0; i < n; i++) bad += (h[i] & e) == e;
	}
	__atomic_fetch_add(&j->counts[i0], bad, __ATOMIC_RELAXED);
}

int assay_rowbad(assay_dev *d, const uint32_t *stop, assay_rows r, const void *x, assay_lay lx, int32_t *counts) {
	job j = {.row = bad_row, .r = r, .a = x, .la = lx, .counts = counts};
	return run(d, stop, &j);
}
