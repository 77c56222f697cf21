// StarCoder 2: layer norms, biases everywhere, a plain MLP.
#include "tools/convert/architecture.h"

namespace wasmchord::tools {
namespace {

void add_starcoder2_keys(const JsonObject& config, const Dimensions& dimensions, MetadataList* keys) {
  require_activation(config, {"gelu_pytorch_tanh", "gelu_new"});
  add_window(config, dimensions, "starcoder2", keys);
}

}  // namespace

std::vector<Architecture> starcoder2_architectures() {
  const Presence bias = Presence::kRequired;
  Architecture starcoder{"starcoder2", {"Starcoder2ForCausalLM"}, {}, {}};
  starcoder.keys.eps = "norm_epsilon";
  starcoder.rms_norm = false;
  starcoder.tied = true;
  starcoder.rules = embedding_rules() +
                    std::vector{norm("layers.{}.input_layernorm", "blk.{}.attn_norm", Extent::kWidth, bias)} +
                    attention_rules(bias, bias) +
                    std::vector{norm("layers.{}.post_attention_layernorm", "blk.{}.ffn_norm", Extent::kWidth, bias),
                                linear("layers.{}.mlp.c_fc", "blk.{}.ffn_up", Extent::kInner, Extent::kWidth, bias),
                                linear("layers.{}.mlp.c_proj", "blk.{}.ffn_down", Extent::kWidth, Extent::kInner, bias),
                                norm("norm", "output_norm", Extent::kWidth, bias)};
  starcoder.defaults = R"({"norm_epsilon": 1e-5})";
  starcoder.add_keys = add_starcoder2_keys;
  return {starcoder};
}

}  // namespace wasmchord::tools
