// What a model needs of a file's tensor directory: every tensor's name and shape, and nothing that would change the
// result unseen.
#pragma once

#include "src/gguf/gguf.h"
#include "src/model/arch.h"
#include "src/model/weights.h"

namespace wasmchord {

class Requirements {
 public:
  // Lists the tensors of `config` (with n_vocab set), and refuses a directory that cannot have them: kBadKeyValue (more
  // layers than tensors), kMissingTensor unless the header is that of a split file.
  Status read(const ArchDef& arch, const ModelConfig& config, const gguf::Header& header);

  const WeightSpec* find(std::string_view name) const { return weights_.find(name); }
  // kBadTensorShape, kUnsupportedTensorType (vectors), kUnsupportedFeature (a part of a layer that this architecture
  // does not compute).
  Status check(const gguf::TensorInfo& info) const;
  // kMissingTensor names the first required tensor that `has` denies.
  template <typename Has>
  Status check_complete(const Has& has) const {
    for (const auto& [name, spec] : weights_.entries()) {
      if (spec.required && !has(name)) return {Code::kMissingTensor, "tensor '" + name + "' is missing"};
    }
    return Status::ok();
  }

 private:
  std::string architecture_;
  WeightList weights_;
};

}  // namespace wasmchord
