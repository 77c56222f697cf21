// EXAONE 4 (arXiv:2507.11407): norms behind each branch and of each head of q and k. With a window (32B) every fourth
// layer sees all, without RoPE.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace exaone4 {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "exaone4");
  c->qk_norm = QkNorm::kHead;
  c->rope.interleaved = false;
  WC_TRY(keys.read_decoder(c, {"attention.sliding_window", "attention.sliding_window_pattern"}));
  WC_TRY(keys.count_or("attention.sliding_window", 0, UINT32_MAX, 0, &c->sliding_window));
  if (c->sliding_window == 0) return Status::ok();
  WC_TRY(keys.count_or("attention.sliding_window_pattern", 1, UINT32_MAX, 4, &c->full_interval));
  c->no_rope_interval = c->full_interval;
  return Status::ok();
}

}  // namespace
}  // namespace exaone4

extern const ArchDef arch_exaone4;
const ArchDef arch_exaone4 = {"exaone4", exaone4::read_config, list_weights<kPostNorms>, sequential<kPostNorms>};

}  // namespace wasmchord
