// StableLM 2, 3B and Zephyr 3B: layer norms around the parts of LLaMA.
#include "tools/convert/architecture.h"

namespace wasmchord::tools {
namespace {

void add_stablelm_keys(const JsonObject& config, const Dimensions&, MetadataList*) {
  require_activation(config, {"silu"});
  refuse_true(config, "use_parallel_residual");
  refuse_true(config, "qk_layernorm");
}

}  // namespace

std::vector<Architecture> stablelm_architectures() {
  const Presence bias = Presence::kRequired;
  Architecture stablelm{"stablelm", {"StableLmForCausalLM"}, {}, {}};
  stablelm.keys.eps = "layer_norm_eps";
  stablelm.rms_norm = false;
  stablelm.rules = embedding_rules() +
                   std::vector{norm("layers.{}.input_layernorm", "blk.{}.attn_norm", Extent::kWidth, bias)} +
                   attention_rules(Presence::kOptional, Presence::kNever) +
                   std::vector{norm("layers.{}.post_attention_layernorm", "blk.{}.ffn_norm", Extent::kWidth, bias)} +
                   gated_mlp_rules() + std::vector{norm("norm", "output_norm", Extent::kWidth, bias)};
  stablelm.defaults = R"({"layer_norm_eps": 1e-5, "partial_rotary_factor": 0.25})";
  stablelm.add_keys = add_stablelm_keys;
  return {stablelm};
}

}  // namespace wasmchord::tools
