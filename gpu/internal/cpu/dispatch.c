// Which variants this CPU runs. __builtin_cpu_supports also asks whether the
// operating system saves the wide registers (XCR0).
#include "table.h"

static int has_avx2(void) {
#if defined(__x86_64__)
	return assay_avx2() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
	return 0;
#endif
}

static int has_avx512(void) {
#if defined(__x86_64__)
	return assay_avx512() && has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
	return 0;
#endif
}

const char *assay_isa(int i) {
	if (has_avx512() && i-- == 0) return "avx512";
	if (has_avx2() && i-- == 0) return "avx2";
	return i == 0 ? "base" : NULL;
}
