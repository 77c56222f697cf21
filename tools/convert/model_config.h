// What config.json says about a model's shape, in GGUF's terms.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/convert/architecture.h"

namespace wasmchord::tools {

struct ModelDescription {
  const Architecture* architecture = nullptr;
  Dimensions dimensions;        // all but `vocab`, which the embedding tells
  bool tied = false;            // the output is the embedding
  bool must_be_untied = false;  // config.json says so: the output's matrix must be there
  MetadataList keys;            // ARCH.*
  std::vector<std::pair<std::string, std::vector<float>>> tensors;  // that GGUF has and safetensors do not
};

// `config`: of config.json. Throws std::runtime_error that names the key.
ModelDescription describe_model(const Json& config);

// ARCH.rope.* and the frequency factors as tensors.
void describe_rope(const JsonObject& config, ModelDescription* model);

}  // namespace wasmchord::tools
