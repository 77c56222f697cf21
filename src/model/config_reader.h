// Reading `ARCH.*` keys with their limits: every number is checked before anything is computed or allocated with it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "src/gguf/gguf.h"
#include "src/model/config.h"

namespace wasmchord {

inline constexpr uint32_t kMaxWidth = 1u << 24;

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

  // What every decoder has: sizes, eps, RoPE where it is used (config->uses_rope, norm_kind). kUnsupportedFeature for a
  // key of this architecture that neither this function nor `more` knows, and for attention that is not causal.
  Status read_decoder(ModelConfig* config, std::initializer_list<std::string_view> more = {}) const;
  // expert_count, expert_used_count, expert_feed_forward_length (if absent: the dense width).
  Status read_experts(ModelConfig* config) const;
  // Refuses a key that is there and not `value`.
  Status must_be(std::string_view name, bool value) const;

  Status bad(std::string_view name, const std::string& why) const {
    return Status(Code::kBadKeyValue, key(name) + ": " + why);
  }
  const gguf::Metadata& metadata() const { return metadata_; }

 private:
  Status refuse_unknown_keys(std::initializer_list<std::string_view> more) const;
  Status read_sizes(ModelConfig* config) const;
  Status read_rope(ModelConfig* config) const;  // head_dim must be set
  Status read_scaling(ModelConfig* config) const;
  const gguf::Metadata& metadata_;
  std::string arch_;
};

}  // namespace wasmchord
