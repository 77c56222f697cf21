// Qwen 2 and 2.5 (arXiv:2407.10671): LLaMA with biases on q, k and v, and halves of a head rotated together.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace qwen2 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "qwen2");
  c->biases = Biases::kQkv;
  c->rope.interleaved = false;
  return keys.read_decoder(c);
}

}  // namespace
}  // namespace qwen2

extern const ArchDef arch_qwen2;
const ArchDef arch_qwen2 = {"qwen2", qwen2::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
