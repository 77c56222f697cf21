// ERNIE 4.5, dense (Baidu 2025): LLaMA.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace ernie4_5 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "ernie4_5");
  return keys.read_decoder(c);
}

}  // namespace
}  // namespace ernie4_5

extern const ArchDef arch_ernie4_5;
const ArchDef arch_ernie4_5 = {"ernie4_5", ernie4_5::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
