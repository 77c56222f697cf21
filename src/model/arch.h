// What one architecture is made of: how its configuration is read, which tensors it has, how a layer is computed.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/gguf/gguf.h"
#include "src/model/config.h"
#include "src/model/rope.h"
#include "src/model/weights.h"
#include "src/ops/plan.h"

namespace wasmchord {

using Weights = std::unordered_map<std::string, WeightId>;  // by name

// Where a layer function stands: the plan it appends to and the weights that it finds by name.
struct LayerContext {
  PlanBuilder& plan;
  const ModelConfig& config;
  const Weights& weights;
  uint32_t rope_table = kNoRope, local_rope_table = kNoRope;
  uint32_t layer = 0;

  bool is_last() const { return layer + 1 == config.n_layers; }
  // Of "blk.<layer>.<name>", or kNoWeight.
  WeightId weight(std::string_view name) const;
  // `name`.weight with `name`.bias where the file has one.
  Linear linear(const std::string& name) const { return {weight(name + ".weight"), weight(name + ".bias")}; }
};

struct ArchDef {
  std::string_view name;
  Status (*read_config)(const gguf::Metadata& metadata, ModelConfig* config);
  void (*list_weights)(const ModelConfig& config, WeightList* list);
  ValueId (*layer)(LayerContext& context, ValueId x);  // x: [tokens, n_embd] → the same, behind the layer
};

// Null for an architecture that is not supported.
const ArchDef* find_arch(std::string_view name);
std::string supported_archs();  // "llama, …"

// The whole plan as the model describes it, not yet fused: embedding, layers, final norm, logits.
Plan build_plan(const ArchDef& arch, const ModelConfig& config, const Weights& weights,
                const RopeFactors& rope_factors);

// A file's arch and configuration, checked. `kUnsupportedArchitecture`, and what read_config refuses.
Result<const ArchDef*> read_model_config(const gguf::Header& header, ModelConfig* config);

}  // namespace wasmchord
