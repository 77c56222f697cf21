// The merges of byte-level BPE by the ids of their two sides.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/tokenizer/merge.h"
#include "src/tokenizer/vocabulary.h"

namespace wasmchord {

class MergeTable {
 public:
  // `merges`: "left right", most important first. kBadVocabulary where a line has no space between two texts, or where
  // a side or the result is no token. The first of equal lines counts.
  Status build(std::span<const std::string_view> merges, const Vocabulary& vocab);

  // The merge of two tokens, its key being its rank.
  Merge find(TokenId left, TokenId right) const {
    for (size_t i = slot_of(left, right);; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.rank == kNoMerge) return {kNoMerge, kNoToken};
      if (slot.left == left && slot.right == right) return {slot.rank, slot.merged};
    }
  }

 private:
  struct Slot {
    TokenId left = kNoToken;
    TokenId right = kNoToken;
    uint32_t rank = kNoMerge;
    TokenId merged = kNoToken;
  };
  size_t slot_of(TokenId left, TokenId right) const {
    const uint64_t pair = static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
    return (pair * 0x9E3779B97F4A7C15u) >> shift_;
  }
  bool insert(const Slot& merge);

  std::vector<Slot> slots_{Slot{}, Slot{}};
  size_t mask_ = 1;
  uint32_t shift_ = 63;
};

}  // namespace wasmchord
