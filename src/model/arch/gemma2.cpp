// Gemma 2 (arXiv:2408.00118): norms before and behind each branch, every other layer with a window, soft caps on scores
// and logits.
#include <cmath>

#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace gemma2 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "gemma2");
  c->rope.interleaved = false;
  c->activation = Activation::kGelu;
  c->full_interval = 2;
  WC_TRY(keys.read_decoder(c, {"attention.sliding_window", "attn_logit_softcapping", "final_logit_softcapping"}));
  WC_TRY(keys.count_or("attention.sliding_window", 1, UINT32_MAX, 4096, &c->sliding_window));
  WC_TRY(keys.positive_or("attn_logit_softcapping", 50.0f, &c->attention_softcap));
  WC_TRY(keys.positive_or("final_logit_softcapping", 30.0f, &c->logit_softcap));
  c->embedding_scale = std::sqrt(static_cast<float>(c->n_embd));
  // The 27B model alone divides scores by the square root of width / heads; its file does not say so.
  constexpr uint32_t kLayersOf27B = 46;
  const uint32_t scaled = c->n_layers == kLayersOf27B ? c->n_embd / c->n_heads : c->head_dim;
  c->attention_scale = 1.0f / std::sqrt(static_cast<float>(scaled));
  return Status::ok();
}

}  // namespace
}  // namespace gemma2

extern const ArchDef arch_gemma2;
const ArchDef arch_gemma2 = {"gemma2", gemma2::read_config, list_weights<kAllNorms>, sequential<kAllNorms>};

}  // namespace wasmchord
