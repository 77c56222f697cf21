// What the views of a Header point into.
#pragma once

#include <cstddef>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "src/gguf/gguf.h"

namespace wasmchord::gguf {

// Bytes of many short strings, packed into blocks that never move.
class StringArena {
 public:
  std::string_view add(std::string_view bytes) {
    if (bytes.empty()) return {};
    if (bytes.size() > free_.size()) grow(bytes.size());
    char* place = free_.data();
    std::memcpy(place, bytes.data(), bytes.size());
    free_ = free_.subspan(bytes.size());
    return {place, bytes.size()};
  }

 private:
  static constexpr size_t kBlockBytes = 32 * 1024;

  void grow(size_t needed) {
    const size_t size = needed > kBlockBytes ? needed : kBlockBytes;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    free_ = {blocks_.back().get(), size};
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::span<char> free_;
};

struct HeaderStorage {
  StringArena strings;
  std::deque<Array> arrays;           // a deque, for stable addresses
  std::shared_ptr<const void> input;  // the mapped file, where strings are viewed in place
};

}  // namespace wasmchord::gguf
