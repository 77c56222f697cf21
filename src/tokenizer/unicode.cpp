#include "src/tokenizer/unicode.h"

#include <algorithm>
#include <cstring>

namespace wasmchord::unicode {

uint32_t to_lower(uint32_t code_point) {
  if (code_point < 0x80) return code_point >= 'A' && code_point <= 'Z' ? code_point + 32 : code_point;
  const LowerRange* end = kLowerRanges + kLowerRangeCount;
  const LowerRange* it = std::upper_bound(kLowerRanges, end, code_point,
                                          [](uint32_t c, const LowerRange& range) { return c < range.first; });
  if (it == kLowerRanges) return code_point;
  --it;
  if (code_point > it->last || (code_point - it->first) % it->stride != 0) return code_point;
  return static_cast<uint32_t>(static_cast<int32_t>(code_point) + it->delta);
}

uint32_t nfd_first(uint32_t code_point) {
  constexpr uint32_t kMask = (1u << 21) - 1;
  if (code_point < 0xC0) return code_point;
  const NfdRange* end = kNfdRanges + kNfdRangeCount;
  const NfdRange* it = std::upper_bound(kNfdRanges, end, code_point,
                                        [](uint32_t c, const NfdRange& range) { return c < (range.run & kMask); });
  if (it == kNfdRanges) return code_point;
  --it;
  return code_point - (it->run & kMask) <= it->run >> 21 ? it->nfd : code_point;
}

Utf8Next classify(std::string_view text, size_t* size) {
  const auto* b = reinterpret_cast<const uint8_t*>(text.data());
  const uint8_t lead = b[0];
  *size = 1;
  if (lead < 0x80) return Utf8Next::kComplete;
  if (lead < 0xC2 || lead > 0xF4) return Utf8Next::kInvalid;
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // Table 3-7 of the Unicode standard: only the second byte has a narrower range, after E0, ED, F0 and F4.
  uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (size_t i = 1; i < length; ++i) {
    if (i == text.size()) return Utf8Next::kIncomplete;
    if (b[i] < low || b[i] > high) return Utf8Next::kInvalid;
    *size = i + 1;
    low = 0x80;
    high = 0xBF;
  }
  return Utf8Next::kComplete;
}

size_t valid_char_size(std::string_view text) {
  size_t size;
  if (text.empty() || classify(text, &size) != Utf8Next::kComplete) return 0;
  return size;
}

size_t valid_prefix(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    uint64_t word;
    while (i + 8 <= text.size() && (std::memcpy(&word, text.data() + i, 8), (word & 0x8080808080808080u) == 0)) i += 8;
    if (i == text.size()) break;
    const size_t size = valid_char_size(text.substr(i, 4));
    if (size == 0) return i;
    i += size;
  }
  return i;
}

void append_utf8(uint32_t c, std::string* out) {
  const auto put = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | c >> 6);
    return put(0x80 | (c & 0x3F));
  }
  if (c < 0x10000) {
    put(0xE0 | c >> 12);
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
  }
  put(0x80 | (c >> 6 & 0x3F));
  put(0x80 | (c & 0x3F));
}

void append_sanitized(std::string_view text, std::string* out) {
  while (!text.empty()) {
    const size_t valid = valid_prefix(text);
    out->append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) return;
    out->append(kReplacementUtf8);
    text.remove_prefix(1);
  }
}

}  // namespace wasmchord::unicode
