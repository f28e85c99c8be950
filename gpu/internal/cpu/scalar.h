// Conversions and comparisons of single values, for tails and for the base
// variant. They equal the vector instructions bit for bit.
#ifndef ASSAY_SCALAR_H
#define ASSAY_SCALAR_H

#include <stdint.h>
#include <string.h>

static inline uint32_t bits_of(float x) {
	uint32_t u;
	memcpy(&u, &x, 4);
	return u;
}

static inline float float_of(uint32_t u) {
	float x;
	memcpy(&x, &u, 4);
	return x;
}

static inline float f32_of_bf16(uint16_t h) { return float_of((uint32_t)h << 16); }

// Round to nearest even; a NaN keeps its upper payload and becomes quiet.
static inline uint16_t bf16_of_f32(float x) {
	uint32_t u = bits_of(x);
	if ((u & 0x7fffffff) > 0x7f800000) return (uint16_t)(u >> 16 | 0x40);
	return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

static inline float f32_of_f16(uint16_t h) {
	uint32_t sign = (uint32_t)(h & 0x8000) << 16, e = h >> 10 & 31, m = h & 0x3ff;
	if (e == 31) return float_of(sign | 0x7f800000 | (m ? 0x400000 : 0) | m << 13);
	if (e != 0) return float_of(sign | (e + 112) << 23 | m << 13);
	if (m == 0) return float_of(sign);
	int shift = __builtin_clz(m) - 21; // brings the leading bit to position 10
	return float_of(sign | (uint32_t)(113 - shift) << 23 | (m << shift & 0x3ff) << 13);
}

// Round to nearest even; a NaN keeps its upper payload and becomes quiet.
static inline uint16_t f16_of_f32(float x) {
	uint32_t u = bits_of(x), sign = u >> 16 & 0x8000, a = u & 0x7fffffff;
	if (a > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (a >> 13 & 0x3ff));
	if (a >= 0x477ff000) return (uint16_t)(sign | 0x7c00); // rounds to 2^16
	if (a >= 0x38800000) {
		a -= 112u << 23;
		return (uint16_t)(sign | (a + 0xfff + (a >> 13 & 1)) >> 13);
	}
	if (a < 0x33000000) return (uint16_t)sign; // below half of the smallest
	uint32_t m = (a & 0x7fffff) | 0x800000, shift = 126 - (a >> 23);
	uint32_t q = m >> shift, rest = m & ((1u << shift) - 1), half = 1u << (shift - 1);
	return (uint16_t)(sign | (q + (rest > half || (rest == half && (q & 1)))));
}

// maxps and minps: the second operand when either is NaN.
static inline float max_of(float a, float b) { return a > b ? a : b; }
static inline float min_of(float a, float b) { return a < b ? a : b; }

#endif
