// Splits special tokens out of a text before the rest of it is tokenised.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "src/tokenizer/vocabulary.h"

namespace wasmchord {

// Semantics of llama.cpp's tokenizer_st_partition: longer tokens are looked for in the whole text before shorter ones;
// user-defined tokens always, control and unknown tokens only on request; white space next to a token goes with it
// where its attributes say so.
class SpecialSplitter {
 public:
  explicit SpecialSplitter(const Vocabulary& vocab);

  // A special token, or text between special tokens (`token` is kNoToken; never empty).
  struct Fragment {
    std::string_view text;
    TokenId token = kNoToken;
  };
  // `plain`: as in EncodeOptions.
  std::vector<Fragment> split(std::string_view text, bool parse_special, std::span<const TextRange> plain = {}) const;

 private:
  struct Special {
    std::string_view text;
    TokenId id;
    uint16_t attr;
    uint32_t rank;  // position in the order of search
    bool on_request() const {
      return (attr & (kAttrHidden | kAttrParsed)) != 0;
    }  // searched for with parse_special only
  };
  std::vector<uint32_t> occurring(std::string_view text, bool parse_special) const;
  void find_at(std::string_view text, bool parse_special, std::vector<bool>* found) const;

  std::vector<Special> by_text_;          // sorted by text, bytewise
  std::vector<uint32_t> by_rank_;         // indices into by_text_: longest first, then lowest id
  std::array<uint32_t, 257> first_byte_;  // by_text_[first_byte_[b], first_byte_[b + 1]) starts with byte b
  std::array<bool, 256> starts_any_;      // some special token starts with the byte
  std::array<bool, 256> starts_user_;     // some token that is searched for without parse_special
};

}  // namespace wasmchord
