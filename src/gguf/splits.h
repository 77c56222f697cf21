// The rules that tie the files of a split model together: keys split.no (u16, from 0), split.count (u16) and
// split.tensors.count (i32, over all files), as written by llama.cpp's gguf-split.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "src/base/status.h"
#include "src/gguf/gguf.h"

namespace wasmchord::gguf {

class SplitSet {
 public:
  // Registers the header of the next file and numbers its tensors. kBadSplit where it does not belong there.
  Status add(std::unique_ptr<Header> header);

  // Files the model has; 1 for one that is not split. Valid after the first add().
  uint32_t count() const { return count_; }
  // Tensors over all files; those seen so far where the metadata does not say.
  uint64_t n_tensors() const { return promised_tensors_ != 0 ? promised_tensors_ : n_tensors_; }
  const std::vector<std::shared_ptr<const Header>>& headers() const { return headers_; }

  // kTruncated while files are missing.
  Status check_complete() const;

 private:
  Status read_first(const Metadata& metadata);
  Status check_member(const Metadata& metadata) const;

  std::vector<std::shared_ptr<const Header>> headers_;
  std::unordered_set<std::string_view> names_;
  uint32_t count_ = 1;
  uint64_t promised_tensors_ = 0;
  uint64_t n_tensors_ = 0;
};

// Path of file `index` (from 0), given the path of the first: "x-00001-of-00003.gguf" -> "x-00002-of-00003.gguf". Empty
// where `first` is not named so for `count` files.
std::string split_path(const std::string& first, uint32_t index, uint32_t count);

// Path of the first file, given that of file `index`; empty as above.
std::string first_split_path(const std::string& path, uint32_t index, uint32_t count);

}  // namespace wasmchord::gguf
