// Mistral Small 3 and Ministral 3 (mistral.ai): LLaMA under a name of its own.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace mistral3 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "mistral3");
  WC_TRY(keys.read_decoder(c, {"attention.sliding_window"}));
  return keys.count_or("attention.sliding_window", 0, UINT32_MAX, 0, &c->sliding_window);
}

}  // namespace
}  // namespace mistral3

extern const ArchDef arch_mistral3;
const ArchDef arch_mistral3 = {"mistral3", mistral3::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
