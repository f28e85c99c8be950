// Probes of what the machine can do at most.
#include "table.h"

typedef struct {
	const assay_kernels *t;
	char *buf;
	int64_t count, parts;
	int64_t done[64];
} job;

static void fma_chunk(void *p, int64_t chunk, int thread) {
	(void)thread;
	job *j = p;
	_Alignas(64) float sink[12 * 16];
	j->done[chunk] = j->t->fma_peak(j->count, sink);
}

static void read_chunk(void *p, int64_t chunk, int thread) {
	(void)thread;
	job *j = p;
	_Alignas(64) float sink[16];
	const int64_t part = j->count / j->parts / 512 * 512;
	j->done[chunk] = j->t->read_peak(j->buf + chunk * part, part, sink);
}

int64_t assay_peak(assay_dev *d, int probe, void *buf, int64_t count) {
	job j = {.t = assay_table(d), .buf = buf, .count = count, .parts = assay_threads(d)};
	int64_t all = 0;
	assay_lock(d);
	assay_run(d, NULL, j.parts, probe == 0 ? fma_chunk : read_chunk, &j);
	assay_unlock(d);
	for (int64_t i = 0; i < j.parts; i++) all += j.done[i];
	return all;
}
