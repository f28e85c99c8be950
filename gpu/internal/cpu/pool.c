// Fork-join pool. Helpers wait for a new sequence number, first spinning for
// about 20 us, then asleep. A helper that wakes after the caller has finished
// the chunks finds the gate closed and never touches the job, so one slow or
// descheduled helper does not hold up short operations.
#define _GNU_SOURCE
#include "table.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLOSED = 1 << 30 }; // bit of gate: no helper may enter

typedef struct {
	assay_dev *dev;
	int index;
} helper;

struct assay_dev {
	const assay_kernels *table;
	int threads;

	pthread_mutex_t turn; // held for one operation: job, workspace
	void *space;
	size_t space_size;

	// The job. Written while the gate is closed and empty.
	assay_chunk f;
	void *ctx;
	int64_t chunks;
	const uint32_t *stop;

	_Alignas(64) uint32_t seq;   // counts jobs
	_Alignas(64) uint32_t gate;  // CLOSED bit and the number of helpers inside
	_Alignas(64) int64_t next;   // next chunk
	_Alignas(64) uint32_t asleep; // helpers in or about to enter cond_wait

	pthread_mutex_t mu; // guards the sleep of helpers
	pthread_cond_t wake;
	uint32_t quit;
	int started;
	helper *helpers;
	pthread_t *ids;
};

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static int64_t now_ns(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static const int64_t spin_ns = 20000;

static void work(assay_dev *d, int thread) {
	for (;;) {
		if (d->stop && assay_stopped(d->stop)) return;
		int64_t c = __atomic_fetch_add(&d->next, 1, __ATOMIC_RELAXED);
		if (c >= d->chunks) return;
		d->f(d->ctx, c, thread);
	}
}

// await returns when the sequence number differs from seen, or on quit.
static uint32_t await(assay_dev *d, uint32_t seen) {
	int64_t until = 0;
	for (int i = 0;; i++) {
		uint32_t s = __atomic_load_n(&d->seq, __ATOMIC_ACQUIRE);
		if (s != seen) return s;
		relax();
		if (i % 64 == 63) {
			int64_t t = now_ns();
			if (until == 0) until = t + spin_ns;
			if (t >= until) break;
		}
	}
	pthread_mutex_lock(&d->mu);
	__atomic_fetch_add(&d->asleep, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&d->seq, __ATOMIC_SEQ_CST) == seen) pthread_cond_wait(&d->wake, &d->mu);
	__atomic_fetch_sub(&d->asleep, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&d->mu);
	return __atomic_load_n(&d->seq, __ATOMIC_ACQUIRE);
}

static void *help(void *p) {
	helper *h = p;
	assay_dev *d = h->dev;
	uint32_t seen = 0;
	for (;;) {
		seen = await(d, seen);
		if (__atomic_load_n(&d->quit, __ATOMIC_ACQUIRE)) return NULL;
		uint32_t g = __atomic_load_n(&d->gate, __ATOMIC_RELAXED);
		while (!(g & CLOSED)) {
			if (__atomic_compare_exchange_n(&d->gate, &g, g + 1, 1, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
				work(d, h->index);
				__atomic_fetch_sub(&d->gate, 1, __ATOMIC_RELEASE);
				break;
			}
		}
	}
}

static void announce(assay_dev *d) {
	__atomic_fetch_add(&d->seq, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&d->asleep, __ATOMIC_SEQ_CST) > 0) {
		pthread_mutex_lock(&d->mu);
		pthread_cond_broadcast(&d->wake);
		pthread_mutex_unlock(&d->mu);
	}
}

int assay_run(assay_dev *d, const uint32_t *stop, int64_t chunks, assay_chunk f, void *ctx) {
	d->f = f;
	d->ctx = ctx;
	d->chunks = chunks;
	d->stop = stop;
	__atomic_store_n(&d->next, 0, __ATOMIC_RELAXED);
	if (d->started == 0 || chunks < 2) {
		work(d, 0);
	} else {
		__atomic_store_n(&d->gate, 0, __ATOMIC_RELEASE);
		announce(d);
		work(d, 0);
		__atomic_fetch_or(&d->gate, CLOSED, __ATOMIC_SEQ_CST);
		for (int i = 0; __atomic_load_n(&d->gate, __ATOMIC_ACQUIRE) != CLOSED; i++) {
			// A helper inside has at most one chunk left; it may have lost its
			// CPU, then spinning would only keep it away longer.
			if (i < 4000) relax();
			else sched_yield();
		}
	}
	d->stop = NULL; // memory of the caller, not to be kept
	return stop && assay_stopped(stop) ? ASSAY_STOPPED : ASSAY_OK;
}

void assay_lock(assay_dev *d) { pthread_mutex_lock(&d->turn); }
void assay_unlock(assay_dev *d) { pthread_mutex_unlock(&d->turn); }
int assay_threads(const assay_dev *d) { return d->threads; }
const assay_kernels *assay_table(const assay_dev *d) { return d->table; }
int assay_panel_width(const assay_dev *d) { return d->table->nr; }

void *assay_workspace(assay_dev *d, size_t n) {
	if (n > d->space_size) {
		free(d->space);
		d->space = NULL;
		d->space_size = 0;
		size_t size = (n + 4095) / 4096 * 4096;
		if (posix_memalign(&d->space, 4096, size) != 0) {
			d->space = NULL;
			return NULL;
		}
		d->space_size = size;
	}
	return d->space;
}

static const assay_kernels *pick(const char *isa) {
	for (int i = 0;; i++) {
		const char *name = assay_isa(i);
		if (!name) return NULL;
		if (strcmp(name, isa) != 0) continue;
		if (strcmp(name, "avx512") == 0) return assay_avx512();
		if (strcmp(name, "avx2") == 0) return assay_avx2();
		return assay_base();
	}
}

assay_dev *assay_open(int threads, const char *isa) {
	const assay_kernels *table = pick(isa);
	void *p;
	if (!table || threads < 1 || posix_memalign(&p, 64, sizeof(assay_dev)) != 0) return NULL;
	assay_dev *d = p;
	memset(d, 0, sizeof *d);
	d->table = table;
	d->threads = threads;
	d->gate = CLOSED;
	pthread_mutex_init(&d->turn, NULL);
	pthread_mutex_init(&d->mu, NULL);
	pthread_cond_init(&d->wake, NULL);
	d->helpers = calloc((size_t)threads, sizeof *d->helpers);
	d->ids = calloc((size_t)threads, sizeof *d->ids);
	if (!d->helpers || !d->ids) {
		assay_close(d);
		return NULL;
	}
	// Signals belong to the threads of the Go runtime.
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = 0;
	for (int i = 1; i < threads && !failed; i++) {
		d->helpers[i] = (helper){d, i};
		failed = pthread_create(&d->ids[i], NULL, help, &d->helpers[i]) != 0;
		if (!failed) d->started = i;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		assay_close(d);
		return NULL;
	}
	return d;
}

void assay_close(assay_dev *d) {
	__atomic_store_n(&d->quit, 1, __ATOMIC_RELEASE);
	pthread_mutex_lock(&d->mu);
	__atomic_fetch_add(&d->seq, 1, __ATOMIC_SEQ_CST);
	pthread_cond_broadcast(&d->wake);
	pthread_mutex_unlock(&d->mu);
	for (int i = 1; i <= d->started; i++) pthread_join(d->ids[i], NULL);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->mu);
	pthread_mutex_destroy(&d->turn);
	free(d->helpers);
	free(d->ids);
	free(d->space);
	free(d);
}
