#include "src/tokenizer/vocabulary.h"

#include <cmath>
#include <string>

namespace wasmchord {

namespace {

constexpr std::string_view kTokensKey = "tokenizer.ggml.tokens";
constexpr std::string_view kScoresKey = "tokenizer.ggml.scores";
constexpr std::string_view kTypesKey = "tokenizer.ggml.token_type";

Status bad(std::string_view key, std::string_view what) {
  return Status(Code::kBadVocabulary, std::string(key) + ": " + std::string(what));
}

int32_t hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

uint16_t attr_of(TokenType type) {
  switch (type) {
    case TokenType::kNormal:
      return kAttrNormal;
    case TokenType::kUnknown:
      return kAttrUnknown;
    case TokenType::kControl:
      return kAttrControl;
    case TokenType::kUserDefined:
      return kAttrUserDefined;
    case TokenType::kUnused:
      return kAttrUnused;
    case TokenType::kByte:
      return kAttrByte;
    case TokenType::kUndefined:
      break;
  }
  return 0;
}

}  // namespace

int32_t parse_byte_token(std::string_view text) {
  if (text.size() != 6 || text.substr(0, 3) != "<0x" || text[5] != '>') return -1;
  const int32_t high = hex_digit(text[3]);
  const int32_t low = hex_digit(text[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

Result<Vocabulary> Vocabulary::load(const gguf::Metadata& metadata) {
  Vocabulary vocab;
  WC_ASSIGN(const std::span<const std::string_view> tokens, metadata.strings(kTokensKey));
  if (tokens.empty()) return bad(kTokensKey, "no tokens");
  WC_TRY(vocab.pieces_.build(tokens));
  WC_TRY(vocab.load_scores(metadata));
  WC_TRY(vocab.load_types(metadata));
  return vocab;
}

Status Vocabulary::load_scores(const gguf::Metadata& metadata) {
  if (!metadata.has(kScoresKey)) return Status::ok();
  WC_ASSIGN(scores_, metadata.floats(kScoresKey));
  if (scores_.size() < size()) return bad(kScoresKey, "fewer scores than tokens");
  scores_.resize(size());
  for (const float score : scores_) {
    if (std::isnan(score)) return bad(kScoresKey, "a score is NaN");
  }
  return Status::ok();
}

Status Vocabulary::load_types(const gguf::Metadata& metadata) {
  types_.assign(size(), {static_cast<uint8_t>(TokenType::kNormal)});
  attrs_.assign(size(), kAttrNormal);
  if (!metadata.has(kTypesKey)) return Status::ok();
  WC_ASSIGN(const std::vector<int32_t> types, metadata.i32s(kTypesKey));
  if (types.size() < size()) return bad(kTypesKey, "fewer types than tokens");
  for (uint32_t id = 0; id < size(); ++id) {
    const bool known = types[id] >= 0 && types[id] <= static_cast<int32_t>(TokenType::kByte);
    types_[id].value = static_cast<uint8_t>(known ? types[id] : 0);
    attrs_[id] = attr_of(types_[id]);
    if (attrs_[id] == kAttrByte && parse_byte_token(piece(static_cast<TokenId>(id))) < 0) {
      return bad(kTokensKey, "token " + std::to_string(id) + " is of type byte, but its text is not <0xXX>");
    }
  }
  return Status::ok();
}

TokenId Vocabulary::byte_token(uint8_t byte) const {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const char text[] = {'<', '0', 'x', kHex[byte >> 4], kHex[byte & 15], '>'};
  return find({text, sizeof(text)});
}

}  // namespace wasmchord
