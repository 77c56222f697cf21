// Phi 3 and 3.5 mini, Phi 4 (arXiv:2404.14219): LLaMA with q, k, v in one tensor and gate, up in another; long contexts
// by LongRoPE.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace phi3 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "phi3");
  c->fused_qkv = c->fused_gate = true;
  c->rope.interleaved = false;
  WC_TRY(keys.read_decoder(c, {"attention.sliding_window"}));
  return keys.count_or("attention.sliding_window", 0, UINT32_MAX, 0, &c->sliding_window);
}

}  // namespace
}  // namespace phi3

extern const ArchDef arch_phi3;
const ArchDef arch_phi3 = {"phi3", phi3::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
