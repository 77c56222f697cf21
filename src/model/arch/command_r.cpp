// Command R (Cohere 2024): attention and MLP read the same layer norm, side by side; logits have a factor.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace command_r {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "command-r");
  c->norm_kind = NormKind::kLayer;
  WC_TRY(keys.read_decoder(c, {"logit_scale"}));
  return keys.positive_or("logit_scale", 1.0f, &c->logit_scale);
}

}  // namespace
}  // namespace command_r

extern const ArchDef arch_command_r;
const ArchDef arch_command_r = {"command-r", command_r::read_config, list_weights<kOneNorm>, parallel<kOneNorm>};

}  // namespace wasmchord
