#include "src/model/arch.h"

#include <cmath>

#include "src/model/rope.h"

namespace wasmchord {

#define WC_ARCH(name) extern const ArchDef arch_##name;
#include "src/model/archs.def"
#undef WC_ARCH

namespace {

const ArchDef* const kArchs[] = {
#define WC_ARCH(name) &arch_##name,
#include "src/model/archs.def"
#undef WC_ARCH
};

}  // namespace

const ArchDef* find_arch(std::string_view name) {
  for (const ArchDef* arch : kArchs) {
    if (arch->name == name) return arch;
  }
  return nullptr;
}

std::string supported_archs() {
  std::string names;
  for (const ArchDef* arch : kArchs) names += (names.empty() ? "" : ", ") + std::string(arch->name);
  return names;
}

WeightId LayerContext::weight(std::string_view name) const {
  const auto it = weights.find("blk." + std::to_string(layer) + "." + std::string(name));
  return it == weights.end() ? kNoWeight : it->second;
}

Result<const ArchDef*> read_model_config(const gguf::Header& header, ModelConfig* config) {
  WC_ASSIGN(const std::string_view name, header.metadata.string("general.architecture"));
  const ArchDef* arch = find_arch(name);
  if (arch == nullptr) {
    return Status(Code::kUnsupportedArchitecture,
                  "architecture '" + std::string(name) + "' is not supported; supported: " + supported_archs());
  }
  config->architecture = arch->name;
  WC_TRY(arch->read_config(header.metadata, config));
  if (config->attention_scale == 0.0f) {
    config->attention_scale = 1.0f / std::sqrt(static_cast<float>(config->head_dim));
  }
  return arch;
}

Plan build_plan(const ArchDef& arch, const ModelConfig& config,
                const std::unordered_map<std::string, WeightId>& weights, const std::vector<float>& rope_factors) {
  PlanBuilder plan;
  LayerContext context{plan, config, weights};
  context.rope_table = plan.add_rope_table(make_rope_table(config.rope, rope_factors));
  const WeightId embedding = weights.at("token_embd.weight");
  ValueId x = plan.embed(embedding, config.n_embd);
  for (uint32_t i = 0; i < config.n_layers; ++i) {
    context.layer = i;
    x = arch.layer(context, x);
  }
  x = plan.norm(x, {weights.at("output_norm.weight"), config.norm_eps});
  const auto output = weights.find("output.weight");  // absent: tied to the embedding
  const ValueId logits = plan.project(x, {output == weights.end() ? embedding : output->second}, config.n_vocab);
  return plan.finish(logits, config.n_layers);
}

}  // namespace wasmchord
