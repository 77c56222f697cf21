// The words of one encode() call that were already encoded, so that each is merged once. Direct-mapped; it refers to
// the text and to the ids written so far instead of copying them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "src/tokenizer/piece_table.h"

namespace wasmchord {

class WordCache {
 public:
  // Small for short texts, where it would cost more than it saves.
  explicit WordCache(size_t text_size) : slots_(std::bit_ceil(std::clamp<size_t>(text_size / 16, 1, kMaxSlots))) {}

  // Appends the ids of a word seen before.
  bool append(std::string_view word, std::vector<int32_t>* ids) {
    if (word.size() > kMaxWord) return false;
    slot_ = &slots_[hash_bytes(word) & (slots_.size() - 1)];
    if (slot_->word != word) return false;
    // Not an insert of the vector into itself: that may move it.
    const size_t size = ids->size();
    ids->resize(size + slot_->count);
    std::copy_n(ids->begin() + static_cast<ptrdiff_t>(slot_->first), slot_->count,
                ids->begin() + static_cast<ptrdiff_t>(size));
    return true;
  }

  // After append() has missed: the ids of the word are those from `first` on. `word` stays where it is.
  void insert(std::string_view word, size_t first, const std::vector<int32_t>& ids) {
    if (word.size() <= kMaxWord) *slot_ = {word, first, ids.size() - first};
  }

 private:
  static constexpr size_t kMaxSlots = 4096;
  static constexpr size_t kMaxWord = 64;
  struct Slot {
    std::string_view word;
    size_t first = 0;
    size_t count = 0;
  };
  std::vector<Slot> slots_;
  Slot* slot_ = nullptr;
};

}  // namespace wasmchord
