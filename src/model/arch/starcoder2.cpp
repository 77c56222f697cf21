// StarCoder 2 (arXiv:2402.19173): GPT-2 with RoPE and grouped heads.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace starcoder2 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "starcoder2");
  c->norm_kind = NormKind::kLayer;
  c->biases = Biases::kAll;
  c->gated = false;
  c->activation = Activation::kGelu;
  c->rope.interleaved = false;
  WC_TRY(keys.read_decoder(c, {"attention.sliding_window"}));
  return keys.count_or("attention.sliding_window", 0, UINT32_MAX, 0, &c->sliding_window);
}

}  // namespace
}  // namespace starcoder2

extern const ArchDef arch_starcoder2;
const ArchDef arch_starcoder2 = {"starcoder2", starcoder2::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
