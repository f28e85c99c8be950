// The kernels of one variant and their table. The including file defines TABLE,
// the name of the function that returns it, and ISA_NAME.
#include "table.h"

#include <math.h>
#include <string.h>

#include "kern_math.h"
#include "kern_gemm.h"
#include "kern_rows.h"
#include "kern_attn.h"
#include "kern_conv.h"
#include "kern_cnn.h"
#include "kern_rans.h"

TILE(1) TILE(2) TILE(3) TILE(4)
#if MR >= 6
TILE(5) TILE(6)
#endif
#if MR >= 12
TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12)
#endif

#if MR >= 12
SKINNY(1, 4) SKINNY(2, 4) SKINNY(3, 2) SKINNY(4, 2) SKINNY(5, 2) SKINNY(6, 2)
SKINNY(7, 1) SKINNY(8, 1) SKINNY(9, 1) SKINNY(10, 1) SKINNY(11, 1) SKINNY(12, 1)
#else
SKINNY(1, 4) SKINNY(2, 2) SKINNY(3, 1) SKINNY(4, 1)
#if MR >= 6
SKINNY(5, 1) SKINNY(6, 1)
#endif
#endif

#define UP_TO_4(f) [1] = f##1, [2] = f##2, [3] = f##3, [4] = f##4
#define UP_TO_6(f) UP_TO_4(f), [5] = f##5, [6] = f##6
#define UP_TO_12(f) UP_TO_6(f), [7] = f##7, [8] = f##8, [9] = f##9, [10] = f##10, [11] = f##11, [12] = f##12
#if MR >= 12
#define UP_TO_MR UP_TO_12
#elif MR >= 6
#define UP_TO_MR UP_TO_6
#else
#define UP_TO_MR UP_TO_4
#endif

static const assay_kernels table = {
	.name = ISA_NAME,
	.mr = MR,
	.nr = NR,
	.tile = {UP_TO_MR(tile_)},
	.tile64 = {UP_TO_MR(tile64_)},
	.skinny = {{UP_TO_MR(skinny_f32_)}, {UP_TO_MR(skinny_f16_)}, {UP_TO_MR(skinny_bf16_)}},
	.pack_rows = pack_rows,
	.widen = widen,
	.narrow = narrow,
	.add = add,
	.swiglu = swiglu,
	.rmsnorm = rmsnorm,
	.softmax = softmax,
	.logsoftmax = logsoftmax,
	.rotate = rotate,
	.dist2 = dist2,
	.keys = keys,
	.values = values,
	.qk = qk,
	.mix = mix,
	.scores = scores,
	.pv = pv,
	.merge = merge,
	.finish = finish,
	.logits = logits,
	.weights = weights,
	.gather = {[1] = gather_1, [2] = gather_2, [4] = gather_4, [8] = gather_8, [16] = gather_16},
	.pad_plane = pad_plane,
	.copy_rows = copy_rows,
	.spread = spread,
	.dots = dots,
	.panel_across = panel_across,
	.panel_along = panel_along,
	.plane_sum = plane_sum,
	.plane_dot = plane_dot,
	.plane_moment = plane_moment,
	.normalise = normalise,
	.norm_back = norm_back,
	.blend4 = blend4,
	.gate = gate,
	.gate_sums = gate_sums,
	.relu = relu,
	.times = times,
	.max_pool = max_pool,
	.max_back = max_back,
	.pick = pick,
	.mean_pool = mean_pool,
	.mean_back = mean_back,
	.descend = descend,
	.rans_encode = rans_encode,
	.rans_decode = rans_decode,
	.fma_peak = fma_peak,
	.read_peak = read_peak,
};

const assay_kernels *TABLE(void) { return &table; }
