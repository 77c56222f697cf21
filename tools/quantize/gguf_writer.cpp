#include "tools/quantize/gguf_writer.h"

#include <array>
#include <bit>

namespace wasmchord::tools {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

using gguf::ValueType;

GgufWriter::GgufWriter(OutputFile* out, uint64_t n_keys, uint64_t n_tensors, uint64_t alignment)
    : out_(out), alignment_(alignment) {
  data(std::as_bytes(std::span("GGUF", 4)));
  number(uint32_t{3});
  number(n_tensors);
  number(n_keys);
}

void GgufWriter::u32(std::string_view name, uint32_t value) {
  key(name, ValueType::kU32);
  number(value);
}

void GgufWriter::f32(std::string_view name, float value) {
  key(name, ValueType::kF32);
  number(value);
}

void GgufWriter::boolean(std::string_view name, bool value) {
  key(name, ValueType::kBool);
  number(static_cast<uint8_t>(value));
}

void GgufWriter::text(std::string_view name, std::string_view value) {
  key(name, ValueType::kString);
  string(value);
}

void GgufWriter::array(std::string_view name, const std::vector<std::string>& values) {
  array_key(name, ValueType::kString, values.size());
  for (const std::string& value : values) string(value);
}

void GgufWriter::array(std::string_view name, const std::vector<float>& values) {
  array_key(name, ValueType::kF32, values.size());
  data(std::as_bytes(std::span(values)));
}

void GgufWriter::array(std::string_view name, const std::vector<int32_t>& values) {
  array_key(name, ValueType::kI32, values.size());
  data(std::as_bytes(std::span(values)));
}

void GgufWriter::array(std::string_view name, const std::vector<uint8_t>& values) {
  array_key(name, ValueType::kU8, values.size());
  data(std::as_bytes(std::span(values)));
}

void GgufWriter::value(std::string_view name, const gguf::Value& value) {
  key(name, value.type);
  value_bytes(value);
}

void GgufWriter::value_bytes(const gguf::Value& value) {
  switch (value.type) {
    case ValueType::kU8:
    case ValueType::kBool:
      return number(static_cast<uint8_t>(value.u));
    case ValueType::kI8:
      return number(static_cast<int8_t>(value.i));
    case ValueType::kU16:
      return number(static_cast<uint16_t>(value.u));
    case ValueType::kI16:
      return number(static_cast<int16_t>(value.i));
    case ValueType::kU32:
      return number(static_cast<uint32_t>(value.u));
    case ValueType::kI32:
      return number(static_cast<int32_t>(value.i));
    case ValueType::kU64:
      return number(value.u);
    case ValueType::kI64:
      return number(value.i);
    case ValueType::kF32:
      return number(static_cast<float>(value.f));
    case ValueType::kF64:
      return number(value.f);
    case ValueType::kString:
      return string(value.s);
    case ValueType::kArray:
      return array_bytes(*value.array);
  }
}

void GgufWriter::array_bytes(const gguf::Array& array) {
  number(static_cast<uint32_t>(array.type));
  number(array.size);
  data(array.numbers);
  for (const std::string_view text : array.strings) string(text);
  for (const gguf::Value& element : array.nested) array_bytes(*element.array);
}

void GgufWriter::directory(const std::vector<TensorPlan>& tensors) {
  uint64_t offset = 0;
  for (const TensorPlan& tensor : tensors) {
    string(tensor.name);
    number(tensor.shape.n_dims);
    for (uint32_t i = 0; i < tensor.shape.n_dims; ++i) number(tensor.shape.ne[i]);
    number(static_cast<uint32_t>(tensor.dtype));
    number(offset);
    uint64_t n_bytes = 0;
    tensor_bytes(tensor.shape, tensor.dtype, &n_bytes);
    offset += (n_bytes + alignment_ - 1) / alignment_ * alignment_;
  }
  end_tensor();
}

void GgufWriter::end_tensor() {
  constexpr std::array<std::byte, 64> kZeros{};
  uint64_t missing = (alignment_ - out_->position() % alignment_) % alignment_;
  for (; missing > kZeros.size(); missing -= kZeros.size()) data(kZeros);
  data(std::span(kZeros).first(missing));
}

void GgufWriter::string(std::string_view value) {
  number(uint64_t{value.size()});
  data(std::as_bytes(std::span(value.data(), value.size())));
}

void GgufWriter::key(std::string_view name, ValueType type) {
  string(name);
  number(static_cast<uint32_t>(type));
}

void GgufWriter::array_key(std::string_view name, ValueType type, uint64_t size) {
  key(name, ValueType::kArray);
  number(static_cast<uint32_t>(type));
  number(size);
}

}  // namespace wasmchord::tools
