// A GGUF file taken apart, to be changed and written again.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/gguf_builder.h"

namespace wasmchord::test {

class ModelCopy {
 public:
  // Throws std::runtime_error where `file` is not a GGUF file.
  explicit ModelCopy(const Bytes& file);

  // Replaces the key's value, or adds the key.
  template <typename T>
  ModelCopy& set(const std::string& key, T value) {
    return put(key, [=](GgufBuilder& out) { out.kv(key, value); });
  }
  // An array of length n whose elements are all `value`.
  template <typename T>
  ModelCopy& set_array(const std::string& key, size_t n, T value) {
    return put(key, [=](GgufBuilder& out) { out.array(key, std::vector<T>(n, value)); });
  }
  ModelCopy& without(const std::string& key);

  // Data in little-endian order. Throws where there is none of that name.
  GgufBuilder::Tensor& tensor(const std::string& name);
  std::vector<GgufBuilder::Tensor>& tensors() { return tensors_; }
  ModelCopy& without_tensor(const std::string& name);
  // Rewrites an F32 tensor, or all with two or more dimensions but biases, as F16, Q8_0 or Q4_0.
  ModelCopy& convert(const std::string& name, DType dtype);
  ModelCopy& convert(DType dtype);

  Bytes build(bool big_endian = false) const;
  // The metadata goes into the first file, tensors are dealt out in their order.
  std::vector<Bytes> split(uint32_t n_files) const;

 private:
  using Emit = std::function<void(GgufBuilder&)>;
  ModelCopy& put(const std::string& key, Emit emit);

  std::vector<std::pair<std::string, Emit>> keys_;
  std::vector<GgufBuilder::Tensor> tensors_;
};

// The floats of an F32 tensor.
std::vector<float> floats(const Bytes& data);
Bytes bytes_of(const std::vector<float>& numbers);

}  // namespace wasmchord::test
