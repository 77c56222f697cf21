#include "tools/make_model/gguf_writer.h"

#include <array>
#include <bit>

namespace wasmchord::tools {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

using gguf::ValueType;

GgufWriter::GgufWriter(const std::string& path, uint64_t n_keys, uint64_t n_tensors)
    : out_(path, std::ios::binary | std::ios::trunc) {
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
    offset += (n_bytes + kAlignment - 1) / kAlignment * kAlignment;
  }
  end_tensor();
}

void GgufWriter::data(std::span<const std::byte> bytes) {
  out_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  position_ += bytes.size();
}

void GgufWriter::end_tensor() {
  constexpr std::array<std::byte, kAlignment> kZeros{};
  data(std::span(kZeros).first((kAlignment - position_ % kAlignment) % kAlignment));
}

bool GgufWriter::close() {
  out_.close();
  return !out_.fail();
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
