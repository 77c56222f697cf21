// Granite 3 (IBM 2024): LLaMA with factors on embedding, residual branches, scores and (divided by) logits.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace granite {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "granite");
  WC_TRY(keys.read_decoder(c, {"attention.scale", "embedding_scale", "residual_scale", "logit_scale"}));
  WC_TRY(keys.positive_or("attention.scale", 0.0f, &c->attention_scale));
  WC_TRY(keys.positive_or("embedding_scale", 1.0f, &c->embedding_scale));
  WC_TRY(keys.positive_or("residual_scale", 1.0f, &c->residual_scale));
  float divisor = 1.0f;
  WC_TRY(keys.positive_or("logit_scale", 1.0f, &divisor));
  c->logit_scale = 1.0f / divisor;
  return Status::ok();
}

}  // namespace
}  // namespace granite

extern const ArchDef arch_granite;
const ArchDef arch_granite = {"granite", granite::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
