// The safetensors format: 8 bytes of header length, a JSON header, then the data of all tensors without gaps.
// Source: README of huggingface/safetensors. Every byte is taken for hostile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/tensor/dtype.h"

namespace wasmchord::tools {

struct StoredTensor {
  std::string file;
  std::string type;                  // as the file has it: "BF16"
  std::optional<DType> dtype;        // of F32, F16 and BF16
  std::vector<uint64_t> shape;       // outermost extent first
  std::span<const std::byte> bytes;  // row-major, in the mapped file
};

using StoredTensors = std::unordered_map<std::string, StoredTensor>;

// The tensors of one whole file. Throws std::runtime_error that names `file` and, where one is to blame, the tensor.
StoredTensors parse_safetensors(const std::string& file, std::span<const std::byte> bytes);

}  // namespace wasmchord::tools
