// Gemma (arXiv:2403.08295): the embedding times sqrt(width), GELU gates. Norm weights in the file have 1 added.
#include <cmath>

#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace gemma {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "gemma");
  c->rope.interleaved = false;
  c->activation = Activation::kGelu;
  WC_TRY(keys.read_decoder(c));
  c->embedding_scale = std::sqrt(static_cast<float>(c->n_embd));
  return Status::ok();
}

}  // namespace
}  // namespace gemma

extern const ArchDef arch_gemma;
const ArchDef arch_gemma = {"gemma", gemma::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
