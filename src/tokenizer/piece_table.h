// The texts of a vocabulary in one block, and a hash index from text to id.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace wasmchord {

// Folds the 128-bit product of two words: a cheap, well mixing step (the idea of wyhash by Wang Yi, public domain).
inline uint64_t mix64(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline uint64_t hash_bytes(std::string_view text) {
  constexpr uint64_t kA = 0x9E3779B97F4A7C15u;
  constexpr uint64_t kB = 0xD6E8FEB86659FD93u;
  const auto load64 = [](const char* p) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    return word;
  };
  const auto load32 = [](const char* p) {
    uint32_t word;
    std::memcpy(&word, p, 4);
    return static_cast<uint64_t>(word);
  };
  const char* p = text.data();
  size_t n = text.size();
  uint64_t h = kA ^ n;
  for (; n > 16; p += 16, n -= 16) h = mix64(load64(p) ^ h, load64(p + 8) ^ kB);
  if (n >= 8) return mix64(load64(p) ^ h, load64(p + n - 8) ^ kB);
  if (n >= 4) return mix64((load32(p) << 32 | load32(p + n - 4)) ^ h, kB);
  if (n == 0) return mix64(h, kB);
  const auto byte = [p](size_t i) { return static_cast<uint64_t>(static_cast<uint8_t>(p[i])); };
  return mix64((byte(0) << 16 | byte(n / 2) << 8 | byte(n - 1)) ^ h, kB);
}

class PieceTable {
 public:
  // Copies the texts. Where a text occurs twice, find() gives the lower id. kBadVocabulary where the texts are too
  // long, too many, or chosen to collide.
  Status build(std::span<const std::string_view> pieces);

  uint32_t size() const { return static_cast<uint32_t>(offsets_.size() - 1); }
  uint32_t max_piece_size() const { return max_piece_size_; }

  std::string_view piece(int32_t id) const {
    const uint32_t begin = offsets_[static_cast<size_t>(id)];
    return {text_.data() + begin, offsets_[static_cast<size_t>(id) + 1] - begin};
  }

  // -1 if absent.
  int32_t find(std::string_view text) const {
    if (text.size() > max_piece_size_) return -1;
    const uint64_t hash = hash_bytes(text);
    const auto tag = static_cast<uint32_t>(hash >> 32);
    for (size_t i = hash & mask_;; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.id < 0) return -1;
      if (slot.tag == tag && piece(slot.id) == text) return slot.id;
    }
  }

 private:
  struct Slot {
    uint32_t tag = 0;
    int32_t id = -1;
  };
  bool insert(int32_t id);

  std::string text_;
  std::vector<uint32_t> offsets_{0};
  std::vector<Slot> slots_{Slot{}};
  size_t mask_ = 0;
  uint32_t max_piece_size_ = 0;
};

}  // namespace wasmchord
