// Kernels for AVX-512 (F, BW, VL, DQ).
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c,bmi,bmi2,prefer-vector-width=512")
#pragma GCC optimize("no-math-errno", "no-trapping-math")
#define ISA_NAME "avx512"
#define TABLE assay_avx512
#include "vec_avx512.h"
#include "kern_table.h"
#else
#include "table.h"
const assay_kernels *assay_avx512(void) { return NULL; }
#endif
