// Writes GGUF files for tests, well-formed by default and broken on request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/gguf/gguf.h"

namespace wasmchord::test {

using Bytes = std::vector<std::byte>;

// Appends fields in the byte order and with the count width of one file.
class GgufFields {
 public:
  explicit GgufFields(uint32_t version = 3, bool big_endian = false)
      : version_(version), big_endian_(big_endian), wide_(version >= 2) {}

  template <typename T>
  GgufFields& number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    std::byte raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    // The tests run on little-endian hosts.
    for (size_t i = 0; i < sizeof(T); ++i) bytes_.push_back(raw[big_endian_ ? sizeof(T) - 1 - i : i]);
    return *this;
  }
  GgufFields& count(uint64_t n) { return wide_ ? number(n) : number(static_cast<uint32_t>(n)); }
  GgufFields& raw(std::string_view text) {
    const auto* start = reinterpret_cast<const std::byte*>(text.data());
    bytes_.insert(bytes_.end(), start, start + text.size());
    return *this;
  }
  GgufFields& string(std::string_view text) { return count(text.size()).raw(text); }
  GgufFields& type(gguf::ValueType type) { return number(static_cast<uint32_t>(type)); }
  GgufFields& append(const Bytes& more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
    return *this;
  }

  const Bytes& bytes() const { return bytes_; }
  uint32_t version() const { return version_; }
  bool big_endian() const { return big_endian_; }

 private:
  Bytes bytes_;
  uint32_t version_;
  bool big_endian_;
  bool wide_;
};

template <typename T>
constexpr gguf::ValueType value_type_of() {
  using gguf::ValueType;
  if constexpr (std::is_same_v<T, bool>) return ValueType::kBool;
  if constexpr (std::is_same_v<T, uint8_t>) return ValueType::kU8;
  if constexpr (std::is_same_v<T, int8_t>) return ValueType::kI8;
  if constexpr (std::is_same_v<T, uint16_t>) return ValueType::kU16;
  if constexpr (std::is_same_v<T, int16_t>) return ValueType::kI16;
  if constexpr (std::is_same_v<T, uint32_t>) return ValueType::kU32;
  if constexpr (std::is_same_v<T, int32_t>) return ValueType::kI32;
  if constexpr (std::is_same_v<T, uint64_t>) return ValueType::kU64;
  if constexpr (std::is_same_v<T, int64_t>) return ValueType::kI64;
  if constexpr (std::is_same_v<T, float>) return ValueType::kF32;
  if constexpr (std::is_same_v<T, double>) return ValueType::kF64;
}

class GgufBuilder {
 public:
  struct Tensor {
    std::string name;
    std::vector<uint64_t> dims;
    uint32_t type = 0;                    // GGUF number; 0 is F32
    Bytes data;                           // in file byte order
    std::optional<uint64_t> offset = {};  // default: after the tensor before, aligned
  };

  explicit GgufBuilder(uint32_t version = 3, bool big_endian = false) : keys_(version, big_endian) {}

  // A number or bool, of the C++ type's own GGUF type.
  template <typename T>
  requires std::is_arithmetic_v<T> GgufBuilder& kv(std::string_view key, T value) {
    begin(key, value_type_of<T>()).number(value);
    return *this;
  }
  GgufBuilder& kv(std::string_view key, std::string_view text) {
    begin(key, gguf::ValueType::kString).string(text);
    return *this;
  }
  GgufBuilder& kv(std::string_view key, const char* text) { return kv(key, std::string_view(text)); }
  template <typename T>
  GgufBuilder& array(std::string_view key, const std::vector<T>& elements) {
    GgufFields& fields = begin(key, gguf::ValueType::kArray);
    if constexpr (std::is_arithmetic_v<T>) {
      fields.type(value_type_of<T>()).count(elements.size());
      for (T element : elements) fields.number(element);
    } else {
      fields.type(gguf::ValueType::kString).count(elements.size());
      for (const T& element : elements) fields.string(element);
    }
    return *this;
  }
  // An entry whose value is written by hand: returns the fields to append it to.
  GgufFields& raw_kv(std::string_view key, uint32_t type) {
    ++n_keys_;
    return keys_.string(key).number(type);
  }
  GgufBuilder& alignment(uint32_t bytes) {
    alignment_ = bytes;
    return kv("general.alignment", bytes);
  }
  GgufBuilder& tensor(Tensor tensor) {
    tensors_.push_back(std::move(tensor));
    return *this;
  }
  // F32 numbers.
  GgufBuilder& tensor(std::string name, std::vector<uint64_t> dims, const std::vector<float>& numbers) {
    GgufFields fields(keys_.version(), keys_.big_endian());
    for (float x : numbers) fields.number(x);
    return tensor({std::move(name), std::move(dims), 0, fields.bytes()});
  }
  // Claims that replace the true counts.
  GgufBuilder& claim_tensors(uint64_t n) {
    claimed_tensors_ = n;
    return *this;
  }
  GgufBuilder& claim_keys(uint64_t n) {
    claimed_keys_ = n;
    return *this;
  }

  // Up to the end of the tensor directory, without padding.
  Bytes header() const {
    GgufFields out(keys_.version(), keys_.big_endian());
    out.raw("GGUF").number(keys_.version());
    out.count(claimed_tensors_.value_or(tensors_.size())).count(claimed_keys_.value_or(n_keys_));
    out.append(keys_.bytes());
    uint64_t next = 0;
    for (const Tensor& t : tensors_) {
      out.string(t.name).number(static_cast<uint32_t>(t.dims.size()));
      for (uint64_t extent : t.dims) out.count(extent);
      out.number(t.type).number(place(t, &next));
    }
    return out.bytes();
  }
  Bytes build() const {
    Bytes out = header();
    const uint64_t start = aligned(out.size());
    uint64_t next = 0;
    for (const Tensor& t : tensors_) {
      const uint64_t at = start + place(t, &next);
      if (out.size() < at + t.data.size()) out.resize(at + t.data.size(), kPadding);
      if (!t.data.empty()) std::memcpy(out.data() + at, t.data.data(), t.data.size());
    }
    return out;
  }

 private:
  static constexpr std::byte kPadding{0xaa};  // never taken for data unnoticed

  GgufFields& begin(std::string_view key, gguf::ValueType type) { return raw_kv(key, static_cast<uint32_t>(type)); }
  uint64_t aligned(uint64_t n) const { return (n + alignment_ - 1) / alignment_ * alignment_; }
  uint64_t place(const Tensor& t, uint64_t* next) const {
    const uint64_t at = t.offset.value_or(*next);
    *next = aligned(at + t.data.size());
    return at;
  }

  GgufFields keys_;
  uint64_t n_keys_ = 0;
  uint64_t alignment_ = 32;
  std::vector<Tensor> tensors_;
  std::optional<uint64_t> claimed_tensors_;
  std::optional<uint64_t> claimed_keys_;
};

}  // namespace wasmchord::test
