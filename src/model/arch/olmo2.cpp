// OLMo 2 (arXiv:2501.00656): norms behind each branch and of all of q and k, none before.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace olmo2 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "olmo2");
  c->qk_norm = QkNorm::kRow;
  c->rope.interleaved = false;
  return keys.read_decoder(c);
}

}  // namespace
}  // namespace olmo2

extern const ArchDef arch_olmo2;
const ArchDef arch_olmo2 = {"olmo2", olmo2::read_config, list_weights<kPostNorms>, sequential<kPostNorms>};

}  // namespace wasmchord
