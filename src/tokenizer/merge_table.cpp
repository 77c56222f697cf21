#include "src/tokenizer/merge_table.h"

#include <bit>
#include <string>

namespace wasmchord {

namespace {

// At a load of at most two thirds, a run this long occurs only in a file made to collide.
constexpr size_t kMaxMergeProbes = 4096;

Status bad_merge(size_t index, std::string_view what) {
  return Status(Code::kBadVocabulary,
                "tokenizer.ggml.merges: merge " + std::to_string(index) + " " + std::string(what));
}

}  // namespace

bool MergeTable::insert(const Slot& merge) {
  size_t i = slot_of(merge.left, merge.right);
  for (size_t probes = 0; probes < kMaxMergeProbes; ++probes, i = (i + 1) & mask_) {
    Slot& slot = slots_[i];
    if (slot.rank == kNoMerge) {
      slot = merge;
      return true;
    }
    if (slot.left == merge.left && slot.right == merge.right) return true;
  }
  return false;
}

Status MergeTable::build(std::span<const std::string_view> merges, const Vocabulary& vocab) {
  if (merges.size() >= kNoMerge / 2) return bad_merge(merges.size() - 1, "is one too many");
  const size_t capacity = std::bit_ceil(merges.size() + merges.size() / 2 + 2);
  slots_.assign(capacity, Slot{});
  mask_ = capacity - 1;
  shift_ = 64 - static_cast<uint32_t>(std::countr_zero(capacity));
  std::string joined;
  for (size_t i = 0; i < merges.size(); ++i) {
    const std::string_view line = merges[i];
    // The first character may itself be a space in vocabularies that do not write in the byte alphabet.
    const size_t space = line.find(' ', 1);
    if (space == line.npos || space + 1 == line.size()) return bad_merge(i, "is not two texts with a space between");
    joined.assign(line.substr(0, space)).append(line.substr(space + 1));
    const Slot merge{vocab.find(line.substr(0, space)), vocab.find(line.substr(space + 1)), static_cast<uint32_t>(i),
                     vocab.find(joined)};
    if (merge.left == kNoToken || merge.right == kNoToken) return bad_merge(i, "is of a text that is no token");
    if (merge.merged == kNoToken) return bad_merge(i, "makes a text that is no token");
    if (!insert(merge)) return bad_merge(i, "collides");
  }
  return Status::ok();
}

}  // namespace wasmchord
