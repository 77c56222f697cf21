// LLaMA (Touvron et al. 2023, arXiv:2302.13971) and what shares its shape: Llama 2 and 3, Mistral, Mixtral (experts),
// SmolLM, TinyLlama.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace llama {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "llama");
  WC_TRY(
      keys.read_decoder(c, {"attention.sliding_window", "expert_count", "expert_used_count", "use_parallel_residual"}));
  WC_TRY(keys.count_or("attention.sliding_window", 0, UINT32_MAX, 0, &c->sliding_window));
  WC_TRY(keys.count_or("expert_count", 0, UINT32_MAX, 0, &c->n_experts));
  if (c->n_experts != 0) WC_TRY(keys.read_experts(c));
  return keys.must_be("use_parallel_residual", false);
}

}  // namespace
}  // namespace llama

extern const ArchDef arch_llama;
const ArchDef arch_llama = {"llama", llama::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
