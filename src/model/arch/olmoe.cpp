// OLMoE (arXiv:2409.02060): norms of all of q and k; the chosen experts' weights stay those of the softmax over all.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace olmoe {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "olmoe");
  c->qk_norm = QkNorm::kRow;
  c->rope.interleaved = false;
  c->renormalise_experts = false;
  WC_TRY(keys.read_decoder(c, {"expert_count", "expert_used_count", "expert_feed_forward_length"}));
  return keys.read_experts(c);
}

}  // namespace
}  // namespace olmoe

extern const ArchDef arch_olmoe;
const ArchDef arch_olmoe = {"olmoe", olmoe::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
