// Falcon 7B (arXiv:2311.16867): attention and MLP read the same layer norm, side by side; one head of k and v.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace falcon {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "falcon");
  c->norm_kind = NormKind::kLayer;
  c->biases = Biases::kNorms;
  c->gated = false;
  c->activation = Activation::kGelu;
  c->fused_qkv = true;
  c->rope.interleaved = false;
  return keys.read_decoder(c);
}

}  // namespace
}  // namespace falcon

extern const ArchDef arch_falcon;
const ArchDef arch_falcon = {"falcon", falcon::read_config, list_weights<kOneNorm>, parallel<kOneNorm>};

}  // namespace wasmchord
