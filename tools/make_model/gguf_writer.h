// Writes a GGUF version 3 file front to back: metadata, then the directory, then data, none of it held in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/gguf/gguf.h"

namespace wasmchord::tools {

struct TensorPlan {
  std::string name;
  Shape shape;
  DType dtype;
};

class GgufWriter {
 public:
  static constexpr uint64_t kAlignment = 32;

  GgufWriter(const std::string& path, uint64_t n_keys, uint64_t n_tensors);

  void u32(std::string_view name, uint32_t value);
  void f32(std::string_view name, float value);
  void boolean(std::string_view name, bool value);
  void text(std::string_view name, std::string_view value);
  void array(std::string_view name, const std::vector<std::string>& values);
  void array(std::string_view name, const std::vector<float>& values);
  void array(std::string_view name, const std::vector<int32_t>& values);

  // Shapes must be whole blocks of their types.
  void directory(const std::vector<TensorPlan>& tensors);
  // The next bytes of the current tensor.
  void data(std::span<const std::byte> bytes);
  // Pads up to where the next tensor starts.
  void end_tensor();

  bool close();  // whether everything reached the file

 private:
  template <typename T>
  void number(T value) {
    data(std::as_bytes(std::span(&value, 1)));
  }
  void string(std::string_view value);
  void key(std::string_view name, gguf::ValueType type);
  void array_key(std::string_view name, gguf::ValueType type, uint64_t size);

  std::ofstream out_;
  uint64_t position_ = 0;
};

}  // namespace wasmchord::tools
