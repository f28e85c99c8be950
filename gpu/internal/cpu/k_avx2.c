// Kernels for AVX2 with FMA and F16C.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx2,fma,f16c,bmi,bmi2")
#pragma GCC optimize("no-math-errno", "no-trapping-math")
#define ISA_NAME "avx2"
#define TABLE assay_avx2
#include "vec_avx2.h"
#include "kern_table.h"
#else
#include "table.h"
const assay_kernels *assay_avx2(void) { return NULL; }
#endif
