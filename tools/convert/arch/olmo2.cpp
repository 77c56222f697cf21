// OLMo 2: norms behind each branch and of all of q and k.
#include "tools/convert/architecture.h"

namespace wasmchord::tools {
namespace {

void add_olmo2_keys(const JsonObject& config, const Dimensions&, MetadataList*) {
  require_activation(config, {"silu"});
}

}  // namespace

std::vector<Architecture> olmo2_architectures() {
  Architecture olmo{"olmo2", {"Olmo2ForCausalLM"}, {}, {}};
  olmo.rules = embedding_rules() + attention_rules(Presence::kNever, Presence::kNever) +
               std::vector{norm("layers.{}.self_attn.q_norm", "blk.{}.attn_q_norm", Extent::kQueries),
                           norm("layers.{}.self_attn.k_norm", "blk.{}.attn_k_norm", Extent::kKeys),
                           norm("layers.{}.post_attention_layernorm", "blk.{}.post_attention_norm"),
                           norm("layers.{}.post_feedforward_layernorm", "blk.{}.post_ffw_norm")} +
               gated_mlp_rules() + std::vector{norm("norm", "output_norm")};
  olmo.defaults = R"({"rms_norm_eps": 1e-5})";
  olmo.add_keys = add_olmo2_keys;
  return {olmo};
}

}  // namespace wasmchord::tools
