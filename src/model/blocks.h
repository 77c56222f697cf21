// The parts that layers are made of, in terms of ops: what differs between architectures is a field of ModelConfig.
// Shapes: x [tokens, n_embd] in, the same out, unless said otherwise.
#pragma once

#include <initializer_list>

#include "src/model/arch.h"

namespace wasmchord {

// Names of a layer's norms in the file, empty where it has none.
struct LayerNorms {
  std::string_view attention_in, attention_out;  // before attention, behind its output projection
  std::string_view mlp_in, mlp_out;
};
inline constexpr LayerNorms kPreNorms{"attn_norm", "", "ffn_norm", ""};
inline constexpr LayerNorms kOneNorm{"attn_norm", "", "", ""};  // parallel layers whose branches share it
inline constexpr LayerNorms kPostNorms{"", "post_attention_norm", "", "post_ffw_norm"};
inline constexpr LayerNorms kAllNorms{"attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"};

// x = x + residual_scale * out_norm(attention(in_norm(x))); the same with the MLP.
ValueId sequential_layer(LayerContext& context, ValueId x, const LayerNorms& norms);
// x = x + attention(in_norm(x)) + mlp(mlp_norm(x)), where without a norm of its own the MLP takes attention's.
ValueId parallel_layer(LayerContext& context, ValueId x, const LayerNorms& norms);
// The tensors that either function asks for, of all layers.
void list_layers(const ModelConfig& config, const LayerNorms& norms, WeightList* list);

template <const LayerNorms& kNorms>
ValueId sequential(LayerContext& context, ValueId x) {
  return sequential_layer(context, x, kNorms);
}
template <const LayerNorms& kNorms>
ValueId parallel(LayerContext& context, ValueId x) {
  return parallel_layer(context, x, kNorms);
}
template <const LayerNorms& kNorms>
void list_weights(const ModelConfig& config, WeightList* list) {
  list_layers(config, kNorms, list);
}

// blk.N.<name>: x / rms(x) * weight or (x - mean) / deviation * weight + bias. x itself where the name is empty.
ValueId norm(LayerContext& context, ValueId x, std::string_view name);

// softmax(scores) v over the cache, with q, k, v = projections of x, normalised and rotated as configured and
// scores = cap(scale q k^T) + ALiBi; [tokens, n_heads * head_dim_v], before the output projection.
ValueId self_attention(LayerContext& context, ValueId x);

// dense_mlp, or expert_mlp where there are experts.
ValueId mlp(LayerContext& context, ValueId x);
// down(activation(gate(x)) * up(x)), or down(activation(up(x)))
ValueId dense_mlp(LayerContext& context, ValueId x);
// sum over the chosen experts e of p_e * mlp_e(x), plus sigmoid(g x) * shared(x) where there is a shared expert
ValueId expert_mlp(LayerContext& context, ValueId x);

// Behind the last layer's attention only the rows whose logits are wanted go on.
void keep_outputs(LayerContext& context, std::initializer_list<ValueId*> values);

}  // namespace wasmchord
