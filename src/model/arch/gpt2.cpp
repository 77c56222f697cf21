// GPT-2 (Radford et al. 2019): learned positions, layer norms, biases everywhere.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace gpt2 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "gpt2");
  c->norm_kind = NormKind::kLayer;
  c->biases = Biases::kAll;
  c->gated = false;
  c->activation = Activation::kGelu;
  c->fused_qkv = true;
  c->uses_rope = false;
  c->learned_positions = true;
  return keys.read_decoder(c);
}

}  // namespace
}  // namespace gpt2

extern const ArchDef arch_gpt2;
const ArchDef arch_gpt2 = {"gpt2", gpt2::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
