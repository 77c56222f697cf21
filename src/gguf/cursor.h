// Reads the fields of one header item from bytes that may end too early.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace wasmchord::gguf {

// Every read returns false, taking nothing, where the bytes end before the field does; needed() then tells how many
// bytes the item needs at least, counted from its start.
class Cursor {
 public:
  // `wide`: counts and lengths have 64 bits (version 2 and later), else 32.
  Cursor(std::span<const std::byte> bytes, bool big_endian, bool wide)
      : bytes_(bytes), swap_(big_endian != (std::endian::native == std::endian::big)), wide_(wide) {}

  size_t position() const { return position_; }
  size_t needed() const { return needed_; }
  size_t available() const { return bytes_.size() - position_; }

  bool u32(uint32_t* out) {
    if (!fixed(out, sizeof *out)) return false;
    if (swap_) *out = __builtin_bswap32(*out);
    return true;
  }
  bool u64(uint64_t* out) {
    if (!fixed(out, sizeof *out)) return false;
    if (swap_) *out = __builtin_bswap64(*out);
    return true;
  }
  bool count(uint64_t* out) {
    if (wide_) return u64(out);
    uint32_t narrow;
    if (!u32(&narrow)) return false;
    *out = narrow;
    return true;
  }
  // The length must have been checked against the limits before.
  bool view(uint64_t length, std::string_view* out) {
    if (!has(length)) return false;
    *out = {reinterpret_cast<const char*>(bytes_.data() + position_), static_cast<size_t>(length)};
    position_ += static_cast<size_t>(length);
    return true;
  }
  // One number of `width` bytes, zero-extended.
  bool number(uint32_t width, uint64_t* out) {
    std::string_view raw;
    if (!view(width, &raw)) return false;
    std::byte ordered[8] = {};
    copy_numbers(raw, width, ordered);
    uint64_t value = 0;
    for (uint32_t i = 0; i < width; ++i) {
      const uint32_t shift = 8 * (std::endian::native == std::endian::big ? width - 1 - i : i);
      value |= static_cast<uint64_t>(ordered[i]) << shift;
    }
    *out = value;
    return true;
  }
  // Packed numbers in native order.
  void copy_numbers(std::string_view raw, uint32_t width, std::byte* out) const {
    if (raw.empty()) return;
    std::memcpy(out, raw.data(), raw.size());
    if (!swap_ || width == 1) return;
    for (size_t start = 0; start < raw.size(); start += width) {
      for (uint32_t a = 0, b = width - 1; a < b; ++a, --b) std::swap(out[start + a], out[start + b]);
    }
  }

 private:
  bool has(uint64_t length) {
    if (length <= available()) return true;
    needed_ = position_ + static_cast<size_t>(length);
    return false;
  }
  bool fixed(void* out, size_t length) {
    if (!has(length)) return false;
    std::memcpy(out, bytes_.data() + position_, length);
    position_ += length;
    return true;
  }

  std::span<const std::byte> bytes_;
  size_t position_ = 0;
  size_t needed_ = 0;
  bool swap_;
  bool wide_;
};

}  // namespace wasmchord::gguf
