// Which stored tensor becomes which of GGUF's, and how.
#pragma once

#include <string>
#include <vector>

#include "src/tensor/shape.h"
#include "tools/convert/checkpoint.h"
#include "tools/convert/model_config.h"
#include "tools/quantize/tensor_writer.h"

namespace wasmchord::tools {

struct MappedTensor {
  std::string name;
  Shape shape;                           // as GGUF has it
  const StoredTensor* stored = nullptr;  // null: `values`
  std::vector<float> values;
  Transform transform = Transform::kNone;
  uint32_t heads = 0;  // of kPairQueries and kPairKeys

  DType dtype() const;  // of the elements that feed_tensor() gives
};

// Every tensor of the model in the order of the rules. Sets the description's `vocab`. Throws std::runtime_error: a
// tensor is missing, unknown, of another shape than config.json says, or of a type that cannot be converted.
std::vector<MappedTensor> map_tensors(const Checkpoint& checkpoint, ModelDescription* model);

// Gives the tensor's elements to `writer`, a million at a time, and ends it.
Status feed_tensor(const MappedTensor& tensor, TensorWriter* writer);

}  // namespace wasmchord::tools
