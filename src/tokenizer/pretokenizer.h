// Pre-tokenizers of byte-level BPE: how a text is cut into words before merging.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "src/base/status.h"

namespace wasmchord {

// One regular expression. Gives the bytes that it matches at the start of `text` (0: it does not match there). `text`
// is not empty, valid UTF-8, and ends where the piece ends that the expression is applied to; nothing before it counts.
using Match = size_t (*)(std::string_view text);

// The same as a search: bytes before the first match; *size: of that match, or 0 if there is none.
using Find = size_t (*)(std::string_view text, size_t* size);

// The expressions are applied one after the other, as the reference (llama.cpp, unicode_regex_split) does: each cuts
// every piece of the one before into its matches and what lies between them.
struct Pretokenizer {
  std::string_view name;  // `tokenizer.ggml.pre`
  std::span<const Find> passes;
  bool ignore_merges;  // a word that is a token stays whole, whatever the merges say
  bool add_bos;        // the family's rule where the file has none
};

const Pretokenizer* find_pretokenizer(std::string_view name);  // null if unknown

// Calls word(std::string_view) for the words of `text` in order, until it returns false; whether it never did.
template <typename Word>
bool split_words(std::span<const Find> passes, std::string_view text, const Word& word) {
  if (passes.empty()) return word(text);
  while (!text.empty()) {
    size_t size;
    const size_t gap = passes.front()(text, &size);
    if (gap > 0 && !split_words(passes.subspan(1), text.substr(0, gap), word)) return false;
    if (size > 0 && !split_words(passes.subspan(1), text.substr(gap, size), word)) return false;
    text.remove_prefix(gap + size);
  }
  return true;
}

}  // namespace wasmchord
