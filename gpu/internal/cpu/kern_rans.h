// Lane-interleaved rANS: 32 lanes of one 32-bit state each, 12-bit
// probabilities, 16-bit words in one stream that all lanes share. A step codes
// one symbol a lane. cum is [levels + 1][32]: the cumulative frequencies of the
// lane's symbols, from 0 to 4096.
//
// Lanes give out words in descending order while encoding, which runs from the
// last step to the first, so that decoding takes them in ascending order.

#define RANS_LANES 32
#define RANS_BITS 12
#define RANS_LOW 65536u

// rans_encode writes words downwards from end and returns their number, or -1
// where there is no room; state holds the initial states and then the final ones.
static int64_t rans_encode(const uint8_t *sym, int64_t stride, int64_t steps, const uint16_t *cum, uint32_t *state, uint16_t *end, int64_t room) {
	uint16_t *w = end;
	for (int64_t t = steps - 1; t >= 0; t--) {
		if (w - (end - room) < RANS_LANES) return -1;
		uint32_t f[RANS_LANES], c[RANS_LANES];
		for (int j = 0; j < RANS_LANES; j++) {
			const uint16_t *p = cum + (int64_t)sym[t * stride + j] * RANS_LANES + j;
			c[j] = p[0];
			f[j] = (uint32_t)p[RANS_LANES] - p[0];
		}
		for (int j = RANS_LANES - 1; j >= 0; j--) {
			const uint32_t x = state[j], full = (uint64_t)x >= (uint64_t)f[j] << (32 - RANS_BITS);
			w[-1] = (uint16_t)x;
			w -= full;
			state[j] = x >> (16 * full);
		}
		for (int j = 0; j < RANS_LANES; j++) {
			// Exact: the quotient of two integers below 2^32 in doubles never rounds up to
			// the next integer.
			const uint32_t q = (uint32_t)((double)state[j] / (double)f[j]);
			state[j] = (q << RANS_BITS) + (state[j] - q * f[j]) + c[j];
		}
	}
	return end - w;
}

// rans_refill gives the states below the limit a word each, zero behind the last.
static int64_t rans_refill(uint32_t *x, const uint16_t *w, int64_t at, int64_t words) {
	for (int j = 0; j < RANS_LANES; j++) {
		if (x[j] < RANS_LOW) {
			x[j] = x[j] << 16 | (at < words ? w[at] : 0);
			at++;
		}
	}
	return at;
}

#ifdef __AVX512BW__

// Sixteen words are read at a time, so the last ones go through rans_refill.
static int64_t rans_decode(uint8_t *dst, int64_t stride, int64_t steps, const uint16_t *cum, int levels, uint32_t *state, const uint16_t *w, int64_t words) {
	const __m512i mask12 = _mm512_set1_epi32(4095), low = _mm512_set1_epi32(RANS_LOW), one = _mm512_set1_epi16(1);
	__m512i a = _mm512_loadu_si512(state), b = _mm512_loadu_si512(state + 16);
	int64_t at = 0;
	for (int64_t t = 0; t < steps; t++) {
		const __m512i sa = _mm512_and_si512(a, mask12), sb = _mm512_and_si512(b, mask12);
		const __m512i slot = _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi32_epi16(sa)), _mm512_cvtepi32_epi16(sb), 1);
		__m512i start = _mm512_setzero_si512(), next = _mm512_loadu_si512(cum + RANS_LANES), sym = start;
		for (int s = 1; s < levels; s++) {
			const __m512i c = _mm512_loadu_si512(cum + s * RANS_LANES);
			const __mmask32 m = _mm512_cmple_epu16_mask(c, slot);
			start = _mm512_mask_mov_epi16(start, m, c);
			next = _mm512_mask_loadu_epi16(next, m, cum + (s + 1) * RANS_LANES);
			sym = _mm512_mask_add_epi16(sym, m, sym, one);
		}
		_mm256_storeu_si256((__m256i *)(dst + t * stride), _mm512_cvtepi16_epi8(sym));
		const __m512i f = _mm512_sub_epi16(next, start), off = _mm512_sub_epi16(slot, start);
		const __m512i fa = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(f)), fb = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(f, 1));
		const __m512i oa = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(off)), ob = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(off, 1));
		a = _mm512_add_epi32(_mm512_mullo_epi32(fa, _mm512_srli_epi32(a, RANS_BITS)), oa);
		b = _mm512_add_epi32(_mm512_mullo_epi32(fb, _mm512_srli_epi32(b, RANS_BITS)), ob);
		if (at + 2 * 16 > words) {
			uint32_t x[RANS_LANES];
			_mm512_storeu_si512(x, a);
			_mm512_storeu_si512(x + 16, b);
			at = rans_refill(x, w, at, words);
			a = _mm512_loadu_si512(x);
			b = _mm512_loadu_si512(x + 16);
			continue;
		}
		const __mmask16 ma = _mm512_cmplt_epu32_mask(a, low), mb = _mm512_cmplt_epu32_mask(b, low);
		const int na = __builtin_popcount(ma);
		const __m512i wa = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(w + at)));
		const __m512i wb = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(w + at + na)));
		a = _mm512_mask_or_epi32(a, ma, _mm512_slli_epi32(a, 16), _mm512_maskz_expand_epi32(ma, wa));
		b = _mm512_mask_or_epi32(b, mb, _mm512_slli_epi32(b, 16), _mm512_maskz_expand_epi32(mb, wb));
		at += na + __builtin_popcount(mb);
	}
	_mm512_storeu_si512(state, a);
	_mm512_storeu_si512(state + 16, b);
	return at;
}

#else

// rans_decode decodes steps of one symbol a lane and returns how many words it
// took, more than there are where the stream is too short; state holds the states
// before and after.
static int64_t rans_decode(uint8_t *dst, int64_t stride, int64_t steps, const uint16_t *cum, int levels, uint32_t *state, const uint16_t *w, int64_t words) {
	int64_t at = 0;
	for (int64_t t = 0; t < steps; t++) {
		uint16_t slot[RANS_LANES], start[RANS_LANES], next[RANS_LANES], sym[RANS_LANES];
		for (int j = 0; j < RANS_LANES; j++) {
			slot[j] = state[j] & 4095;
			start[j] = sym[j] = 0;
			next[j] = cum[RANS_LANES + j];
		}
		for (int s = 1; s < levels; s++) {
			const uint16_t *c = cum + s * RANS_LANES;
			for (int j = 0; j < RANS_LANES; j++) {
				const uint16_t m = -(uint16_t)(c[j] <= slot[j]);
				start[j] = (c[j] & m) | (start[j] & ~m);
				next[j] = (c[RANS_LANES + j] & m) | (next[j] & ~m);
				sym[j] -= m;
			}
		}
		for (int j = 0; j < RANS_LANES; j++) {
			dst[t * stride + j] = (uint8_t)sym[j];
			state[j] = (uint32_t)(next[j] - start[j]) * (state[j] >> RANS_BITS) + slot[j] - start[j];
		}
		at = rans_refill(state, w, at, words);
	}
	return at;
}

#endif
