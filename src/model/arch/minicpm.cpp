// MiniCPM (arXiv:2404.06395): LLaMA with the factors of muP, which older files do not hold: 12 on the embedding,
// 1.4 / sqrt(layers) on residual branches, and logits divided by width / 256.
#include <cmath>

#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace minicpm {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "minicpm");
  WC_TRY(keys.read_decoder(c, {"embedding_scale", "residual_scale", "logit_scale"}));
  WC_TRY(keys.positive_or("embedding_scale", 12.0f, &c->embedding_scale));
  const float residual = 1.4f / std::sqrt(static_cast<float>(c->n_layers));
  WC_TRY(keys.positive_or("residual_scale", residual, &c->residual_scale));
  float divisor = 1.0f;
  WC_TRY(keys.positive_or("logit_scale", static_cast<float>(c->n_embd) / 256.0f, &divisor));
  c->logit_scale = 1.0f / divisor;
  return Status::ok();
}

}  // namespace
}  // namespace minicpm

extern const ArchDef arch_minicpm;
const ArchDef arch_minicpm = {"minicpm", minicpm::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
