// Gemma 3 (arXiv:2503.19786): Gemma 2 without soft caps, heads of q and k normalised, five layers with a window and a
// RoPE base of 10000 for each one without.
#include <cmath>

#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace gemma3 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "gemma3");
  c->rope.interleaved = false;
  c->activation = Activation::kGelu;
  c->qk_norm = QkNorm::kHead;
  c->full_interval = 6;
  WC_TRY(keys.read_decoder(c, {"attention.sliding_window", "attention.sliding_window_pattern", "rope.freq_base_swa",
                               "final_logit_softcapping"}));
  WC_TRY(keys.count_or("attention.sliding_window", 1, UINT32_MAX, 1024, &c->sliding_window));
  WC_TRY(keys.count_or("attention.sliding_window_pattern", 1, UINT32_MAX, 6, &c->full_interval));
  if (keys.has("final_logit_softcapping")) {
    WC_TRY(keys.positive("final_logit_softcapping", &c->logit_softcap));
  }
  c->local_rope = true;
  c->rope_of_window.n_rot = c->rope.n_rot;
  c->rope_of_window.interleaved = false;
  WC_TRY(keys.positive_or("rope.freq_base_swa", 10000.0f, &c->rope_of_window.freq_base));
  c->embedding_scale = std::sqrt(static_cast<float>(c->n_embd));
  // The 27B model alone divides scores by the square root of width / heads; its file does not say so.
  constexpr uint32_t kLayersOf27B = 62;
  const uint32_t scaled = c->n_layers == kLayersOf27B ? c->n_embd / c->n_heads : c->head_dim;
  c->attention_scale = 1.0f / std::sqrt(static_cast<float>(scaled));
  return Status::ok();
}

}  // namespace
}  // namespace gemma3

extern const ArchDef arch_gemma3;
const ArchDef arch_gemma3 = {"gemma3", gemma3::read_config, list_weights<kAllNorms>, sequential<kAllNorms>};

}  // namespace wasmchord
