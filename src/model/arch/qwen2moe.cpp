// Qwen 1.5 and 2 with experts (arXiv:2407.10671): the chosen experts' weights stay those of the softmax over all, and a
// gated expert is always there.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace qwen2moe {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "qwen2moe");
  c->biases = Biases::kQkv;
  c->rope.interleaved = false;
  c->renormalise_experts = false;
  WC_TRY(keys.read_decoder(
      c, {"expert_count", "expert_used_count", "expert_feed_forward_length", "expert_shared_feed_forward_length"}));
  WC_TRY(keys.read_experts(c));
  return keys.count_or("expert_shared_feed_forward_length", 1, kMaxWidth, c->n_ff, &c->n_ff_shared);
}

}  // namespace
}  // namespace qwen2moe

extern const ArchDef arch_qwen2moe;
const ArchDef arch_qwen2moe = {"qwen2moe", qwen2moe::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
