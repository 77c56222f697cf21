// The tensors of layers, as blocks.cpp asks for them.
#include "src/model/blocks.h"

namespace wasmchord {
namespace {

// Of one layer.
class LayerList {
 public:
  LayerList(const ModelConfig& config, uint32_t layer, WeightList* list)
      : c_(config), blk_("blk." + std::to_string(layer) + "."), list_(list) {}

  void norm(std::string_view name) {
    if (name.empty()) return;
    const std::string full = blk_ + std::string(name);
    list_->vector(full + ".weight", c_.n_embd);
    if (c_.norm_kind == NormKind::kLayer) bias(full, c_.n_embd, c_.biases >= Biases::kNorms);
  }

  void attention() {
    const uint64_t n_q = uint64_t{c_.n_heads} * c_.head_dim, n_k = uint64_t{c_.n_kv_heads} * c_.head_dim;
    const uint64_t n_v = uint64_t{c_.n_kv_heads} * c_.head_dim_v;
    const bool with_bias = c_.biases == Biases::kQkv || c_.biases == Biases::kAll;
    if (list_->in_file(blk_ + "attn_qkv.weight", blk_ + "attn_q.weight", c_.fused_qkv)) {
      linear("attn_qkv", c_.n_embd, n_q + n_k + n_v, with_bias);
    } else {
      linear("attn_q", c_.n_embd, n_q, with_bias);
      linear("attn_k", c_.n_embd, n_k, with_bias);
      linear("attn_v", c_.n_embd, n_v, with_bias);
    }
    if (c_.qk_norm != QkNorm::kNone) {
      const bool head = c_.qk_norm == QkNorm::kHead;
      list_->vector(blk_ + "attn_q_norm.weight", head ? c_.head_dim : n_q);
      list_->vector(blk_ + "attn_k_norm.weight", head ? c_.head_dim : n_k);
    }
    if (c_.has_sinks) list_->vector(blk_ + "attn_sinks.weight", c_.n_heads);
    linear("attn_output", uint64_t{c_.n_heads} * c_.head_dim_v, c_.n_embd);
  }

  void mlp() {
    if (c_.n_experts != 0) return experts();
    const bool separate_gate = c_.gated && !c_.fused_gate;
    if (separate_gate) linear("ffn_gate", c_.n_embd, c_.n_ff);
    linear("ffn_up", c_.n_embd, c_.fused_gate ? 2 * uint64_t{c_.n_ff} : c_.n_ff);
    linear("ffn_down", c_.n_ff, c_.n_embd);
  }

 private:
  void bias(const std::string& name, uint64_t n, bool required) {
    if (required) {
      list_->vector(name + ".bias", n);
    } else {
      list_->optional_vector(name + ".bias", n);
    }
  }
  void linear(const std::string& name, uint64_t n_in, uint64_t n_out, bool with_bias) {
    list_->matrix(blk_ + name + ".weight", n_in, n_out);
    bias(blk_ + name, n_out, with_bias);
  }
  void linear(const std::string& name, uint64_t n_in, uint64_t n_out) {
    linear(name, n_in, n_out, c_.biases == Biases::kAll);
  }

  void experts() {
    const float share = static_cast<float>(c_.n_experts_used) / static_cast<float>(c_.n_experts);
    const auto stack = [&](const std::string& name, uint64_t n_in, uint64_t n_out) {
      list_->experts(blk_ + name + ".weight", Shape::of(n_in, n_out, c_.n_experts), share);
      if (c_.expert_biases) list_->vectors(blk_ + name + ".bias", n_out, c_.n_experts);
    };
    linear("ffn_gate_inp", c_.n_embd, c_.n_experts, c_.expert_biases);
    stack("ffn_gate_exps", c_.n_embd, c_.n_ff_expert);
    stack("ffn_up_exps", c_.n_embd, c_.n_ff_expert);
    stack("ffn_down_exps", c_.n_ff_expert, c_.n_embd);
    if (c_.n_ff_shared == 0) return;
    linear("ffn_gate_inp_shexp", c_.n_embd, 1);
    linear("ffn_gate_shexp", c_.n_embd, c_.n_ff_shared);
    linear("ffn_up_shexp", c_.n_embd, c_.n_ff_shared);
    linear("ffn_down_shexp", c_.n_ff_shared, c_.n_embd);
  }

  const ModelConfig& c_;
  std::string blk_;
  WeightList* list_;
};

}  // namespace

void list_layers(const ModelConfig& config, const LayerNorms& norms, WeightList* list) {
  for (uint32_t i = 0; i < config.n_layers; ++i) {
    LayerList layer(config, i, list);
    for (std::string_view name : {norms.attention_in, norms.attention_out, norms.mlp_in, norms.mlp_out}) {
      layer.norm(name);
    }
    layer.attention();
    layer.mlp();
  }
}

}  // namespace wasmchord
