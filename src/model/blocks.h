// The parts that layers are made of, in terms of ops. Shapes: x [tokens, n_embd] in, the same out, unless said
// otherwise.
#pragma once

#include "src/model/arch.h"

namespace wasmchord {

// x / rms(x) * blk.N.<name>.weight
ValueId rms_norm(LayerContext& context, ValueId x, const char* name);

// softmax(rope(q) rope(k)^T scale) v over the cache, with q, k, v = projections of x; [tokens, n_heads * head_dim_v],
// before the output projection.
ValueId self_attention(LayerContext& context, ValueId x);

// down(silu(gate(x)) * up(x))
ValueId gated_mlp(LayerContext& context, ValueId x);

// sum over the chosen experts e of p_e * down_e(silu(gate_e(x)) * up_e(x))
ValueId expert_mlp(LayerContext& context, ValueId x);

// Behind the last layer's attention only the rows whose logits are wanted go on.
void keep_outputs(LayerContext& context, ValueId* x, ValueId* attention);

}  // namespace wasmchord
