#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "src/gguf/gguf.h"
#include "src/gguf/quote.h"

namespace wasmchord::gguf {
namespace {

constexpr std::array<std::string_view, 13> kTypeNames = {"u8",   "i8",     "u16",   "i16", "u32", "i32", "f32",
                                                         "bool", "string", "array", "u64", "i64", "f64"};

bool is_unsigned(ValueType type) {
  return type == ValueType::kU8 || type == ValueType::kU16 || type == ValueType::kU32 || type == ValueType::kU64;
}
bool is_signed(ValueType type) {
  return type == ValueType::kI8 || type == ValueType::kI16 || type == ValueType::kI32 || type == ValueType::kI64;
}
bool is_float(ValueType type) { return type == ValueType::kF32 || type == ValueType::kF64; }

Status wrong_type(std::string_view key, const Value& value, const char* wanted) {
  std::string has(value_type_name(value.type));
  if (value.type == ValueType::kArray) has += " of " + std::string(value_type_name(value.array->type));
  return {Code::kWrongKeyType, "key " + quote(key) + " is " + has + ", wanted " + wanted};
}

Status missing(std::string_view key) { return {Code::kMissingKey, "key " + quote(key) + " is missing"}; }

Result<uint64_t> to_unsigned(std::string_view key, const Value& value, uint64_t max) {
  if (!is_unsigned(value.type) && !is_signed(value.type)) return wrong_type(key, value, "an integer");
  const bool negative = is_signed(value.type) && value.i < 0;
  const uint64_t magnitude = is_signed(value.type) ? static_cast<uint64_t>(value.i) : value.u;
  if (negative || magnitude > max) {
    const std::string text = negative ? std::to_string(value.i) : std::to_string(magnitude);
    return Status(Code::kBadKeyValue, "key " + quote(key) + " is " + text + ", outside 0 to " + std::to_string(max));
  }
  return magnitude;
}

Result<float> to_float(std::string_view key, const Value& value) {
  if (!is_float(value.type)) return wrong_type(key, value, "f32 or f64");
  // A double beyond the range of float has no defined conversion.
  if (!std::isfinite(value.f) || std::fabs(value.f) > static_cast<double>(std::numeric_limits<float>::max())) {
    return Status(Code::kBadKeyValue, "key " + quote(key) + " is not a finite f32");
  }
  return static_cast<float>(value.f);
}

Result<bool> to_bool(std::string_view key, const Value& value) {
  if (value.type != ValueType::kBool) return wrong_type(key, value, "bool");
  return value.u != 0;
}

Result<std::string_view> to_string(std::string_view key, const Value& value) {
  if (value.type != ValueType::kString) return wrong_type(key, value, "string");
  return value.s;
}

template <typename T>
T element(const Array& array, uint64_t index) {
  T number;
  std::memcpy(&number, array.numbers.data() + index * sizeof(T), sizeof(T));
  return number;
}

int64_t signed_element(const Array& array, uint64_t index, bool* fits) {
  switch (array.type) {
    case ValueType::kU8:
      return element<uint8_t>(array, index);
    case ValueType::kI8:
      return element<int8_t>(array, index);
    case ValueType::kU16:
      return element<uint16_t>(array, index);
    case ValueType::kI16:
      return element<int16_t>(array, index);
    case ValueType::kU32:
      return element<uint32_t>(array, index);
    case ValueType::kI32:
      return element<int32_t>(array, index);
    case ValueType::kI64:
      return element<int64_t>(array, index);
    default: {
      const auto value = element<uint64_t>(array, index);
      *fits = value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
      return static_cast<int64_t>(value);
    }
  }
}

}  // namespace

std::string_view value_type_name(ValueType type) {
  const auto number = static_cast<size_t>(type);
  return number < kTypeNames.size() ? kTypeNames[number] : "unknown";
}

const Value* Metadata::find(std::string_view key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &entries_[found->second].value;
}

Result<uint32_t> Metadata::u32(std::string_view key) const {
  const Value* value = find(key);
  if (value == nullptr) return missing(key);
  WC_ASSIGN(const uint64_t wide, to_unsigned(key, *value, std::numeric_limits<uint32_t>::max()));
  return static_cast<uint32_t>(wide);
}

Result<uint64_t> Metadata::u64(std::string_view key) const {
  const Value* value = find(key);
  if (value == nullptr) return missing(key);
  return to_unsigned(key, *value, std::numeric_limits<uint64_t>::max());
}

Result<float> Metadata::f32(std::string_view key) const {
  const Value* value = find(key);
  return value == nullptr ? Result<float>(missing(key)) : to_float(key, *value);
}

Result<bool> Metadata::boolean(std::string_view key) const {
  const Value* value = find(key);
  return value == nullptr ? Result<bool>(missing(key)) : to_bool(key, *value);
}

Result<std::string_view> Metadata::string(std::string_view key) const {
  const Value* value = find(key);
  return value == nullptr ? Result<std::string_view>(missing(key)) : to_string(key, *value);
}

Result<std::span<const std::string_view>> Metadata::strings(std::string_view key) const {
  const Value* value = find(key);
  if (value == nullptr) return missing(key);
  if (value->type != ValueType::kArray || value->array->type != ValueType::kString) {
    return wrong_type(key, *value, "array of string");
  }
  return std::span<const std::string_view>(value->array->strings);
}

Result<std::vector<float>> Metadata::floats(std::string_view key) const {
  const Value* value = find(key);
  if (value == nullptr) return missing(key);
  if (value->type != ValueType::kArray || !is_float(value->array->type)) {
    return wrong_type(key, *value, "array of f32 or f64");
  }
  const Array& array = *value->array;
  std::vector<float> numbers(array.size);
  if (array.type == ValueType::kF32) {
    if (array.size > 0) std::memcpy(numbers.data(), array.numbers.data(), array.numbers.size());
    return numbers;
  }
  for (uint64_t i = 0; i < array.size; ++i) {
    const auto wide = element<double>(array, i);
    if (std::isfinite(wide) && std::fabs(wide) > static_cast<double>(std::numeric_limits<float>::max())) {
      return Status(Code::kBadKeyValue,
                    "key " + quote(key) + ": element " + std::to_string(i) + " does not fit an f32");
    }
    numbers[i] = static_cast<float>(wide);
  }
  return numbers;
}

Result<std::vector<int32_t>> Metadata::i32s(std::string_view key) const {
  const Value* value = find(key);
  if (value == nullptr) return missing(key);
  if (value->type != ValueType::kArray || (!is_unsigned(value->array->type) && !is_signed(value->array->type))) {
    return wrong_type(key, *value, "array of integers");
  }
  const Array& array = *value->array;
  std::vector<int32_t> numbers(array.size);
  for (uint64_t i = 0; i < array.size; ++i) {
    bool fits = true;
    const int64_t wide = signed_element(array, i, &fits);
    if (!fits || wide < std::numeric_limits<int32_t>::min() || wide > std::numeric_limits<int32_t>::max()) {
      return Status(Code::kBadKeyValue,
                    "key " + quote(key) + ": element " + std::to_string(i) + " does not fit 32 bits");
    }
    numbers[i] = static_cast<int32_t>(wide);
  }
  return numbers;
}

Result<uint32_t> Metadata::u32_or(std::string_view key, uint32_t fallback) const {
  return has(key) ? u32(key) : Result<uint32_t>(fallback);
}
Result<float> Metadata::f32_or(std::string_view key, float fallback) const {
  return has(key) ? f32(key) : Result<float>(fallback);
}
Result<bool> Metadata::boolean_or(std::string_view key, bool fallback) const {
  return has(key) ? boolean(key) : Result<bool>(fallback);
}
Result<std::string_view> Metadata::string_or(std::string_view key, std::string_view fallback) const {
  return has(key) ? string(key) : Result<std::string_view>(fallback);
}

const TensorInfo* Header::find_tensor(std::string_view name) const {
  const auto found = tensor_index.find(name);
  return found == tensor_index.end() ? nullptr : &tensors[found->second];
}

}  // namespace wasmchord::gguf
