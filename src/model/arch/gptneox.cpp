// GPT-NeoX and Pythia (arXiv:2204.06745): attention and MLP side by side, each with a layer norm of its own, or one
// after the other.
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace gptneox {
namespace {

ValueId layer(LayerContext& c, ValueId x) {
  return c.config.parallel_residual ? parallel_layer(c, x, kPreNorms) : sequential_layer(c, x, kPreNorms);
}

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "gptneox");
  c->norm_kind = NormKind::kLayer;
  c->biases = Biases::kAll;
  c->gated = false;
  c->activation = Activation::kGelu;
  c->fused_qkv = true;
  c->rope.interleaved = false;
  WC_TRY(keys.read_decoder(c, {"use_parallel_residual"}));
  WC_ASSIGN(c->parallel_residual, metadata.boolean_or(keys.key("use_parallel_residual"), true));
  return Status::ok();
}

}  // namespace
}  // namespace gptneox

extern const ArchDef arch_gptneox;
const ArchDef arch_gptneox = {"gptneox", gptneox::read_config, list_weights<kPreNorms>, gptneox::layer};

}  // namespace wasmchord
