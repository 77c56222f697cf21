// Keys of a GGUF file, gathered in their order before the first byte is written.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tools/quantize/gguf_writer.h"

namespace wasmchord::tools {

class MetadataList {
 public:
  using Value = std::variant<uint32_t, float, bool, std::string, std::vector<std::string>, std::vector<float>,
                             std::vector<int32_t>, std::vector<uint8_t>>;

  void add(std::string key, Value value) { entries_.emplace_back(std::move(key), std::move(value)); }
  uint64_t size() const { return entries_.size(); }
  const std::vector<std::pair<std::string, Value>>& entries() const { return entries_; }
  void write(GgufWriter* out) const;

 private:
  std::vector<std::pair<std::string, Value>> entries_;
};

}  // namespace wasmchord::tools
