// The layers around convolutions, on [n][c][h*w] f32: split by channel or by
// plane, with statistics in double and in a fixed order.
#include "table.h"

#include <math.h>
#include <string.h>

enum { PIECE = 1 << 14 }; // elements of a chunk

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

typedef struct plane_job plane_job;
struct plane_job {
	const assay_kernels *t;
	void (*f)(const plane_job *, int64_t plane);
	int64_t n, c, hw, step, planes;
	float *dst, *out1, *out2, *out3;
	const float *x, *y, *z, *u, *p0, *p1, *p2, *p3, *p4, *p5;
	int32_t *at;
	const int32_t *label;
	assay_window g;
	float eps, momentum, scale;
	int flag;
};

static void planes_chunk(void *p, int64_t chunk, int thread) {
	(void)thread;
	const plane_job *j = p;
	const int64_t end = smaller((chunk + 1) * j->step, j->planes);
	for (int64_t i = chunk * j->step; i < end; i++) j->f(j, i);
}

// run_planes calls f for planes 0..planes-1, each of about size elements.
static int run_planes(assay_dev *d, const uint32_t *stop, plane_job *j, int64_t planes, int64_t size) {
	j->t = assay_table(d);
	j->planes = planes;
	j->step = PIECE / (size + 1) + 1;
	assay_lock(d);
	const int rc = assay_run(d, stop, (planes + j->step - 1) / j->step, planes_chunk, j);
	assay_unlock(d);
	return rc;
}

// norm_channel normalises one channel over all images: mean and variance by
// plane, merged in the order of images, so that one reading of memory is enough.
static void norm_channel(const plane_job *j, int64_t c) {
	double mean = 0, moment = 0, count = 0;
	const double hw = (double)j->hw;
	for (int64_t i = 0; i < j->n; i++) {
		const float *x = j->x + (i * j->c + c) * j->hw;
		const double m = j->t->plane_sum(x, j->hw) / hw, q = j->t->plane_moment(x, m, j->hw), gap = m - mean, all = count + hw;
		moment += q + gap * gap * (count * hw / all);
		mean += gap * (hw / all);
		count = all;
	}
	const double var = moment / count, inv = 1 / sqrt(var + (double)j->eps);
	j->out1[c] = (float)mean;
	j->out2[c] = (float)inv;
	if (j->out3) { // running statistics: means, then variances
		const double m = (double)j->momentum;
		j->out3[c] = (float)((1 - m) * (double)j->out3[c] + m * mean);
		j->out3[j->c + c] = (float)((1 - m) * (double)j->out3[j->c + c] + m * (count > 1 ? moment / (count - 1) : var));
	}
	const float scale = (float)((double)j->p0[c] * inv);
	for (int64_t i = 0; i < j->n; i++) {
		const int64_t at = (i * j->c + c) * j->hw;
		j->t->normalise(j->dst + at, j->x + at, j->y ? j->y + at : NULL, (float)mean, scale, j->p1[c], j->flag, j->hw);
	}
}

int assay_norm(assay_dev *d, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *dst, const float *x, const float *add, const float *gamma,
	const float *beta, float *mean, float *inv, float *running, float eps, float momentum, int relu) {
	plane_job j = {.f = norm_channel, .n = n, .c = c, .hw = hw, .dst = dst, .x = x, .y = add, .p0 = gamma, .p1 = beta, .out1 = mean, .out2 = inv,
		.out3 = running, .eps = eps, .momentum = momentum, .flag = relu};
	return run_planes(d, stop, &j, c, PIECE);
}

static void norm_back_channel(const plane_job *j, int64_t c) {
	double sum = 0, dot = 0;
	const float mean = j->p1[c], inv = j->p2[c];
	for (int64_t i = 0; i < j->n; i++) {
		const int64_t at = (i * j->c + c) * j->hw;
		double s, p;
		j->t->gate_sums(j->u ? j->out3 + at : NULL, j->u ? j->u + at : NULL, j->y + at, j->x + at, mean, j->hw, &s, &p);
		sum += s;
		dot += p;
	}
	const double count = (double)j->n * (double)j->hw, r = (double)inv;
	j->out1[c] = (float)(dot * r);
	j->out2[c] = (float)sum;
	if (!j->dst) return;
	const float k = (float)((double)j->p0[c] * r), a = (float)(sum / count), b = (float)(dot * r * r / count);
	for (int64_t i = 0; i < j->n; i++) {
		const int64_t at = (i * j->c + c) * j->hw;
		j->t->norm_back(j->dst + at, j->u ? j->out3 + at : j->y + at, j->x + at, mean, k, a, b, j->hw);
	}
}

int assay_norm_back(assay_dev *d, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *dx, float *gated, float *dgamma, float *dbeta,
	const float *x, const float *y, const float *dy, const float *gamma, const float *mean, const float *inv) {
	plane_job j = {.f = norm_back_channel, .n = n, .c = c, .hw = hw, .dst = dx, .out3 = gated, .out1 = dgamma, .out2 = dbeta, .x = x, .u = y, .y = dy,
		.p0 = gamma, .p1 = mean, .p2 = inv};
	return run_planes(d, stop, &j, c, PIECE);
}

// With h = (x - mean) inv and a dot for tangents:
// h. = inv (x. - mean(x.) - h mean(h x.)), y. = gamma. h + gamma h. + beta.
static void norm_tangent_channel(const plane_job *j, int64_t c) {
	double sum = 0, dot = 0;
	const float mean = j->p1[c], inv = j->p2[c];
	const double count = (double)j->n * (double)j->hw, r = (double)inv;
	for (int64_t i = 0; i < j->n; i++) {
		const int64_t at = (i * j->c + c) * j->hw;
		sum += j->t->plane_sum(j->z + at, j->hw);
		dot += j->t->plane_dot(j->z + at, j->x + at, mean, j->hw);
	}
	// The mean of h x. equals that of h (x. - mean(x.)), for h has mean 0.
	const double m = sum / count, s = dot * r / count, gamma = (double)j->p0[c], tg = (double)j->p3[c];
	j->out1[c] = (float)m;
	j->out2[c] = (float)s;
	// y. = x. (gamma r) + x (r (tg - gamma r s)) + constant
	const double px = r * (tg - gamma * r * s);
	for (int64_t i = 0; i < j->n; i++) {
		const int64_t at = (i * j->c + c) * j->hw;
		j->t->blend4(j->dst + at, j->z + at, j->x + at, NULL, (float)(gamma * r), (float)px, 0,
			(float)((double)j->p4[c] - gamma * r * m - px * (double)mean), j->hw);
	}
}

int assay_norm_tangent(assay_dev *d, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *ty, float *tmean, float *tslope, const float *x,
	const float *tx, const float *gamma, const float *tgamma, const float *tbeta, const float *mean, const float *inv) {
	plane_job j = {.f = norm_tangent_channel, .n = n, .c = c, .hw = hw, .dst = ty, .out1 = tmean, .out2 = tslope, .x = x, .z = tx, .p0 = gamma,
		.p1 = mean, .p2 = inv, .p3 = tgamma, .p4 = tbeta};
	return run_planes(d, stop, &j, c, PIECE);
}

// The tangent of norm_back, k = gamma r, r. = -r^2 s:
// dx. = k. (dy - A - h B) + k (dy. - A. - h. B - h B.).
static void norm_tangent_back_channel(const plane_job *j, int64_t c) {
	const float *x = j->x, *tx = j->z, *dy = j->y, *tdy = j->u;
	const double count = (double)j->n * (double)j->hw, r = (double)j->p2[c], mean = (double)j->p1[c];
	const double m = (double)j->p4[c], s = (double)j->p5[c], gamma = (double)j->p0[c], tg = (double)j->p3[c];
	double sdy = 0, sdyx = 0, stdy = 0, stdyx = 0, sdytx = 0;
	for (int64_t i = 0; i < j->n; i++) {
		const int64_t at = (i * j->c + c) * j->hw;
		sdy += j->t->plane_sum(dy + at, j->hw);
		sdyx += j->t->plane_dot(dy + at, x + at, j->p1[c], j->hw);
		stdy += j->t->plane_sum(tdy + at, j->hw);
		stdyx += j->t->plane_dot(tdy + at, x + at, j->p1[c], j->hw);
		sdytx += j->t->plane_dot(dy + at, tx + at, (float)m, j->hw);
	}
	sdytx -= (m - (double)(float)m) * sdy;
	// Sums of dy h., of dy h and of dy. h.
	const double dyh = r * sdyx, tdyh = r * stdyx, dyth = r * (sdytx - s * dyh);
	j->out1[c] = (float)(tdyh + dyth);
	j->out2[c] = (float)stdy;
	if (!j->dst) return;
	const double a = sdy / count, b = dyh / count, ta = stdy / count, tb = (tdyh + dyth) / count;
	const double k = gamma * r, tk = tg * r - gamma * r * r * s;
	// h = r x - r mean; h. = r tx - r m - r s h. Collect coefficients of
	// tdy, dy, x, tx and 1.
	const double ch = -tk * b - k * tb + k * b * r * s; // of h
	const double px = ch * r, ptx = -k * b * r, one = -tk * a - k * ta + k * b * r * m - ch * r * mean;
	for (int64_t i = 0; i < j->n; i++) {
		const int64_t at = (i * j->c + c) * j->hw;
		j->t->blend4(j->dst + at, tdy + at, dy + at, x + at, (float)k, (float)tk, (float)px, (float)one, j->hw);
		j->t->blend4(j->dst + at, tx + at, j->dst + at, NULL, (float)ptx, 1, 0, 0, j->hw);
	}
}

int assay_norm_tangent_back(assay_dev *d, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *tdx, float *tdgamma, float *tdbeta,
	const float *x, const float *tx, const float *dy, const float *tdy, const float *gamma, const float *tgamma, const float *mean, const float *inv,
	const float *tmean, const float *tslope) {
	plane_job j = {.f = norm_tangent_back_channel, .n = n, .c = c, .hw = hw, .dst = tdx, .out1 = tdgamma, .out2 = tdbeta, .x = x, .z = tx, .y = dy,
		.u = tdy, .p0 = gamma, .p1 = mean, .p2 = inv, .p3 = tgamma, .p4 = tmean, .p5 = tslope};
	return run_planes(d, stop, &j, c, PIECE);
}

static void affine_plane(const plane_job *j, int64_t i) {
	const int64_t c = i % j->c, at = i * j->hw;
	j->t->normalise(j->dst + at, j->x + at, j->y ? j->y + at : NULL, j->p2 ? j->p2[c] : 0, j->p0[c], j->p1 ? j->p1[c] : 0, j->flag, j->hw);
}

int assay_affine(assay_dev *d, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *dst, const float *x, const float *add, const float *scale,
	const float *shift, const float *mean, int relu) {
	plane_job j = {.f = affine_plane, .c = c, .hw = hw, .dst = dst, .x = x, .y = add, .p0 = scale, .p1 = shift, .p2 = mean, .flag = relu};
	return run_planes(d, stop, &j, n * c, hw);
}

static void sum_channel(const plane_job *j, int64_t c) {
	double s = j->flag ? (double)j->dst[c] : 0;
	for (int64_t i = 0; i < j->n; i++) s += j->t->plane_sum(j->x + (i * j->c + c) * j->hw, j->hw);
	j->dst[c] = (float)s;
}

int assay_channel_sum(assay_dev *d, const uint32_t *stop, int64_t n, int64_t c, int64_t hw, float *dst, const float *x, int accumulate) {
	plane_job j = {.f = sum_channel, .n = n, .c = c, .hw = hw, .dst = dst, .x = x, .flag = accumulate};
	return run_planes(d, stop, &j, c, n * hw);
}

static void column_piece(const plane_job *j, int64_t piece) {
	const int64_t c0 = piece * 64, c1 = smaller(c0 + 64, j->c);
	double s[64];
	for (int64_t c = c0; c < c1; c++) s[c - c0] = j->flag ? (double)j->dst[c] : 0;
	for (int64_t i = 0; i < j->n; i++)
		for (int64_t c = c0; c < c1; c++) s[c - c0] += (double)j->x[i * j->c + c];
	for (int64_t c = c0; c < c1; c++) j->dst[c] = (float)s[c - c0];
}

int assay_column_sum(assay_dev *d, const uint32_t *stop, int64_t n, int64_t c, float *dst, const float *x, int accumulate) {
	plane_job j = {.f = column_piece, .n = n, .c = c, .dst = dst, .x = x, .flag = accumulate};
	return run_planes(d, stop, &j, (c + 63) / 64, n * 64);
}

static void relu_piece(const plane_job *j, int64_t i) {
	const int64_t at = i * PIECE;
	j->t->relu(j->dst + at, j->x + at, smaller(PIECE, j->hw - at));
}

static void gate_piece(const plane_job *j, int64_t i) {
	const int64_t at = i * PIECE;
	j->t->gate(j->dst + at, j->x + at, j->y + at, smaller(PIECE, j->hw - at));
}

static void times_piece(const plane_job *j, int64_t i) {
	const int64_t at = i * PIECE;
	j->t->times(j->dst + at, j->x + at, j->y + at, smaller(PIECE, j->hw - at));
}

int assay_flat(assay_dev *d, const uint32_t *stop, int op, int64_t n, float *dst, const float *x, const float *y) {
	plane_job j = {.f = op == ASSAY_RELU ? relu_piece : op == ASSAY_GATE ? gate_piece : times_piece, .hw = n, .dst = dst, .x = x, .y = y};
	return run_planes(d, stop, &j, (n + PIECE - 1) / PIECE, PIECE);
}

static void pool_plane(const plane_job *j, int64_t i) {
	const assay_window *g = &j->g;
	const int64_t in = i * g->h * g->w, out = i * g->oh * g->ow;
	switch (j->flag) {
	case ASSAY_MAX: j->t->max_pool(j->dst + out, j->at + out, j->x + in, g); break;
	case ASSAY_MAX_BACK: j->t->max_back(j->dst + in, j->x + out, j->at + out, g); break;
	case ASSAY_MAX_PICK: j->t->pick(j->dst + out, j->x + in, j->at + out, g->oh * g->ow); break;
	case ASSAY_MEAN: j->t->mean_pool(j->dst + out, j->x + in, g); break;
	default: j->t->mean_back(j->dst + in, j->x + out, g);
	}
}

int assay_pool(assay_dev *d, const uint32_t *stop, int op, assay_window g, float *dst, int32_t *at, const float *x) {
	plane_job j = {.f = pool_plane, .flag = op, .g = g, .dst = dst, .x = x, .at = at};
	return run_planes(d, stop, &j, g.n * g.c, g.h * g.w);
}

// shortcut_plane: plane of the larger net's channel, from or to the smaller one.
static void shortcut_plane(const plane_job *j, int64_t i) {
	const assay_window *g = &j->g;
	const int64_t image = i / g->m, low = (g->m - g->c) / 2, c = i % g->m - low, plane = g->oh * g->ow;
	const int inside = c >= 0 && c < g->c;
	if (!j->flag) {
		float *dst = j->dst + i * plane;
		if (!inside) {
			memset(dst, 0, (size_t)plane * 4);
			return;
		}
		const float *src = j->x + (image * g->c + c) * g->h * g->w;
		for (int64_t y = 0; y < g->oh; y++)
			for (int64_t x = 0; x < g->ow; x++) dst[y * g->ow + x] = src[y * g->stride * g->w + x * g->stride];
		return;
	}
	if (!inside) return;
	float *dst = j->dst + (image * g->c + c) * g->h * g->w;
	const float *src = j->x + i * plane;
	if (j->flag == 1) memset(dst, 0, (size_t)(g->h * g->w) * 4);
	for (int64_t y = 0; y < g->oh; y++)
		for (int64_t x = 0; x < g->ow; x++) {
			float *at = dst + y * g->stride * g->w + x * g->stride;
			*at = *at + src[y * g->ow + x];
		}
}

int assay_shortcut(assay_dev *d, const uint32_t *stop, assay_window g, float *dst, const float *x, int back) {
	plane_job j = {.f = shortcut_plane, .flag = back, .g = g, .dst = dst, .x = x};
	return run_planes(d, stop, &j, g.n * g.m, g.h * g.w);
}

// entropy_row: loss = -log softmax(x / T)[label]; dst = (softmax - one-hot) * scale.
static void entropy_row(const plane_job *j, int64_t i) {
	const float *x = j->x + i * j->c;
	float *p = j->dst + i * j->c;
	for (int64_t c = 0; c < j->c; c++) p[c] = x[c] * j->momentum;
	j->t->logsoftmax(p, p, j->c);
	j->out1[i] = -p[j->label[i]];
	for (int64_t c = 0; c < j->c; c++) p[c] = x[c] * j->momentum;
	j->t->softmax(p, p, j->c);
	if (j->out2) memcpy(j->out2 + i * j->c, p, (size_t)j->c * 4);
	p[j->label[i]] -= 1;
	for (int64_t c = 0; c < j->c; c++) p[c] = p[c] * j->scale;
}

int assay_entropy(assay_dev *d, const uint32_t *stop, int64_t n, int64_t c, float *loss, float *probs, float *dx, const float *x, const int32_t *label,
	float inverse, float scale) {
	plane_job j = {.f = entropy_row, .c = c, .dst = dx, .out1 = loss, .out2 = probs, .x = x, .label = label, .momentum = inverse, .scale = scale};
	return run_planes(d, stop, &j, n, c * 64);
}

typedef struct {
	const assay_kernels *t;
	float *w, *v;
	const float *g, *mask;
	int64_t n;
	float lr, momentum, decay;
	int nesterov;
} descent;

static void descend_piece(void *p, int64_t i, int thread) {
	(void)thread;
	const descent *j = p;
	const int64_t at = i * PIECE;
	j->t->descend(j->w + at, j->v + at, j->g + at, j->mask ? j->mask + at : NULL, smaller(PIECE, j->n - at), j->lr, j->momentum, j->decay, j->nesterov);
}

int assay_descend(assay_dev *d, const uint32_t *stop, int64_t n, float *w, float *v, const float *g, const float *mask, float lr, float momentum,
	float decay, int nesterov) {
	descent j = {.t = assay_table(d), .w = w, .v = v, .g = g, .mask = mask, .n = n, .lr = lr, .momentum = momentum, .decay = decay, .nesterov = nesterov};
	assay_lock(d);
	const int rc = assay_run(d, stop, (n + PIECE - 1) / PIECE, descend_piece, &j);
	assay_unlock(d);
	return rc;
}
