// Writes a GGUF version 3 file front to back: metadata, then the directory, then data, none of it held in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/gguf/gguf.h"
#include "tools/quantize/output_file.h"

namespace wasmchord::tools {

struct TensorPlan {
  std::string name;
  Shape shape;
  DType dtype;
};

// Calls come in the order of the file: exactly n_keys keys, one directory(), then the data of n_tensors tensors.
class GgufWriter {
 public:
  // Other alignments must stand in the metadata as general.alignment.
  static constexpr uint64_t kDefaultAlignment = 32;

  GgufWriter(OutputFile* out, uint64_t n_keys, uint64_t n_tensors, uint64_t alignment = kDefaultAlignment);

  void u32(std::string_view name, uint32_t value);
  void f32(std::string_view name, float value);
  void boolean(std::string_view name, bool value);
  void text(std::string_view name, std::string_view value);
  void array(std::string_view name, const std::vector<std::string>& values);
  void array(std::string_view name, const std::vector<float>& values);
  void array(std::string_view name, const std::vector<int32_t>& values);
  void array(std::string_view name, const std::vector<uint8_t>& values);
  // As another file had it, in the same type.
  void value(std::string_view name, const gguf::Value& value);

  // Shapes must be whole blocks of their types.
  void directory(const std::vector<TensorPlan>& tensors);
  // The next bytes of the current tensor.
  void data(std::span<const std::byte> bytes) { out_->write(bytes); }
  // Pads up to where the next tensor starts.
  void end_tensor();

 private:
  template <typename T>
  void number(T value) {
    data(std::as_bytes(std::span(&value, 1)));
  }
  void string(std::string_view value);
  void key(std::string_view name, gguf::ValueType type);
  void array_key(std::string_view name, gguf::ValueType type, uint64_t size);
  void value_bytes(const gguf::Value& value);
  void array_bytes(const gguf::Array& array);

  OutputFile* out_;
  uint64_t alignment_;
};

}  // namespace wasmchord::tools
