// gpt-oss (arXiv:2508.10925): experts with biases and a clamped SwiGLU, an attention sink for each head, a window in
// every other layer.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace gpt_oss {
namespace {

constexpr LayerNorms kNorms{"attn_norm", "", "post_attention_norm", ""};

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "gpt-oss");
  c->biases = Biases::kAll;
  c->expert_biases = true;
  c->has_sinks = true;
  c->activation = Activation::kClampedSwiglu;
  c->rope.interleaved = false;
  c->full_interval = 2;
  WC_TRY(keys.read_decoder(
      c, {"attention.sliding_window", "expert_count", "expert_used_count", "expert_feed_forward_length"}));
  WC_TRY(keys.count("attention.sliding_window", 1, UINT32_MAX, &c->sliding_window));
  return keys.read_experts(c);
}

}  // namespace
}  // namespace gpt_oss

extern const ArchDef arch_gpt_oss;
const ArchDef arch_gpt_oss = {"gpt-oss", gpt_oss::read_config, list_weights<gpt_oss::kNorms>,
                              sequential<gpt_oss::kNorms>};

}  // namespace wasmchord
