// Reading `ARCH.*` keys with their limits: every number is checked before anything is computed or allocated with it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "src/gguf/gguf.h"
#include "src/model/config.h"

namespace wasmchord {

class ConfigReader {
 public:
  ConfigReader(const gguf::Metadata& metadata, std::string_view arch) : metadata_(metadata), arch_(arch) {}

  std::string key(std::string_view name) const { return arch_ + "." + std::string(name); }
  bool has(std::string_view name) const { return metadata_.has(key(name)); }

  // kMissingKey, kWrongKeyType; kBadKeyValue outside [min, max].
  Status count(std::string_view name, uint32_t min, uint32_t max, uint32_t* out) const;
  Status count_or(std::string_view name, uint32_t min, uint32_t max, uint32_t fallback, uint32_t* out) const;
  // Finite and > 0.
  Status positive(std::string_view name, float* out) const;
  Status positive_or(std::string_view name, float fallback, float* out) const;
  Status finite_or(std::string_view name, float fallback, float* out) const;

  // kUnsupportedFeature for a key of this architecture that none of `known` names.
  Status refuse_unknown_keys(std::initializer_list<std::string_view> known) const;

  // Sizes that every decoder has: layers, widths, heads, context length.
  Status read_sizes(ModelConfig* config) const;
  // rope.*; head_dim must be set.
  Status read_rope(ModelConfig* config) const;

  Status bad(std::string_view name, const std::string& why) const {
    return Status(Code::kBadKeyValue, key(name) + ": " + why);
  }
  const gguf::Metadata& metadata() const { return metadata_; }

 private:
  Status read_scaling(ModelConfig* config) const;
  const gguf::Metadata& metadata_;
  std::string arch_;
};

}  // namespace wasmchord
