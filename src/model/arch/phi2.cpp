// Phi 1.5 and 2 (arXiv:2309.05463): attention and a plain GELU MLP read the same layer norm, side by side.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace phi2 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "phi2");
  c->norm_kind = NormKind::kLayer;
  c->biases = Biases::kAll;
  c->rope.interleaved = false;
  c->gated = false;
  c->activation = Activation::kGelu;
  return keys.read_decoder(c);
}

}  // namespace
}  // namespace phi2

extern const ArchDef arch_phi2;
const ArchDef arch_phi2 = {"phi2", phi2::read_config, list_weights<kOneNorm>, parallel<kOneNorm>};

}  // namespace wasmchord
