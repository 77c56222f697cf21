// Expressions that cover a whole text. Each cites the regular expression it implements; source: the models' own
// tokenizer.json files, in the form in which llama.cpp (src/llama-vocab.cpp) applies them.
#include "src/tokenizer/pretokenizer_passes.h"

#include "src/tokenizer/scanner.h"

namespace wasmchord::pass {

namespace {

using unicode::kLetter;
using unicode::kMark;
using unicode::kNumber;
using unicode::kPunctuation;
using unicode::kSpace;
using unicode::kSymbol;

char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// '(s|t|m|d|re|ve|ll): bytes, or 0.
size_t contraction(std::string_view text, bool any_case) {
  if (text.size() < 2 || text[0] != '\'') return 0;
  const char a = any_case ? ascii_lower(text[1]) : text[1];
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
  if (text.size() < 3) return 0;
  const char b = any_case ? ascii_lower(text[2]) : text[2];
  return (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l') ? 3 : 0;
}

// \s+(?!\S)|\s+ : a run of white space leaves its last character to a word that follows it.
size_t spaces(std::string_view text) {
  Scanner s(text);
  size_t last = 0;
  while (s.is(kSpace)) {
    last = s.consumed();
    s.next();
  }
  return s.at_end() || last == 0 ? s.consumed() : last;
}

// \s*[\r\n]+ : white space up to its last line break; 0 without one.
size_t line_breaks(std::string_view text) {
  Scanner s(text);
  size_t end = 0;
  while (s.is(kSpace)) {
    const bool is_break = s.is_newline();
    s.next();
    if (is_break) end = s.consumed();
  }
  return end;
}

size_t spaces_with_breaks(std::string_view text) {
  const size_t size = line_breaks(text);
  return size > 0 ? size : spaces(text);
}

// [^\r\n\p{L}\p{N}]?W+ with W the classes `word`; `joined` is [^...] as a set of classes beyond \r and \n.
size_t prefixed_word(std::string_view text, uint8_t joined, uint8_t word) {
  Scanner s(text);
  if (!s.is(word)) {
    if (s.is_newline() || s.is(joined)) return 0;
    s.next();
    if (!s.is(word)) return 0;
  }
  s.skip(word);
  return s.consumed();
}

size_t numbers_up_to(std::string_view text, size_t limit) {
  Scanner s(text);
  for (size_t i = 0; i < limit && s.is(kNumber); ++i) s.next();
  return s.consumed();
}

// " ?[^\s\p{L}\p{N}...]+" followed by line breaks and, where `slash`, by '/'.
size_t others(std::string_view text, uint8_t word, bool breaks, bool slash) {
  Scanner s(text);
  if (s.is_char(' ')) s.next();
  const size_t first = s.consumed();
  s.skip_not(kSpace | word);
  if (s.consumed() == first) return 0;
  while ((breaks && s.is_newline()) || (slash && s.is_char('/'))) s.next();
  return s.consumed();
}

struct Shape {
  size_t max_numbers;   // \p{N}{1,max}
  uint8_t word;         // classes of a word
  bool trailing_break;  // [\r\n]* after punctuation
};

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?W+|\p{N}{1,max}| ?[^\sW\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
size_t words(std::string_view text, const Shape& shape) {
  size_t size = contraction(text, true);
  if (size == 0) size = prefixed_word(text, kLetter | kNumber, shape.word);
  if (size == 0) size = numbers_up_to(text, shape.max_numbers);
  if (size == 0) size = others(text, shape.word | kNumber, shape.trailing_break, false);
  return size > 0 ? size : spaces_with_breaks(text);
}

bool is_upper_like(const Scanner& s) {  // a letter, not a-z
  return s.is(kLetter) && !(s.code_point() >= 'a' && s.code_point() <= 'z');
}

bool is_lower_like(const Scanner& s) {  // a letter, not A-Z
  return s.is(kLetter) && !(s.code_point() >= 'A' && s.code_point() <= 'Z');
}

// X?U*L+|X?U+L* with X = [^\r\n\p{L}\p{N}], U = (?=[\p{L}])[^a-z], L = (?=[\p{L}])[^A-Z]. A letter outside ASCII is
// both, so U* may have to give letters back to L+.
size_t cased_word(std::string_view text) {
  Scanner s(text);
  if (!s.is(kLetter)) {
    if (s.at_end() || s.is_newline() || s.is(kNumber)) return 0;
    s.next();
  }
  const size_t first = s.consumed();
  size_t last_both = 0;  // end of the last letter that U* could give back
  while (is_upper_like(s)) {
    const bool both = is_lower_like(s);
    s.next();
    if (both) last_both = s.consumed();
  }
  const size_t upper_end = s.consumed();
  while (is_lower_like(s)) s.next();
  if (s.consumed() > upper_end) return s.consumed();
  if (last_both > 0) return last_both;
  return upper_end > first ? upper_end : 0;
}

}  // namespace

// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
size_t gpt2(std::string_view text) {
  if (const size_t size = contraction(text, false)) return size;
  Scanner s(text);
  if (s.is_char(' ')) s.next();
  const size_t first = s.consumed();
  if (s.is(kLetter)) {
    s.skip(kLetter);
  } else if (s.is(kNumber)) {
    s.skip(kNumber);
  } else {
    s.skip_not(kSpace | kLetter | kNumber);
  }
  return s.consumed() > first ? s.consumed() : spaces(text);
}

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
size_t llama3(std::string_view text) { return words(text, {3, kLetter, true}); }

// As llama3, with \p{N} for \p{N}{1,3}.
size_t qwen2(std::string_view text) { return words(text, {1, kLetter, true}); }

// As llama3, with \p{N}+ for \p{N}{1,3}.
size_t minicpm5(std::string_view text) { return words(text, {SIZE_MAX, kLetter, true}); }

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}|
// ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)| \s+
size_t qwen35(std::string_view text) { return words(text, {1, kLetter | kMark, true}); }

// '(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|
// \s+(?!\S)|\s+ : as qwen2, since \s* takes all line breaks but the last.
size_t bailing(std::string_view text) { return qwen2(text); }

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+
size_t seed_coder(std::string_view text) { return words(text, {1, kLetter, false}); }

// W(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+ with W as at
// cased_word().
size_t gpt4o(std::string_view text) {
  size_t size = cased_word(text);
  if (size > 0) return size + contraction(text.substr(size), true);
  size = numbers_up_to(text, 3);
  if (size == 0) size = others(text, kLetter | kNumber, true, true);
  return size > 0 ? size : spaces_with_breaks(text);
}

// W|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+ with W as at cased_word().
size_t tekken(std::string_view text) {
  size_t size = cased_word(text);
  if (size == 0) size = numbers_up_to(text, 1);
  if (size == 0) size = others(text, kLetter | kNumber, true, true);
  return size > 0 ? size : spaces_with_breaks(text);
}

// [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|
// ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+| \s+(?!\S)|\s+
size_t deepseek3(std::string_view text) {
  const auto is_ascii_letter = [](char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; };
  if (text[0] > ' ' && text[0] < 0x7F && unicode::flags(static_cast<uint8_t>(text[0])) & (kPunctuation | kSymbol)) {
    size_t size = 1;
    while (size < text.size() && is_ascii_letter(text[size])) ++size;
    if (size > 1) return size;
  }
  if (const size_t size = prefixed_word(text, kLetter | kPunctuation | kSymbol, kLetter | kMark)) return size;
  Scanner s(text);
  if (s.is_char(' ')) s.next();
  if (s.is(kPunctuation | kSymbol)) {
    s.skip(kPunctuation | kSymbol);
    while (s.is_newline()) s.next();
    return s.consumed();
  }
  return spaces_with_breaks(text);
}

}  // namespace wasmchord::pass
