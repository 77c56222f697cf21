// Qwen 2, 2.5 (biases on q, k and v) and 3 (heads of q and k normalised).
#include "tools/convert/architecture.h"

namespace wasmchord::tools {
namespace {

void add_qwen_keys(const JsonObject& config, const Dimensions&, MetadataList*) {
  require_activation(config, {"silu"});
  refuse_true(config, "use_sliding_window");
}

}  // namespace

std::vector<Architecture> qwen_architectures() {
  const auto with_attention = [](const std::vector<TensorRule>& attention) {
    return embedding_rules() + std::vector{norm("layers.{}.input_layernorm", "blk.{}.attn_norm")} + attention +
           std::vector{norm("layers.{}.post_attention_layernorm", "blk.{}.ffn_norm")} + gated_mlp_rules() +
           std::vector{norm("norm", "output_norm")};
  };
  Architecture qwen2{"qwen2", {"Qwen2ForCausalLM"}, {}, {}};
  qwen2.rules = with_attention(attention_rules(Presence::kRequired, Presence::kNever));
  qwen2.defaults = R"({"rms_norm_eps": 1e-6})";
  qwen2.add_keys = add_qwen_keys;
  Architecture qwen3{"qwen3", {"Qwen3ForCausalLM"}, {}, {}};
  qwen3.rules = with_attention(attention_rules(Presence::kOptional, Presence::kOptional) +
                               std::vector{norm("layers.{}.self_attn.q_norm", "blk.{}.attn_q_norm", Extent::kHead),
                                           norm("layers.{}.self_attn.k_norm", "blk.{}.attn_k_norm", Extent::kHead)});
  qwen3.defaults = R"({"rms_norm_eps": 1e-6, "head_dim": 128})";
  qwen3.add_keys = add_qwen_keys;
  return {qwen2, qwen3};
}

}  // namespace wasmchord::tools
