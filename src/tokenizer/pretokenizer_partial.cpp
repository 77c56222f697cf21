// Expressions that cut out parts of a text and leave the rest to the next one. Sources as in pretokenizer_passes.cpp.
#include <algorithm>
#include <span>

#include "src/tokenizer/pretokenizer_passes.h"
#include "src/tokenizer/scanner.h"

namespace wasmchord::pass {

namespace {

using unicode::kLetter;
using unicode::kNumber;
using unicode::kPunctuation;
using unicode::kSpace;

struct Range {
  uint32_t first;
  uint32_t last;
};

// The cased letters that deepseek-llm's tokenizer.json spells out: [A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6...].
constexpr Range kDeepseekLetters[] = {
    {0x0041, 0x005A},   {0x0061, 0x007A},   {0x00B5, 0x00B5},   {0x00C0, 0x00D6},   {0x00D8, 0x00F6},
    {0x00F8, 0x01BA},   {0x01BC, 0x01BF},   {0x01C4, 0x0293},   {0x0295, 0x02AF},   {0x0370, 0x0373},
    {0x0376, 0x0376},   {0x0377, 0x0377},   {0x037B, 0x037D},   {0x037F, 0x037F},   {0x0386, 0x0386},
    {0x0388, 0x038A},   {0x038C, 0x038C},   {0x038E, 0x03A1},   {0x03A3, 0x03F5},   {0x03F7, 0x0481},
    {0x048A, 0x052F},   {0x0531, 0x0556},   {0x10A0, 0x10C5},   {0x13A0, 0x13F5},   {0x13F8, 0x13FD},
    {0x1C90, 0x1CBA},   {0x1CBD, 0x1CBF},   {0x1D00, 0x1D2B},   {0x1D6B, 0x1D77},   {0x1D79, 0x1D9A},
    {0x1E00, 0x1F15},   {0x1F18, 0x1F1D},   {0x1F20, 0x1F45},   {0x1F48, 0x1F4D},   {0x1F50, 0x1F57},
    {0x1F59, 0x1F59},   {0x1F5B, 0x1F5B},   {0x1F5D, 0x1F5D},   {0x1F5F, 0x1F7D},   {0x1F80, 0x1FB4},
    {0x1FB6, 0x1FBC},   {0x1FBE, 0x1FBE},   {0x1FC2, 0x1FC4},   {0x1FC6, 0x1FCC},   {0x1FD0, 0x1FD3},
    {0x1FD6, 0x1FDB},   {0x1FE0, 0x1FEC},   {0x1FF2, 0x1FF4},   {0x1FF6, 0x1FFC},   {0x2102, 0x2102},
    {0x2107, 0x2107},   {0x210A, 0x2113},   {0x2115, 0x2115},   {0x2119, 0x211D},   {0x2124, 0x2124},
    {0x2126, 0x2126},   {0x2128, 0x2128},   {0x212A, 0x212D},   {0x212F, 0x2134},   {0x2139, 0x2139},
    {0x213C, 0x213F},   {0x2145, 0x2149},   {0x214E, 0x214E},   {0x2183, 0x2183},   {0x2184, 0x2184},
    {0x2C00, 0x2C7B},   {0x2C7E, 0x2CE4},   {0x2CEB, 0x2CEE},   {0x2CF2, 0x2CF2},   {0x2CF3, 0x2CF3},
    {0xA640, 0xA66D},   {0xA680, 0xA69B},   {0xA722, 0xA76F},   {0xA771, 0xA787},   {0xA78B, 0xA78E},
    {0xAB70, 0xABBF},   {0xFB00, 0xFB06},   {0xFB13, 0xFB17},   {0xFF21, 0xFF3A},   {0xFF41, 0xFF5A},
    {0x10400, 0x1044F}, {0x104B0, 0x104D3}, {0x104D8, 0x104FB}, {0x10C80, 0x10CB2}, {0x10CC0, 0x10CF2},
    {0x118A0, 0x118DF}, {0x1E900, 0x1E943},
};

// [!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]
constexpr Range kDeepseekPunctuation[] = {
    {0x21, 0x2F}, {0x3A, 0x7E}, {0x2018, 0x201F}, {0x3000, 0x3002}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF5E},
};

// [\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]
constexpr Range kDeepseekCjk[] = {{0x0800, 0x9FA5}, {0xAC00, 0xD7FF}};

// [\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]
constexpr Range kDeepseek3Cjk[] = {{0x3040, 0x30FF}, {0x4E00, 0x9FA5}};

// White space outside ASCII matches only \s in the reference, whatever ranges hold it.
bool is_in(const Scanner& s, std::span<const Range> ranges) {
  const uint32_t c = s.code_point();
  if (s.at_end() || (c > 0x7F && s.is(kSpace))) return false;
  const auto it =
      std::partition_point(ranges.begin(), ranges.end(), [c](const Range& range) { return range.last < c; });
  return it != ranges.end() && it->first <= c;
}

template <typename Test>
size_t one_or_more(std::string_view text, bool after_space, const Test& test) {
  Scanner s(text);
  if (after_space && s.is(kSpace)) s.next();
  const size_t first = s.consumed();
  while (!s.at_end() && test(s)) s.next();
  if (s.consumed() > first) return s.consumed();
  return 0;
}

size_t ranges(std::string_view text, bool after_space, std::span<const Range> set) {
  return one_or_more(text, after_space, [set](const Scanner& s) { return is_in(s, set); });
}

bool is_ascii_of(const Scanner& s, std::string_view set) {
  return s.code_point() < 0x80 && set.find(static_cast<char>(s.code_point())) != set.npos;
}

}  // namespace

// [\r\n]
size_t newline(std::string_view text) { return text[0] == '\r' || text[0] == '\n' ? 1 : 0; }

// \p{N}
size_t number(std::string_view text) {
  const Scanner s(text);
  return s.is(kNumber) ? unicode::decode_valid(text.data()).size : 0;
}

// \p{N}+
size_t numbers(std::string_view text) {
  return one_or_more(text, false, [](const Scanner& s) { return s.is(kNumber); });
}

// \p{N}{1,3}
size_t numbers_to_3(std::string_view text) {
  size_t count = 0;
  return one_or_more(text, false, [&count](const Scanner& s) { return s.is(kNumber) && ++count <= 3; });
}

// [0-9][0-9][0-9]
size_t three_digits(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() >= 3 && is_digit(text[0]) && is_digit(text[1]) && is_digit(text[2]) ? 3 : 0;
}

// [\p{P}$\+<=>\^~\|]+
size_t default_punctuation(std::string_view text) {
  return one_or_more(text, false, [](const Scanner& s) { return s.is(kPunctuation) || is_ascii_of(s, "$+<=>^~|"); });
}

// [\p{P}$\+<=>\^~\|`]+
size_t falcon_punctuation(std::string_view text) {
  return one_or_more(text, false, [](const Scanner& s) { return s.is(kPunctuation) || is_ascii_of(s, "$+<=>^~|`"); });
}

// \s?[A-Za-z\u00B5\u00C0-\u00D6...]+
size_t deepseek_llm_letters(std::string_view text) { return ranges(text, true, kDeepseekLetters); }

// \s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+
size_t deepseek_llm_punctuation(std::string_view text) { return ranges(text, true, kDeepseekPunctuation); }

// \s?\p{L}+
size_t deepseek_coder_letters(std::string_view text) {
  return one_or_more(text, true, [](const Scanner& s) { return s.is(kLetter); });
}

// \s?\p{P}+
size_t deepseek_coder_punctuation(std::string_view text) {
  return one_or_more(text, true, [](const Scanner& s) { return s.is(kPunctuation); });
}

// [\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+
size_t deepseek_cjk(std::string_view text) { return ranges(text, false, kDeepseekCjk); }

// [\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+
size_t deepseek3_cjk(std::string_view text) { return ranges(text, false, kDeepseek3Cjk); }

//  ?[^(\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+
size_t bloom(std::string_view text) {
  constexpr uint32_t kStops[] = {0x060C, 0x06D4, 0x0964, 0x2026, 0x3001, 0x3002, 0xFF0C};
  Scanner s(text);
  if (s.is_char(' ')) s.next();
  const size_t first = s.consumed();
  while (s.is_not(kSpace) && !is_ascii_of(s, "(|.,!?)") &&
         std::find(std::begin(kStops), std::end(kStops), s.code_point()) == std::end(kStops)) {
    s.next();
  }
  return s.consumed() > first ? s.consumed() : 0;
}

// \s+$ : found from the end, since a search from the front would look at every space run to its end.
size_t trailing_spaces(std::string_view text, size_t* size) {
  size_t begin = text.size();
  while (begin > 0) {
    size_t at = begin - 1;
    while (at > 0 && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80) --at;
    if ((unicode::flags(unicode::decode_valid(text.data() + at).code_point) & kSpace) == 0) break;
    begin = at;
  }
  *size = text.size() - begin;
  return begin;
}

}  // namespace wasmchord::pass
