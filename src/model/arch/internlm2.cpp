// InternLM 2 (arXiv:2403.17297): LLaMA; converters have split its fused q, k and v.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace internlm2 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "internlm2");
  return keys.read_decoder(c);
}

}  // namespace
}  // namespace internlm2

extern const ArchDef arch_internlm2;
const ArchDef arch_internlm2 = {"internlm2", internlm2::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
