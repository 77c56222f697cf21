// Qwen 3 (arXiv:2505.09388): each head of q and k is normalised before RoPE.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace qwen3 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "qwen3");
  c->qk_norm = QkNorm::kHead;
  c->rope.interleaved = false;
  return keys.read_decoder(c);
}

}  // namespace
}  // namespace qwen3

extern const ArchDef arch_qwen3;
const ArchDef arch_qwen3 = {"qwen3", qwen3::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
