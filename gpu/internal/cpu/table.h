// Entry points, the pool and the table of kernels of one instruction set.
#ifndef ASSAY_TABLE_H
#define ASSAY_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum { ASSAY_OK = 0, ASSAY_STOPPED = 1, ASSAY_NOMEM = 2 };
enum { ASSAY_F32 = 0, ASSAY_F16 = 1, ASSAY_BF16 = 2 };
enum { ASSAY_ADD = 0, ASSAY_SWIGLU = 1 };
enum { ASSAY_RELU = 0, ASSAY_GATE = 1, ASSAY_TIMES = 2 };
enum { ASSAY_MAX = 0, ASSAY_MAX_BACK = 1, ASSAY_MAX_PICK = 2, ASSAY_MEAN = 3, ASSAY_MEAN_BACK = 4 };
enum { ASSAY_BYPOS = 0, ASSAY_BOTTOMRIGHT = 1, ASSAY_FULL = 2 };

// Keys of one attention tile, and keys after which partial results are merged.
// Both are absolute: a key's tile follows from its index alone.
enum { ASSAY_TILE = 64, ASSAY_RANGE = 1024 };

// Upper bounds over all instruction sets.
enum { ASSAY_MAXMR = 16, ASSAY_MAXNR = 32 };

typedef struct assay_dev assay_dev;
typedef struct { int64_t n0, n1, d; } assay_rows;      // n0 x n1 rows of d elements
typedef struct { int64_t s0, s1; int32_t t; } assay_lay; // row strides in elements, element type
typedef struct {
	int64_t s, h, n, g, d, window;
	int32_t mask;
	float scale, softcap;
} assay_attn;

// A sliding window: n images of c channels h x w give m channels oh x ow.
typedef struct {
	int64_t n, c, h, w, m, oh, ow, kh, kw, stride, pad;
} assay_window;

static inline int64_t assay_size(int32_t t) { return t == ASSAY_F32 ? 4 : 2; }

// Kernels of one instruction set. A panel holds nr columns of a matrix, row by
// row: [k][nr]. Packed rows hold m rows column by column: [k][m], m <= mr.
typedef struct {
	const char *name;
	int mr, nr;
	// tile[m]: c[m][nr] = (first ? 0 : c) + a * b over kc steps in ascending
	// order, a packed with m rows, b an f32 panel.
	void (*tile[ASSAY_MAXMR + 1])(int64_t kc, const float *a, const float *b, float *c, int64_t ldc, int first);
	// tile64[m]: the same with a row-major of 64 columns.
	void (*tile64[ASSAY_MAXMR + 1])(int64_t kc, const float *a, const float *b, float *c, int64_t ldc, int first);
	// skinny[type][m]: np whole panels side by side that start at b, widened on
	// the fly; a packed.
	void (*skinny[3][ASSAY_MAXMR + 1])(int64_t kc, const float *a, const void *b, int64_t np, float *c, int64_t ldc, int first);
	// pack_rows: dst [k][m] from m rows.
	void (*pack_rows)(float *dst, const float *const *rows, int m, int64_t k);
	// widen and narrow n elements between f32 and another type.
	void (*widen)(int32_t t, float *dst, const void *src, int64_t n);
	void (*narrow)(int32_t t, void *dst, const float *src, int64_t n);

	void (*add)(float *dst, const float *a, const float *b, int64_t n);
	void (*swiglu)(float *dst, const float *gate, const float *up, int64_t n);
	void (*rmsnorm)(float *dst, const float *x, const float *w, int64_t n, float eps, int unit);
	void (*softmax)(float *dst, const float *x, int64_t n);
	void (*logsoftmax)(float *dst, const float *x, int64_t n);
	void (*rotate)(float *dst, const float *x, const float *cos, const float *sin, int64_t n, int negate, int interleaved);
	float (*dist2)(const float *a, const float *b, int64_t n);

	// keys: kt [64/nr][d][nr] = transposed k rows; unspecified beyond n of 64.
	void (*keys)(float *kt, int32_t t, const void *k, int64_t stride, int n, int64_t d);
	// values: panels [dp/nr][64][nr] of v rows, zero beyond d; rows beyond n are
	// left alone.
	void (*values)(float *vp, int32_t t, const void *v, int64_t stride, int n, int64_t d, int64_t dp);
	// qk: s [m][64] = products of packed rows with n keys, straight from memory.
	void (*qk)(int32_t t, float *s, const float *q, int m, const void *k, int64_t stride, int n, int64_t d);
	// mix: o [m][dp] += weights p [m][64] times the values of the keys in bits,
	// straight from memory.
	void (*mix)(int32_t t, int m, uint64_t bits, const float *p, const void *v, int64_t stride, float *o, int64_t dp, int64_t d);
	// scores turns m rows of 64 raw products into weights 2^(score - max) and
	// updates the running maximum, sum and output of every row that sees a key;
	// see kern_attn.h.
	void (*scores)(int m, float *s, const uint64_t *vis, float scale, float softcap, float *max, float *sum, float *o, int64_t dp);
	// pv adds the weighted values of the keys in bits to one row of output.
	void (*pv)(uint64_t bits, const float *p, const float *vp, float *o, int64_t dp);
	// merge folds a range's state into the total of one row.
	void (*merge)(float *tmax, float *tsum, float *to, float max, float sum, const float *o, int64_t dp, int first);
	// finish stores o / sum and returns log(sum) + max in natural units.
	float (*finish)(float *dst, float max, float sum, const float *o, int64_t d);
	// logits: scores in base-2 units, -inf where bits are clear.
	void (*logits)(float *s, uint64_t bits, float scale, float softcap, int n);
	// weights: softmax of a row of logits over the keys whose bits are set.
	void (*weights)(float *s, const uint64_t *vis, int64_t tiles);

	// gather[u]: a panel of patches in units of u elements; see kern_conv.h.
	void (*gather[17])(float *dst, const float *src, const int64_t *koff, int64_t kc, const int64_t *unit);
	void (*pad_plane)(float *dst, const float *src, int64_t hs, int64_t ws, int64_t top, int64_t left, int64_t hp, int64_t wp);
	void (*copy_rows)(float *dst, const float *src, int64_t rows, int64_t w, int64_t pitch, int64_t step);
	void (*spread)(float *dst, const float *c, int64_t n, int64_t step, float bias, int accumulate);
	void (*dots)(int64_t na, int64_t nb, const float *a, int64_t lda, const int64_t *ao, const float *const *b, const int64_t *bo, int64_t n, float *out,
		int64_t ldo);
	void (*panel_across)(float *dst, const float *src, int64_t ld, int64_t columns, int64_t k);
	void (*panel_along)(float *dst, const float *src, int64_t ld, int64_t columns, int64_t k);
	// Layers around convolutions; see kern_cnn.h.
	double (*plane_sum)(const float *x, int64_t n);
	double (*plane_dot)(const float *a, const float *b, float shift, int64_t n);
	double (*plane_moment)(const float *x, double mean, int64_t n);
	void (*normalise)(float *dst, const float *x, const float *add, float mean, float scale, float shift, int relu, int64_t n);
	void (*norm_back)(float *dx, const float *dy, const float *x, float mean, float k, float a, float b, int64_t n);
	void (*blend4)(float *dst, const float *u, const float *v, const float *w, float p, float q, float r, float s, int64_t n);
	void (*gate)(float *dst, const float *y, const float *dy, int64_t n);
	// gate_sums: gate, then plane_sum and plane_dot of dst with x, in one reading.
	void (*gate_sums)(float *dst, const float *y, const float *dy, const float *x, float shift, int64_t n, double *sum, double *dot);
	void (*relu)(float *dst, const float *x, int64_t n);
	void (*times)(float *dst, const float *a, const float *b, int64_t n);
	void (*max_pool)(float *dst, int32_t *at, const float *x, const assay_window *g);
	void (*max_back)(float *dx, const float *dy, const int32_t *at, const assay_window *g);
	void (*pick)(float *dst, const float *x, const int32_t *at, int64_t n);
	void (*mean_pool)(float *dst, const float *x, const assay_window *g);
	void (*mean_back)(float *dx, const float *dy, const assay_window *g);
	void (*descend)(float *w, float *v, const float *g, const float *mask, int64_t n, float lr, float momentum, float decay, int nesterov);

	// rans_encode and rans_decode code 32 lanes; see kern_rans.h.
	int64_t (*rans_encode)(const uint8_t *sym, int64_t stride, int64_t steps, const uint16_t *cum, uint32_t *state, uint16_t *end, int64_t room);
	int64_t (*rans_decode)(uint8_t *dst, int64_t stride, int64_t steps, const uint16_t *cum, int levels, uint32_t *state, const uint16_t *w, int64_t words);
	// fma_peak runs independent multiply-adds and returns how many operations.
	int64_t (*fma_peak)(int64_t rounds, float *sink);
	// read_peak reads n bytes.
	int64_t (*read_peak)(const void *p, int64_t n, float *sink);
} assay_kernels;

// Variants that were compiled in; NULL where the compiler lacked one.
const assay_kernels *assay_base(void);
const assay_kernels *assay_avx2(void);
const assay_kernels *assay_avx512(void);

// Pool. run calls f(ctx, chunk, thread) for every chunk in 0..chunks-1 on the
// threads of the pool, chunk order ascending, thread in 0..threads-1. It must be
// called between assay_lock and assay_unlock. Chunks are skipped once *stop is
// set; then ASSAY_STOPPED is returned.
typedef void (*assay_chunk)(void *ctx, int64_t chunk, int thread);
int assay_run(assay_dev *d, const uint32_t *stop, int64_t chunks, assay_chunk f, void *ctx);
void assay_lock(assay_dev *d);
void assay_unlock(assay_dev *d);
// workspace returns 64-byte aligned scratch of at least n bytes, which stays
// valid until the next call or assay_unlock; NULL without memory.
void *assay_workspace(assay_dev *d, size_t n);
int assay_threads(const assay_dev *d);
const assay_kernels *assay_table(const assay_dev *d);
static inline int assay_stopped(const uint32_t *stop) { return __atomic_load_n(stop, __ATOMIC_RELAXED) != 0; }

// Entry points for Go.
const char *assay_isa(int i); // i-th variant that this CPU runs, best first; NULL after the last
assay_dev *assay_open(int threads, const char *isa);
void assay_close(assay_dev *d);
int assay_panel_width(const assay_dev *d);
int assay_convert(assay_dev *, const uint32_t *stop, assay_rows, void *dst, assay_lay, const void *src, assay_lay);
int assay_move(assay_dev *, const uint32_t *stop, assay_rows, void *dense, assay_lay, void *table, assay_lay, const int32_t *index, int gather);
int assay_pack(assay_dev *, const uint32_t *stop, void *dst, const void *w, assay_lay, int64_t n, int64_t k);
int assay_gemm(assay_dev *, const uint32_t *stop, float *dst, int64_t ldd, const float *a, int64_t lda, const void *w, int32_t type,
	const float *bias, int64_t m, int64_t n, int64_t k, int accumulate);
int assay_binary(assay_dev *, const uint32_t *stop, int op, assay_rows, float *dst, assay_lay, const float *a, assay_lay, const float *b, assay_lay);
int assay_rmsnorm(assay_dev *, const uint32_t *stop, assay_rows, float *dst, assay_lay, const float *x, assay_lay, const float *w, float eps, int unit);
int assay_softmax(assay_dev *, const uint32_t *stop, assay_rows, float *dst, assay_lay, const float *x, assay_lay, int log);
int assay_rope(assay_dev *, const uint32_t *stop, assay_rows, float *dst, assay_lay, const float *x, assay_lay, const int32_t *pos,
	const float *cos, const float *sin, int64_t n, int interleaved, int unit);
int assay_rowdist2(assay_dev *, const uint32_t *stop, assay_rows, float *dst, const float *a, assay_lay, const float *b, assay_lay);
int assay_rowbad(assay_dev *, const uint32_t *stop, assay_rows, const void *x, assay_lay, int32_t *counts);
int assay_attention(assay_dev *, const uint32_t *stop, assay_attn, float *dst, assay_lay, const float *q, assay_lay, const void *k, assay_lay,
	const void *v, assay_lay, float *lse, int64_t lses, const int32_t *qpos, const int32_t *kpos);
int assay_probs(assay_dev *, const uint32_t *stop, assay_attn, float *dst, assay_lay, const float *q, assay_lay, const void *k, assay_lay,
	const int32_t *qpos, const int32_t *kpos);
int assay_conv(assay_dev *, const uint32_t *stop, assay_window, float *dst, const float *x, const float *w, const float *bias, int accumulate);
int assay_conv_back_data(assay_dev *, const uint32_t *stop, assay_window, float *dx, const float *dy, const float *w, int accumulate);
int assay_conv_back_weight(assay_dev *, const uint32_t *stop, assay_window, float *dw, const float *x, const float *dy, int accumulate);
int assay_product(assay_dev *, const uint32_t *stop, float *dst, const float *a, const float *b, const float *bias, int64_t m, int64_t n, int64_t k,
	int ta, int tb, int accumulate);
int assay_norm(assay_dev *, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *dst, const float *x, const float *add, const float *gamma,
	const float *beta, float *mean, float *inv, float *running, float eps, float momentum, int relu);
int assay_norm_back(assay_dev *, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *dx, float *gated, float *dgamma, float *dbeta,
	const float *x, const float *y, const float *dy, const float *gamma, const float *mean, const float *inv);
int assay_norm_tangent(assay_dev *, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *ty, float *tmean, float *tslope, const float *x,
	const float *tx, const float *gamma, const float *tgamma, const float *tbeta, const float *mean, const float *inv);
int assay_norm_tangent_back(assay_dev *, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *tdx, float *tdgamma, float *tdbeta,
	const float *x, const float *tx, const float *dy, const float *tdy, const float *gamma, const float *tgamma, const float *mean, const float *inv,
	const float *tmean, const float *tslope);
int assay_affine(assay_dev *, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *dst, const float *x, const float *add, const float *scale,
	const float *shift, const float *mean, int relu);
int assay_channel_sum(assay_dev *, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *dst, const float *x, int accumulate);
int assay_column_sum(assay_dev *, const uint32_t *stop, int64_t n, int64_t c, float *dst, const float *x, int accumulate);
int assay_flat(assay_dev *, const uint32_t *stop, int op, int64_t n, float *dst, const float *x, const float *y);
int assay_pool(assay_dev *, const uint32_t *stop, int op, assay_window, float *dst, int32_t *at, const float *x);
int assay_shortcut(assay_dev *, const uint32_t *stop, assay_window, float *dst, const float *x, int back);
int assay_entropy(assay_dev *, const uint32_t *stop, int64_t n, int64_t c, float *loss, float *probs, float *dx, const float *x, const int32_t *label,
	float inverse, float scale);
int assay_descend(assay_dev *, const uint32_t *stop, int64_t n, float *w, float *v, const float *g, const float *mask, float lr, float momentum,
	float decay, int nesterov);
int64_t assay_rans_encode(assay_dev *, const uint8_t *sym, int64_t stride, int64_t steps, const uint16_t *cum, uint32_t *state, uint16_t *words, int64_t room);
int64_t assay_rans_decode(assay_dev *, uint8_t *dst, int64_t stride, int64_t steps, const uint16_t *cum, int levels, uint32_t *state, const uint16_t *words, int64_t n);
int64_t assay_peak(assay_dev *, int probe, void *buf, int64_t count);

#endif
