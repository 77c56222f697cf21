// LLaMA and what has its shape: Llama 2 and 3, Mistral, SmolLM, TinyLlama.
#include "tools/convert/architecture.h"

namespace wasmchord::tools {
namespace {

void add_llama_keys(const JsonObject& config, const Dimensions& dimensions, MetadataList* keys) {
  require_activation(config, {"silu"});
  // Rows are paired for the whole head.
  if (dimensions.n_rot != dimensions.head_dim) config.fail("partial_rotary_factor", "is not 1");
  add_window(config, dimensions, "llama", keys);
}

}  // namespace

std::vector<Architecture> llama_architectures() {
  Architecture llama{"llama", {"LlamaForCausalLM", "MistralForCausalLM"}, {}, {}};
  const Presence bias = Presence::kOptional;
  llama.rules = embedding_rules() + std::vector{norm("layers.{}.input_layernorm", "blk.{}.attn_norm")} +
                attention_rules(bias, bias) +
                std::vector{norm("layers.{}.post_attention_layernorm", "blk.{}.ffn_norm")} + gated_mlp_rules() +
                std::vector{norm("norm", "output_norm")};
  for (TensorRule& rule : llama.rules) {
    if (rule.target == "blk.{}.attn_q") rule.transform = Transform::kPairQueries;
    if (rule.target == "blk.{}.attn_k") rule.transform = Transform::kPairKeys;
  }
  llama.defaults = R"({"rms_norm_eps": 1e-6})";
  llama.add_keys = add_llama_keys;
  return {llama};
}

}  // namespace wasmchord::tools
