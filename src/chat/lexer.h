// A template's source as tokens, by the rules of Jinja's lexer with trim_blocks and lstrip_blocks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace wasmchord::chat {

struct Position {
  uint32_t line = 1;
  uint32_t column = 1;  // in bytes
};

enum class TokenKind : uint8_t {
  kData,
  kBlockBegin,
  kBlockEnd,
  kPrintBegin,
  kPrintEnd,
  kName,
  kInt,
  kFloat,
  kString,
  kOperator,
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Position pos;
  std::string text;  // data, name, operator, or the string's value
  int64_t i = 0;
  double f = 0;

  bool is(std::string_view op) const { return kind == TokenKind::kOperator && text == op; }
  bool is_name(std::string_view name) const { return kind == TokenKind::kName && text == name; }
};

// `source` must be valid UTF-8. Fails with kBadTemplate. The last token is kEnd.
Result<std::vector<Token>> tokenize_template(std::string_view source);

// "line L, column C: what"
Status error_at(Code code, Position pos, std::string_view what);

}  // namespace wasmchord::chat
