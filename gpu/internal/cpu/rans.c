// Entropy coding on the caller's thread.
#include "table.h"

int64_t assay_rans_encode(assay_dev *d, const uint8_t *sym, int64_t stride, int64_t steps, const uint16_t *cum, uint32_t *state, uint16_t *words, int64_t room) {
	return assay_table(d)->rans_encode(sym, stride, steps, cum, state, words + room, room);
}

int64_t assay_rans_decode(assay_dev *d, uint8_t *dst, int64_t stride, int64_t steps, const uint16_t *cum, int levels, uint32_t *state, const uint16_t *words, int64_t n) {
	return assay_table(d)->rans_decode(dst, stride, steps, cum, levels, state, words, n);
}
