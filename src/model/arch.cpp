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

namespace {

// Final norm and logits. The logits' factor is applied to what they are made of, which is narrower.
ValueId add_head(PlanBuilder& plan, const ModelConfig& config, const Weights& weights, ValueId x) {
  const auto find = [&](const char* name) {
    const auto it = weights.find(name);
    return it == weights.end() ? kNoWeight : it->second;
  };
  x = plan.norm(x, {weights.at("output_norm.weight"), config.norm_eps, config.norm_kind, find("output_norm.bias")});
  if (config.logit_scale != 1.0f) x = plan.scale(x, config.logit_scale);
  Linear output{find("output.weight"), find("output.bias")};
  if (output.w == kNoWeight) output.w = weights.at("token_embd.weight");  // tied
  x = plan.project(x, output, config.n_vocab);
  return config.logit_softcap == 0.0f ? x : plan.softcap(x, config.logit_softcap);
}

}  // namespace

Plan build_plan(const ArchDef& arch, const ModelConfig& config, const Weights& weights,
                const RopeFactors& rope_factors) {
  PlanBuilder plan;
  LayerContext context{plan, config, weights};
  if (config.uses_rope) context.rope_table = plan.add_rope_table(make_rope_table(config.rope, rope_factors));
  if (config.local_rope) context.local_rope_table = plan.add_rope_table(make_rope_table(config.rope_of_window, {}));
  ValueId x = plan.embed(weights.at("token_embd.weight"), config.n_embd);
  if (config.embedding_scale != 1.0f) x = plan.scale(x, config.embedding_scale);
  if (config.learned_positions) x = plan.add_position(x, weights.at("position_embd.weight"), config.n_ctx_train);
  for (uint32_t i = 0; i < config.n_layers; ++i) {
    context.layer = i;
    x = arch.layer(context, x);
  }
  return plan.finish(add_head(plan, config, weights, x), config.n_layers);
}

}  // namespace wasmchord
