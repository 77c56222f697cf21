// Gemma 1 to 3: norms by 1 + weight. Of a Gemma 3 that also sees, the part that reads and writes text.
#include "tools/convert/architecture.h"

namespace wasmchord::tools {
namespace {

// Transformers computes the approximation by tanh under both names.
void require_gelu(const JsonObject& config) { require_activation(config, {"gelu", "gelu_pytorch_tanh"}); }

void add_gemma_keys(const JsonObject& config, const Dimensions&, MetadataList*) { require_gelu(config); }

// GGUF has no key for the scale of scores: readers take 1 / sqrt(head_dim), and 1 / sqrt(width / heads) for the 27B
// models, which they know by their layers.
void require_usual_scale(const JsonObject& config, const Dimensions& d, uint32_t layers_of_27b) {
  const uint32_t usual = d.layers == layers_of_27b ? d.width / d.heads : d.head_dim;
  const auto scalar = config.find_number("query_pre_attn_scalar");
  if (scalar && *scalar != usual) {
    config.fail("query_pre_attn_scalar", "is not " + std::to_string(usual) + ", which GGUF cannot express");
  }
}

void add_cap(const JsonObject& config, const char* name, const std::string& key, MetadataList* keys) {
  const auto cap = config.find_number(name);
  if (cap) keys->add(key, static_cast<float>(*cap));
}

void add_gemma2_keys(const JsonObject& config, const Dimensions& d, MetadataList* keys) {
  require_gelu(config);
  require_usual_scale(config, d, 46);
  keys->add("gemma2.attention.sliding_window", config.count("sliding_window"));
  add_cap(config, "attn_logit_softcapping", "gemma2.attn_logit_softcapping", keys);
  add_cap(config, "final_logit_softcapping", "gemma2.final_logit_softcapping", keys);
}

void add_gemma3_keys(const JsonObject& config, const Dimensions& d, MetadataList* keys) {
  constexpr uint32_t kPattern = 6;
  require_gelu(config);
  require_usual_scale(config, d, 62);
  keys->add("gemma3.attention.sliding_window", config.count("sliding_window"));
  const uint32_t pattern = config.find_count("sliding_window_pattern").value_or(kPattern);
  if (pattern != kPattern) config.fail("sliding_window_pattern", "is not 6");
  const JsonObject local = config.object("rope_parameters").object("sliding_attention");
  const double base =
      local.find_number("rope_theta").value_or(config.find_number("rope_local_base_freq").value_or(1e4));
  keys->add("gemma3.rope.freq_base_swa", static_cast<float>(base));
  add_cap(config, "final_logit_softcapping", "gemma3.final_logit_softcapping", keys);
  if (config.has("attn_logit_softcapping")) config.fail("attn_logit_softcapping", "is not supported for Gemma 3");
}

// Behind the attention and the MLP, and before the MLP; Gemma 1 has other names.
std::vector<TensorRule> branch_norms() {
  return {norm("layers.{}.input_layernorm", "blk.{}.attn_norm"),
          norm("layers.{}.post_attention_layernorm", "blk.{}.post_attention_norm"),
          norm("layers.{}.pre_feedforward_layernorm", "blk.{}.ffn_norm"),
          norm("layers.{}.post_feedforward_layernorm", "blk.{}.post_ffw_norm")};
}

Architecture gemma(std::string_view name, std::vector<std::string_view> classes, const std::vector<TensorRule>& norms) {
  Architecture gemma{name, std::move(classes), {}, {}};
  gemma.tied = true;
  gemma.rules = embedding_rules() + attention_rules(Presence::kNever, Presence::kNever) + gated_mlp_rules() + norms +
                std::vector{norm("norm", "output_norm")};
  for (TensorRule& rule : gemma.rules) {
    if (rule.cols == Extent::kNone) rule.transform = Transform::kAddOne;
    if (rule.target.starts_with("blk.{}.ffn_")) rule.bias = Presence::kNever;
  }
  return gemma;
}

}  // namespace

std::vector<Architecture> gemma_architectures() {
  Architecture gemma1 = gemma("gemma", {"GemmaForCausalLM"},
                              {norm("layers.{}.input_layernorm", "blk.{}.attn_norm"),
                               norm("layers.{}.post_attention_layernorm", "blk.{}.ffn_norm")});
  gemma1.defaults = R"({"rms_norm_eps": 1e-6, "head_dim": 256, "max_position_embeddings": 8192})";
  gemma1.add_keys = add_gemma_keys;
  Architecture gemma2 = gemma("gemma2", {"Gemma2ForCausalLM"}, branch_norms());
  gemma2.defaults = R"({"rms_norm_eps": 1e-6, "head_dim": 256, "max_position_embeddings": 8192,
                        "query_pre_attn_scalar": 256, "sliding_window": 4096, "attn_logit_softcapping": 50.0,
                        "final_logit_softcapping": 30.0})";
  gemma2.add_keys = add_gemma2_keys;
  Architecture gemma3 =
      gemma("gemma3", {"Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"},
            branch_norms() + std::vector{norm("layers.{}.self_attn.q_norm", "blk.{}.attn_q_norm", Extent::kHead),
                                         norm("layers.{}.self_attn.k_norm", "blk.{}.attn_k_norm", Extent::kHead)});
  gemma3.defaults = R"({"rms_norm_eps": 1e-6, "head_dim": 256, "max_position_embeddings": 131072,
                        "num_attention_heads": 8, "num_key_value_heads": 4, "query_pre_attn_scalar": 256,
                        "sliding_window": 4096, "rope_theta": 1000000.0})";
  gemma3.add_keys = add_gemma3_keys;
  return {gemma1, gemma2, gemma3};
}

}  // namespace wasmchord::tools
