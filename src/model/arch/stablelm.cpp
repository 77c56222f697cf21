// StableLM 2, 3B and Zephyr 3B (arXiv:2402.17834): layer norms around LLaMA's parts, a quarter of each head rotated.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace stablelm {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "stablelm");
  c->norm_kind = NormKind::kLayer;
  c->biases = Biases::kNorms;
  c->rope.interleaved = false;
  // Converters write true where the original says nothing, although only files without ffn_norm (12B) mean it: those
  // lack a tensor here.
  return keys.read_decoder(c, {"use_parallel_residual"});
}

}  // namespace
}  // namespace stablelm

extern const ArchDef arch_stablelm;
const ArchDef arch_stablelm = {"stablelm", stablelm::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
