// Hunyuan, dense (Tencent 2025): each head of q and k is normalised behind RoPE.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace hunyuan_dense {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "hunyuan-dense");
  c->qk_norm = QkNorm::kHead;
  c->rope_first = true;
  c->rope.interleaved = false;
  return keys.read_decoder(c);
}

}  // namespace
}  // namespace hunyuan_dense

extern const ArchDef arch_hunyuan_dense;
const ArchDef arch_hunyuan_dense = {"hunyuan-dense", hunyuan_dense::read_config, list_weights<kPreNorms>,
                                    sequential<kPreNorms>};

}  // namespace wasmchord
