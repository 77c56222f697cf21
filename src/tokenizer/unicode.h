// UTF-8 and the few Unicode properties that tokenizers need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/tokenizer/unicode_tables.h"

namespace wasmchord::unicode {

inline constexpr uint32_t kReplacement = 0xFFFD;
inline constexpr std::string_view kReplacementUtf8 = "\xEF\xBF\xBD";

// Properties of a code point: at most one general category, and White_Space. Unassigned code points have none.
enum Flag : uint8_t {
  kLetter = 1,
  kNumber = 2,
  kMark = 4,
  kPunctuation = 8,
  kSymbol = 16,
  kControl = 32,  // Cc, Cf, Co, Cs
  kSpace = 64,    // White_Space
};

inline uint8_t flags(uint32_t code_point) {
  if (code_point >= 0x110000) return 0;
  return kFlagBlocks[kFlagIndex[code_point >> 7] * 128 + (code_point & 127)];
}

uint32_t to_lower(uint32_t code_point);   // first code point of the lower-case form
uint32_t nfd_first(uint32_t code_point);  // first code point of the canonical decomposition

struct Char {
  uint32_t code_point;
  uint32_t size;  // bytes
};

// The character at `p` of text known to be valid UTF-8.
inline Char decode_valid(const char* p) {
  const auto* b = reinterpret_cast<const uint8_t*>(p);
  if (b[0] < 0x80) return {b[0], 1};
  if (b[0] < 0xE0) return {(b[0] & 0x1Fu) << 6 | (b[1] & 0x3Fu), 2};
  if (b[0] < 0xF0) return {(b[0] & 0x0Fu) << 12 | (b[1] & 0x3Fu) << 6 | (b[2] & 0x3Fu), 3};
  return {(b[0] & 0x07u) << 18 | (b[1] & 0x3Fu) << 12 | (b[2] & 0x3Fu) << 6 | (b[3] & 0x3Fu), 4};
}

// Length of the valid UTF-8 character at the start of `text`; 0 where there is none (overlong forms, surrogates and
// code points above U+10FFFF are not valid).
size_t valid_char_size(std::string_view text);

// How the bytes of a stream go on: a character, nothing valid, or too short to tell.
enum class Utf8Next { kComplete, kInvalid, kIncomplete };
// `size`: bytes of the character (kComplete), or of the maximal ill-formed prefix that one U+FFFD replaces (kInvalid;
// Unicode 15, section 3.9, "Substitution of Maximal Subparts"). `text` is not empty.
Utf8Next classify(std::string_view text, size_t* size);

size_t valid_prefix(std::string_view text);  // bytes before the first invalid one
void append_utf8(uint32_t code_point, std::string* out);
// Appends `text` with every byte that is not part of a valid character replaced by U+FFFD.
void append_sanitized(std::string_view text, std::string* out);

}  // namespace wasmchord::unicode
