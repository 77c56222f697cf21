// A parsed GGUF header: typed metadata and the tensor directory. Independent of how the bytes arrived.
// Format: ggml/docs/gguf.md, versions 1 (32-bit counts and lengths), 2 and 3 (64-bit), little and big endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/status.h"
#include "src/tensor/shape.h"

namespace wasmchord::gguf {

// Numbers are part of the file format.
enum class ValueType : uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};
std::string_view value_type_name(ValueType type);  // "u32", "string", "array", ...

struct Array;

// One metadata value. Integers are widened to 64 bits, floats to double; `type` keeps what the file said.
struct Value {
  ValueType type = ValueType::kU8;
  uint64_t u = 0;                // unsigned integers and bool
  int64_t i = 0;                 // signed integers
  double f = 0;                  // f32, f64
  std::string_view s;            // kString; bytes as in the file, NUL and invalid UTF-8 included; owned by the Header
  const Array* array = nullptr;  // kArray; owned by the Header
};

// Elements of one array, in the vector that fits `type`.
struct Array {
  ValueType type = ValueType::kU8;
  uint64_t size = 0;
  std::vector<std::byte> numbers;         // fixed-size element types: native byte order, packed
  std::vector<std::string_view> strings;  // kString
  std::vector<Value> nested;              // kArray
};

// Ordered as in the file. Keys are unique and not empty.
class Metadata {
 public:
  struct Entry {
    std::string_view key;
    Value value;
  };
  const std::vector<Entry>& entries() const { return entries_; }
  const Value* find(std::string_view key) const;  // null if absent
  bool has(std::string_view key) const { return find(key) != nullptr; }

  // Absent: kMissingKey. Another type than the accessor takes: kWrongKeyType. Any integer type serves for integers;
  // out of range (negative for unsigned, above 32 bits): kBadKeyValue. Messages name the key.
  Result<uint32_t> u32(std::string_view key) const;
  Result<uint64_t> u64(std::string_view key) const;
  Result<float> f32(std::string_view key) const;  // f32 or f64; kBadKeyValue where not finite
  Result<bool> boolean(std::string_view key) const;
  Result<std::string_view> string(std::string_view key) const;
  Result<std::span<const std::string_view>> strings(std::string_view key) const;
  Result<std::vector<float>> floats(std::string_view key) const;  // from f32 or f64; infinities and NaN pass
  Result<std::vector<int32_t>> i32s(std::string_view key) const;  // from any integer element type, range-checked

  // The value if present (with the same errors), else `fallback`.
  Result<uint32_t> u32_or(std::string_view key, uint32_t fallback) const;
  Result<float> f32_or(std::string_view key, float fallback) const;
  Result<bool> boolean_or(std::string_view key, bool fallback) const;
  Result<std::string_view> string_or(std::string_view key, std::string_view fallback) const;

 private:
  friend class HeaderParser;
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, size_t> index_;
};

struct TensorInfo {
  std::string_view name;  // owned by the Header
  DType dtype = DType::kF32;
  Shape shape;
  uint64_t offset = 0;   // bytes from the start of the data section of its file
  uint64_t n_bytes = 0;  // overflow-checked product
  uint32_t split = 0;    // index of the file of a split model
};

// Everything before the data section of one file. Self-contained: owns what its views point into. Immutable.
struct Header {
  uint32_t version = 3;
  bool big_endian = false;
  uint64_t alignment = 32;
  uint64_t data_offset = 0;  // bytes from the start of the file
  Metadata metadata;
  std::vector<TensorInfo> tensors;  // in directory order
  std::unordered_map<std::string_view, size_t> tensor_index;
  std::shared_ptr<void> storage;  // the bytes and arrays that the views above refer to

  const TensorInfo* find_tensor(std::string_view name) const;
};

}  // namespace wasmchord::gguf
