// SmolLM 3 (huggingface.co/blog/smollm3): LLaMA without RoPE in every fourth layer.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace smollm3 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "smollm3");
  c->no_rope_interval = 4;
  return keys.read_decoder(c);
}

}  // namespace
}  // namespace smollm3

extern const ArchDef arch_smollm3;
const ArchDef arch_smollm3 = {"smollm3", smollm3::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
