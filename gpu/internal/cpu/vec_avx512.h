// Lanes on AVX-512: nv is the widest register, vf always 16 floats, vd always
// 16 doubles.
#include <immintrin.h>

#include "scalar.h"
#include "table.h"

#define NVL 16
#define NR 32
#define MR 12
typedef __m512 nv;
typedef __m512 vf;
typedef struct { __m512d l, h; } vd;
typedef __mmask16 vm;
#define FN static inline __attribute__((always_inline))

FN nv nv_zero(void) { return _mm512_setzero_ps(); }
FN nv nv_set1(float x) { return _mm512_set1_ps(x); }
FN nv nv_load(const float *p) { return _mm512_loadu_ps(p); }
FN void nv_store(float *p, nv a) { _mm512_storeu_ps(p, a); }
FN nv nv_fma(nv a, nv b, nv c) { return _mm512_fmadd_ps(a, b, c); }
FN nv nv_f16(const uint16_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
FN nv nv_bf16(const uint16_t *p) {
	return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16));
}

// nv_of loads elements of a type that is constant where this is expanded.
FN nv nv_of(const int type, const void *p, int64_t i) {
	if (type == ASSAY_F16) return nv_f16((const uint16_t *)p + i);
	if (type == ASSAY_BF16) return nv_bf16((const uint16_t *)p + i);
	return nv_load((const float *)p + i);
}

FN vf vf_zero(void) { return _mm512_setzero_ps(); }
FN vf vf_set1(float x) { return _mm512_set1_ps(x); }
FN vf vf_load(const float *p) { return _mm512_loadu_ps(p); }
FN void vf_store(float *p, vf a) { _mm512_storeu_ps(p, a); }
FN vf vf_loadn(const float *p, int n, float fill) { return _mm512_mask_loadu_ps(_mm512_set1_ps(fill), (vm)((1u << n) - 1), p); }
FN void vf_storen(float *p, vf a, int n) { _mm512_mask_storeu_ps(p, (vm)((1u << n) - 1), a); }
FN vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
FN vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
FN vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
FN vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
FN vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
FN vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
FN vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
FN vf vf_abs(vf a) { return _mm512_abs_ps(a); }
FN vf vf_copysign(vf a, vf s) { return _mm512_or_ps(_mm512_andnot_ps(_mm512_set1_ps(-0.0f), a), _mm512_and_ps(_mm512_set1_ps(-0.0f), s)); }
// scale: r * 2^n rounded once, n integral.
FN vf vf_scale(vf r, vf n) { return _mm512_scalef_ps(r, n); }
FN vm vm_bits(uint32_t bits) { return (vm)bits; }
FN vm vm_less(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
FN vf vf_select(vm m, vf a, vf b) { return _mm512_mask_blend_ps(m, b, a); }
// The tree of every lane reduction: 8, 4, 2, 1 apart.
FN float vf_sum(vf a) {
	__m256 b = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
	__m128 c = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
	c = _mm_add_ps(c, _mm_movehl_ps(c, c));
	return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}
FN float vf_top(vf a) {
	__m256 b = _mm256_max_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
	__m128 c = _mm_max_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
	c = _mm_max_ps(c, _mm_movehl_ps(c, c));
	return _mm_cvtss_f32(_mm_max_ss(c, _mm_movehdup_ps(c)));
}
FN float vf_first(vf a) { return _mm512_cvtss_f32(a); }

FN vd vd_zero(void) { return (vd){_mm512_setzero_pd(), _mm512_setzero_pd()}; }
FN vd vd_of(vf a) {
	return (vd){_mm512_cvtps_pd(_mm512_castps512_ps256(a)), _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1))};
}
FN vd vd_add(vd a, vd b) { return (vd){_mm512_add_pd(a.l, b.l), _mm512_add_pd(a.h, b.h)}; }
FN vd vd_sub(vd a, vd b) { return (vd){_mm512_sub_pd(a.l, b.l), _mm512_sub_pd(a.h, b.h)}; }
FN vd vd_mul(vd a, vd b) { return (vd){_mm512_mul_pd(a.l, b.l), _mm512_mul_pd(a.h, b.h)}; }
FN double vd_sum(vd a) {
	__m512d b = _mm512_add_pd(a.l, a.h);
	__m256d c = _mm256_add_pd(_mm512_castpd512_pd256(b), _mm512_extractf64x4_pd(b, 1));
	__m128d e = _mm_add_pd(_mm256_castpd256_pd128(c), _mm256_extractf128_pd(c, 1));
	return _mm_cvtsd_f64(_mm_add_sd(e, _mm_unpackhi_pd(e, e)));
}

FN void vf_to_f16(uint16_t *p, vf a) {
	_mm256_storeu_si256((__m256i *)p, _mm512_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
FN void vf_to_bf16(uint16_t *p, vf a) {
	__m512i u = _mm512_castps_si512(a);
	__m512i odd = _mm512_and_si512(_mm512_srli_epi32(u, 16), _mm512_set1_epi32(1));
	__m512i r = _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(u, _mm512_set1_epi32(0x7fff)), odd), 16);
	__m512i q = _mm512_or_si512(_mm512_srli_epi32(u, 16), _mm512_set1_epi32(0x40));
	__mmask16 nan = _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q);
	_mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(_mm512_mask_blend_epi32(nan, r, q)));
}
FN vf vf_f16(const uint16_t *p) { return nv_f16(p); }
FN vf vf_bf16(const uint16_t *p) { return nv_bf16(p); }

// nv_turn transposes 16 rows of 16 lanes.
FN void nv_turn(nv *r) {
	nv t[16];
	_Pragma("GCC unroll 16") for (int i = 0; i < 16; i += 2) {
		t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
		t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
	}
	_Pragma("GCC unroll 16") for (int i = 0; i < 16; i += 4) {
		r[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(t[i]), _mm512_castps_pd(t[i + 2])));
		r[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(t[i]), _mm512_castps_pd(t[i + 2])));
		r[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(t[i + 1]), _mm512_castps_pd(t[i + 3])));
		r[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(t[i + 1]), _mm512_castps_pd(t[i + 3])));
	}
	// r[4g + c] now holds, in 128-bit lane q, column 4q + c of rows 4g..4g+3.
	_Pragma("GCC unroll 4") for (int c = 0; c < 4; c++) {
		nv a = _mm512_shuffle_f32x4(r[c], r[4 + c], 0x88), b = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0x88);
		nv e = _mm512_shuffle_f32x4(r[c], r[4 + c], 0xdd), f = _mm512_shuffle_f32x4(r[8 + c], r[12 + c], 0xdd);
		r[c] = _mm512_shuffle_f32x4(a, b, 0x88);
		r[c + 8] = _mm512_shuffle_f32x4(a, b, 0xdd);
		r[c + 4] = _mm512_shuffle_f32x4(e, f, 0x88);
		r[c + 12] = _mm512_shuffle_f32x4(e, f, 0xdd);
	}
}
