// Lanes on AVX2: nv is the widest register, vf always 16 floats, vd always 16
// doubles.
#include <immintrin.h>

#include "scalar.h"
#include "table.h"

#define NVL 8
#define NR 16
#define MR 6
typedef __m256 nv;
typedef struct { __m256 l, h; } vf;
typedef struct { __m256d a, b, c, d; } vd;
typedef struct { __m256 l, h; } vm;
#define FN static inline __attribute__((always_inline))
#define EACH(op, a, b) ((vf){op((a).l, (b).l), op((a).h, (b).h)})

FN nv nv_zero(void) { return _mm256_setzero_ps(); }
FN nv nv_set1(float x) { return _mm256_set1_ps(x); }
FN nv nv_load(const float *p) { return _mm256_loadu_ps(p); }
FN void nv_store(float *p, nv a) { _mm256_storeu_ps(p, a); }
FN nv nv_fma(nv a, nv b, nv c) { return _mm256_fmadd_ps(a, b, c); }
FN nv nv_f16(const uint16_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
FN nv nv_bf16(const uint16_t *p) {
	return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)), 16));
}

// nv_of loads elements of a type that is constant where this is expanded.
FN nv nv_of(const int type, const void *p, int64_t i) {
	if (type == ASSAY_F16) return nv_f16((const uint16_t *)p + i);
	if (type == ASSAY_BF16) return nv_bf16((const uint16_t *)p + i);
	return nv_load((const float *)p + i);
}

FN vf vf_set1(float x) { return (vf){_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
FN vf vf_zero(void) { return (vf){_mm256_setzero_ps(), _mm256_setzero_ps()}; }
FN vf vf_load(const float *p) { return (vf){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
FN void vf_store(float *p, vf a) {
	_mm256_storeu_ps(p, a.l);
	_mm256_storeu_ps(p + 8, a.h);
}
FN vf vf_loadn(const float *p, int n, float fill) {
	float t[16];
	for (int i = 0; i < 16; i++) t[i] = i < n ? p[i] : fill;
	return vf_load(t);
}
FN void vf_storen(float *p, vf a, int n) {
	float t[16];
	vf_store(t, a);
	for (int i = 0; i < n; i++) p[i] = t[i];
}
FN vf vf_add(vf a, vf b) { return EACH(_mm256_add_ps, a, b); }
FN vf vf_sub(vf a, vf b) { return EACH(_mm256_sub_ps, a, b); }
FN vf vf_mul(vf a, vf b) { return EACH(_mm256_mul_ps, a, b); }
FN vf vf_div(vf a, vf b) { return EACH(_mm256_div_ps, a, b); }
FN vf vf_fma(vf a, vf b, vf c) { return (vf){_mm256_fmadd_ps(a.l, b.l, c.l), _mm256_fmadd_ps(a.h, b.h, c.h)}; }
FN vf vf_max(vf a, vf b) { return EACH(_mm256_max_ps, a, b); }
FN vf vf_min(vf a, vf b) { return EACH(_mm256_min_ps, a, b); }
FN vf vf_abs(vf a) {
	__m256 s = _mm256_set1_ps(-0.0f);
	return (vf){_mm256_andnot_ps(s, a.l), _mm256_andnot_ps(s, a.h)};
}
FN vf vf_copysign(vf a, vf b) {
	__m256 s = _mm256_set1_ps(-0.0f);
	return (vf){_mm256_or_ps(_mm256_andnot_ps(s, a.l), _mm256_and_ps(s, b.l)), _mm256_or_ps(_mm256_andnot_ps(s, a.h), _mm256_and_ps(s, b.h))};
}
// scale: r * 2^n rounded once, n integral and |n| <= 252. The first factor
// leaves a normal number, so only the second product rounds.
FN __m256 scale8(__m256 r, __m256 n) {
	__m256i i = _mm256_cvtps_epi32(n), a = _mm256_srai_epi32(i, 1), b = _mm256_sub_epi32(i, a);
	__m256i bias = _mm256_set1_epi32(127);
	__m256 p = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(a, bias), 23));
	__m256 q = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(b, bias), 23));
	return _mm256_mul_ps(_mm256_mul_ps(r, p), q);
}
FN vf vf_scale(vf r, vf n) { return (vf){scale8(r.l, n.l), scale8(r.h, n.h)}; }
FN __m256 spread8(uint32_t bits) {
	__m256i lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
	return _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)bits), lane), lane));
}
FN vm vm_bits(uint32_t bits) { return (vm){spread8(bits & 255), spread8(bits >> 8 & 255)}; }
FN vm vm_less(vf a, vf b) { return (vm){_mm256_cmp_ps(a.l, b.l, _CMP_LT_OQ), _mm256_cmp_ps(a.h, b.h, _CMP_LT_OQ)}; }
FN vf vf_select(vm m, vf a, vf b) { return (vf){_mm256_blendv_ps(b.l, a.l, m.l), _mm256_blendv_ps(b.h, a.h, m.h)}; }
// The tree of every lane reduction: 8, 4, 2, 1 apart.
FN float vf_sum(vf a) {
	__m256 b = _mm256_add_ps(a.l, a.h);
	__m128 c = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
	c = _mm_add_ps(c, _mm_movehl_ps(c, c));
	return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}
FN float vf_top(vf a) {
	__m256 b = _mm256_max_ps(a.l, a.h);
	__m128 c = _mm_max_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
	c = _mm_max_ps(c, _mm_movehl_ps(c, c));
	return _mm_cvtss_f32(_mm_max_ss(c, _mm_movehdup_ps(c)));
}
FN float vf_first(vf a) { return _mm256_cvtss_f32(a.l); }

FN vd vd_zero(void) {
	__m256d z = _mm256_setzero_pd();
	return (vd){z, z, z, z};
}
FN vd vd_of(vf a) {
	return (vd){_mm256_cvtps_pd(_mm256_castps256_ps128(a.l)), _mm256_cvtps_pd(_mm256_extractf128_ps(a.l, 1)),
		_mm256_cvtps_pd(_mm256_castps256_ps128(a.h)), _mm256_cvtps_pd(_mm256_extractf128_ps(a.h, 1))};
}
#define EACHD(op, x, y) ((vd){op((x).a, (y).a), op((x).b, (y).b), op((x).c, (y).c), op((x).d, (y).d)})
FN vd vd_add(vd x, vd y) { return EACHD(_mm256_add_pd, x, y); }
FN vd vd_sub(vd x, vd y) { return EACHD(_mm256_sub_pd, x, y); }
FN vd vd_mul(vd x, vd y) { return EACHD(_mm256_mul_pd, x, y); }
FN double vd_sum(vd x) {
	__m256d c = _mm256_add_pd(_mm256_add_pd(x.a, x.c), _mm256_add_pd(x.b, x.d));
	__m128d e = _mm_add_pd(_mm256_castpd256_pd128(c), _mm256_extractf128_pd(c, 1));
	return _mm_cvtsd_f64(_mm_add_sd(e, _mm_unpackhi_pd(e, e)));
}

FN void vf_to_f16(uint16_t *p, vf a) {
	_mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph(a.l, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
	_mm_storeu_si128((__m128i *)(p + 8), _mm256_cvtps_ph(a.h, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
FN __m256i round_bf16(__m256 a) {
	__m256i u = _mm256_castps_si256(a);
	__m256i odd = _mm256_and_si256(_mm256_srli_epi32(u, 16), _mm256_set1_epi32(1));
	__m256i r = _mm256_srli_epi32(_mm256_add_epi32(_mm256_add_epi32(u, _mm256_set1_epi32(0x7fff)), odd), 16);
	__m256i q = _mm256_or_si256(_mm256_srli_epi32(u, 16), _mm256_set1_epi32(0x40));
	return _mm256_blendv_epi8(r, q, _mm256_castps_si256(_mm256_cmp_ps(a, a, _CMP_UNORD_Q)));
}
FN void vf_to_bf16(uint16_t *p, vf a) {
	__m256i t = _mm256_packus_epi32(round_bf16(a.l), round_bf16(a.h));
	_mm256_storeu_si256((__m256i *)p, _mm256_permute4x64_epi64(t, 0xd8));
}
FN vf vf_f16(const uint16_t *p) { return (vf){nv_f16(p), nv_f16(p + 8)}; }
FN vf vf_bf16(const uint16_t *p) { return (vf){nv_bf16(p), nv_bf16(p + 8)}; }

// nv_turn transposes 8 rows of 8 lanes.
FN void nv_turn(nv *r) {
	nv t[8];
	_Pragma("GCC unroll 8") for (int i = 0; i < 8; i += 2) {
		t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
		t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
	}
	_Pragma("GCC unroll 8") for (int i = 0; i < 8; i += 4) {
		r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
		r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
		r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
		r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
	}
	_Pragma("GCC unroll 4") for (int i = 0; i < 4; i++) {
		nv a = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20), b = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
		r[i] = a;
		r[i + 4] = b;
	}
}
