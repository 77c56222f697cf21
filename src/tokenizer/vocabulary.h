// What `tokenizer.ggml.*` says about tokens, whatever the kind of tokenizer: texts, types, scores, special ids.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/gguf/gguf.h"
#include "src/tokenizer/piece_table.h"
#include "src/tokenizer/tokenizer.h"

namespace wasmchord {

// How a token takes part in encoding and decoding. Starts as the file's type; like the reference (llama.cpp,
// llama_vocab::impl::load) some well-known texts then become control tokens whatever the file says.
enum TokenAttr : uint16_t {
  kAttrNormal = 1,
  kAttrUnknown = 2,
  kAttrControl = 4,
  kAttrUserDefined = 8,
  kAttrUnused = 16,
  kAttrByte = 32,
  kAttrLstrip = 64,   // white space before it in the text is dropped
  kAttrRstrip = 128,  // white space after it in the text is dropped
  kAttrParsed = 256,  // an ordinary token that parse_special finds in the text like a control token
};
inline constexpr uint16_t kAttrHidden = kAttrUnknown | kAttrControl;      // no text of their own
inline constexpr uint16_t kAttrSpecial = kAttrHidden | kAttrUserDefined;  // never part of a word

// Special ids and rules. A kind presets its family's defaults, the file overrides them.
struct SpecialIds {
  TokenId bos = kNoToken;
  TokenId eos = kNoToken;
  TokenId eot = kNoToken;
  TokenId eom = kNoToken;
  TokenId unk = kNoToken;
  TokenId sep = kNoToken;
  TokenId pad = kNoToken;
  TokenId fim_pad = kNoToken;
  TokenId fim_rep = kNoToken;
  TokenId fim_sep = kNoToken;
  bool add_bos = false;
  bool add_eos = false;
  bool add_sep = false;
};

class Vocabulary {
 public:
  // Texts, scores and types. Refuses (kBadVocabulary): no tokens; scores or types fewer than tokens; NaN scores; byte
  // tokens that are not <0xXX>. Types the format does not know count as undefined, as in the reference.
  static Result<Vocabulary> load(const gguf::Metadata& metadata);

  // Reads the special ids over `defaults`, applies the rules by text and by model name, and collects the
  // end-of-generation tokens.
  Status load_special(const gguf::Metadata& metadata, const SpecialIds& defaults);

  uint32_t size() const { return pieces_.size(); }
  bool contains(TokenId id) const { return id >= 0 && static_cast<uint32_t>(id) < size(); }
  std::string_view piece(TokenId id) const { return pieces_.piece(id); }
  TokenId find(std::string_view text) const { return pieces_.find(text); }
  uint32_t max_piece_size() const { return pieces_.max_piece_size(); }
  uint16_t attr(TokenId id) const { return attrs_[static_cast<size_t>(id)]; }
  TokenType type(TokenId id) const { return types_[static_cast<size_t>(id)]; }
  float score(TokenId id) const { return scores_.empty() ? 0.0f : scores_[static_cast<size_t>(id)]; }
  TokenId byte_token(uint8_t byte) const;  // <0xXX>; kNoToken if absent
  const SpecialIds& special() const { return special_; }
  std::span<const TokenId> end_of_generation() const { return end_of_generation_; }

 private:
  friend class SpecialRules;
  Status load_scores(const gguf::Metadata& metadata);
  Status load_types(const gguf::Metadata& metadata);
  Status load_ids(const gguf::Metadata& metadata);
  static Status load_added(const gguf::Metadata& metadata, std::string_view rule, TokenId id, bool* add);
  void apply_strip_rules(const gguf::Metadata& metadata);

  PieceTable pieces_;
  std::vector<float> scores_;  // empty: all zero
  struct TypeByte {
    uint8_t value;
    operator TokenType() const { return static_cast<TokenType>(value); }
  };
  std::vector<TypeByte> types_;
  std::vector<uint16_t> attrs_;
  SpecialIds special_;
  std::vector<TokenId> end_of_generation_;  // ascending
};

// The value of a <0xXX> text, or -1.
int32_t parse_byte_token(std::string_view text);

}  // namespace wasmchord
