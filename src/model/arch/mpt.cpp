// MPT (MosaicML 2023): GPT-2 without biases, with ALiBi in place of positions (Press et al. 2021, arXiv:2108.12409).
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace mpt {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "mpt");
  c->norm_kind = NormKind::kLayer;
  c->biases = Biases::kOptional;
  c->gated = false;
  c->activation = Activation::kGelu;
  c->fused_qkv = true;
  c->uses_rope = false;
  WC_TRY(keys.read_decoder(c, {"attention.max_alibi_bias", "attention.clamp_kqv"}));
  float clamp = 0.0f;
  WC_TRY(keys.finite_or("attention.clamp_kqv", 0.0f, &clamp));
  if (clamp != 0.0f) return Status(Code::kUnsupportedFeature, keys.key("attention.clamp_kqv") + " is not 0");
  return keys.positive("attention.max_alibi_bias", &c->max_alibi);
}

}  // namespace
}  // namespace mpt

extern const ArchDef arch_mpt;
const ArchDef arch_mpt = {"mpt", mpt::read_config, list_weights<kPreNorms>, sequential<kPreNorms>};

}  // namespace wasmchord
