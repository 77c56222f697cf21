// Phi 1.5 and 2 (one norm for attention and MLP), Phi 3, 3.5 and 4 (q, k, v in one tensor, gate and up in another).
#include "tools/convert/architecture.h"

namespace wasmchord::tools {
namespace {

void add_phi2_keys(const JsonObject& config, const Dimensions&, MetadataList*) {
  require_activation(config, {"gelu_new"});
  refuse_true(config, "qk_layernorm");
}

void add_phi3_keys(const JsonObject& config, const Dimensions& dimensions, MetadataList* keys) {
  require_activation(config, {"silu"});
  add_window(config, dimensions, "phi3", keys);
}

Architecture phi2() {
  const Presence bias = Presence::kRequired;
  Architecture phi{"phi2", {"PhiForCausalLM"}, {}, {}};
  phi.keys.eps = "layer_norm_eps";
  phi.rms_norm = false;
  phi.rules = embedding_rules(bias) +
              std::vector{norm("layers.{}.input_layernorm", "blk.{}.attn_norm", Extent::kWidth, bias)} +
              attention_rules(bias, bias) +
              std::vector{linear("layers.{}.mlp.fc1", "blk.{}.ffn_up", Extent::kInner, Extent::kWidth, bias),
                          linear("layers.{}.mlp.fc2", "blk.{}.ffn_down", Extent::kWidth, Extent::kInner, bias),
                          norm("final_layernorm", "output_norm", Extent::kWidth, bias)};
  for (TensorRule& rule : phi.rules) {
    if (rule.target == "blk.{}.attn_output") rule.source = "layers.{}.self_attn.dense";
  }
  phi.defaults = R"({"layer_norm_eps": 1e-5, "partial_rotary_factor": 0.5})";
  phi.add_keys = add_phi2_keys;
  return phi;
}

Architecture phi3() {
  Architecture phi{"phi3", {"Phi3ForCausalLM"}, {}, {}};
  phi.rules = embedding_rules() +
              std::vector{norm("layers.{}.input_layernorm", "blk.{}.attn_norm"),
                          linear("layers.{}.self_attn.qkv_proj", "blk.{}.attn_qkv", Extent::kAllHeads, Extent::kWidth),
                          linear("layers.{}.self_attn.o_proj", "blk.{}.attn_output", Extent::kWidth, Extent::kQueries),
                          norm("layers.{}.post_attention_layernorm", "blk.{}.ffn_norm"),
                          linear("layers.{}.mlp.gate_up_proj", "blk.{}.ffn_up", Extent::kTwiceInner, Extent::kWidth),
                          linear("layers.{}.mlp.down_proj", "blk.{}.ffn_down", Extent::kWidth, Extent::kInner),
                          norm("norm", "output_norm")};
  phi.defaults = R"({"rms_norm_eps": 1e-5, "original_max_position_embeddings": 4096})";
  phi.add_keys = add_phi3_keys;
  return phi;
}

}  // namespace

std::vector<Architecture> phi_architectures() { return {phi2(), phi3()}; }

}  // namespace wasmchord::tools
