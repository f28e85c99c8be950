// Lanes in plain C: the meaning of the other two, and what every other
// architecture runs. Where the compiler has vectors of its own it uses them.
#include <math.h>

#include "scalar.h"
#include "table.h"

#define NVL 8
#define NR 16
#define MR 4
typedef struct { float f[8]; } nv;
typedef struct { float f[16]; } vf;
typedef struct { double f[16]; } vd;
typedef struct { uint32_t bits; } vm;
#define FN static inline __attribute__((always_inline))
#define LANES(n, expr) for (int i = 0; i < (n); i++) r.f[i] = (expr); return r

FN nv nv_zero(void) { return (nv){{0}}; }
FN nv nv_set1(float x) { nv r; LANES(8, x); }
FN nv nv_load(const float *p) { nv r; LANES(8, p[i]); }
FN void nv_store(float *p, nv a) { memcpy(p, a.f, sizeof a.f); }
FN nv nv_fma(nv a, nv b, nv c) { nv r; LANES(8, fmaf(a.f[i], b.f[i], c.f[i])); }
FN nv nv_f16(const uint16_t *p) { nv r; LANES(8, f32_of_f16(p[i])); }
FN nv nv_bf16(const uint16_t *p) { nv r; LANES(8, f32_of_bf16(p[i])); }

// nv_of loads elements of a type that is constant where this is expanded.
FN nv nv_of(const int type, const void *p, int64_t i) {
	if (type == ASSAY_F16) return nv_f16((const uint16_t *)p + i);
	if (type == ASSAY_BF16) return nv_bf16((const uint16_t *)p + i);
	return nv_load((const float *)p + i);
}

FN vf vf_zero(void) { return (vf){{0}}; }
FN vf vf_set1(float x) { vf r; LANES(16, x); }
FN vf vf_load(const float *p) { vf r; LANES(16, p[i]); }
FN void vf_store(float *p, vf a) { memcpy(p, a.f, sizeof a.f); }
FN vf vf_loadn(const float *p, int n, float fill) { vf r; LANES(16, i < n ? p[i] : fill); }
FN void vf_storen(float *p, vf a, int n) { memcpy(p, a.f, (size_t)n * 4); }
FN vf vf_add(vf a, vf b) { vf r; LANES(16, a.f[i] + b.f[i]); }
FN vf vf_sub(vf a, vf b) { vf r; LANES(16, a.f[i] - b.f[i]); }
FN vf vf_mul(vf a, vf b) { vf r; LANES(16, a.f[i] * b.f[i]); }
FN vf vf_div(vf a, vf b) { vf r; LANES(16, a.f[i] / b.f[i]); }
FN vf vf_fma(vf a, vf b, vf c) { vf r; LANES(16, fmaf(a.f[i], b.f[i], c.f[i])); }
FN vf vf_max(vf a, vf b) { vf r; LANES(16, max_of(a.f[i], b.f[i])); }
FN vf vf_min(vf a, vf b) { vf r; LANES(16, min_of(a.f[i], b.f[i])); }
FN vf vf_abs(vf a) { vf r; LANES(16, float_of(bits_of(a.f[i]) & 0x7fffffff)); }
FN vf vf_copysign(vf a, vf s) { vf r; LANES(16, float_of((bits_of(a.f[i]) & 0x7fffffff) | (bits_of(s.f[i]) & 0x80000000))); }
// scale: r * 2^n rounded once, n integral and |n| <= 252. The first factor
// leaves a normal number, so only the second product rounds. NaN stays NaN.
FN float scale1(float r, float n) {
	int i = n == n ? (int)n : 0, a = i >> 1, b = i - a;
	return r * float_of((uint32_t)(a + 127) << 23) * float_of((uint32_t)(b + 127) << 23);
}
FN vf vf_scale(vf a, vf n) { vf r; LANES(16, scale1(a.f[i], n.f[i])); }
FN vm vm_bits(uint32_t bits) { return (vm){bits}; }
FN vm vm_less(vf a, vf b) {
	vm m = {0};
	for (int i = 0; i < 16; i++) m.bits |= (uint32_t)(a.f[i] < b.f[i]) << i;
	return m;
}
FN vf vf_select(vm m, vf a, vf b) { vf r; LANES(16, m.bits >> i & 1 ? a.f[i] : b.f[i]); }
// The tree of every lane reduction: 8, 4, 2, 1 apart.
FN float vf_sum(vf a) {
	for (int n = 8; n > 0; n >>= 1)
		for (int i = 0; i < n; i++) a.f[i] = a.f[i] + a.f[i + n];
	return a.f[0];
}
FN float vf_top(vf a) {
	for (int n = 8; n > 0; n >>= 1)
		for (int i = 0; i < n; i++) a.f[i] = max_of(a.f[i], a.f[i + n]);
	return a.f[0];
}
FN float vf_first(vf a) { return a.f[0]; }

FN vd vd_zero(void) { return (vd){{0}}; }
FN vd vd_of(vf a) { vd r; LANES(16, a.f[i]); }
FN vd vd_add(vd a, vd b) { vd r; LANES(16, a.f[i] + b.f[i]); }
FN vd vd_sub(vd a, vd b) { vd r; LANES(16, a.f[i] - b.f[i]); }
FN vd vd_mul(vd a, vd b) { vd r; LANES(16, a.f[i] * b.f[i]); }
FN double vd_sum(vd a) {
	for (int n = 8; n > 0; n >>= 1)
		for (int i = 0; i < n; i++) a.f[i] = a.f[i] + a.f[i + n];
	return a.f[0];
}

FN void vf_to_f16(uint16_t *p, vf a) {
	for (int i = 0; i < 16; i++) p[i] = f16_of_f32(a.f[i]);
}
FN void vf_to_bf16(uint16_t *p, vf a) {
	for (int i = 0; i < 16; i++) p[i] = bf16_of_f32(a.f[i]);
}
FN vf vf_f16(const uint16_t *p) { vf r; LANES(16, f32_of_f16(p[i])); }
FN vf vf_bf16(const uint16_t *p) { vf r; LANES(16, f32_of_bf16(p[i])); }

// nv_turn transposes 8 rows of 8 lanes.
FN void nv_turn(nv *r) {
	for (int i = 0; i < 8; i++)
		for (int j = 0; j < i; j++) {
			float x = r[i].f[j];
			r[i].f[j] = r[j].f[i];
			r[j].f[i] = x;
		}
}
