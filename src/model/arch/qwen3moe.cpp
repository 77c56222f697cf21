// Qwen 3 with experts (arXiv:2505.09388).
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace qwen3moe {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "qwen3moe");
  c->qk_norm = QkNorm::kHead;
  c->rope.interleaved = false;
  WC_TRY(keys.read_decoder(c, {"expert_count", "expert_used_count", "expert_feed_forward_length"}));
  return keys.read_experts(c);
}

}  // namespace
}  // namespace qwen3moe

extern const ArchDef arch_qwen3moe;
const ArchDef arch_qwen3moe = {"qwen3moe", qwen3moe::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
