// Byte-level BPE ("gpt2"): words cut by regular expressions, then merged in the order of a list of merges.
// Source: GPT-2, encoder.py; rules of the pre-tokenizers and of bytes without a token: llama.cpp, llm_tokenizer_bpe.
#include <array>
#include <string>

#include "src/tokenizer/byte_alphabet.h"
#include "src/tokenizer/kinds.h"
#include "src/tokenizer/merge_table.h"
#include "src/tokenizer/pretokenizer.h"
#include "src/tokenizer/unicode.h"
#include "src/tokenizer/word_cache.h"

namespace wasmchord {

namespace {

constexpr std::string_view kPreKey = "tokenizer.ggml.pre";
constexpr std::string_view kMergesKey = "tokenizer.ggml.merges";

class BpeTokenizer final : public Tokenizer {
 public:
  BpeTokenizer(Vocabulary vocabulary, const Pretokenizer& pretokenizer, MergeTable merges)
      : Tokenizer("gpt2", std::move(vocabulary), false), pretokenizer_(pretokenizer), merges_(std::move(merges)) {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const char raw = static_cast<char>(byte);
      char text[2];
      bytes_[byte] = vocab().find({text, write_in_alphabet({&raw, 1}, text)});
    }
  }

 private:
  Status encode_text(std::string_view text, bool, std::vector<TokenId>* ids) const override {
    std::string sanitized;
    if (unicode::valid_prefix(text) < text.size()) {
      unicode::append_sanitized(text, &sanitized);
      text = sanitized;
    }
    WordCache cache(text.size());
    Merger merger;
    split_words(pretokenizer_.passes, text, [&](std::string_view word) {
      if (cache.append(word, ids)) return true;
      const size_t first = ids->size();
      encode_word(word, &merger, ids);
      cache.insert(word, first, *ids);
      return true;
    });
    return Status::ok();
  }

  // The token that a whole word is.
  TokenId find_word(std::string_view word) const {
    constexpr size_t kOnStack = 64;
    if (word.size() <= kOnStack) {
      char text[2 * kOnStack];
      return vocab().find({text, write_in_alphabet(word, text)});
    }
    if (word.size() > vocab().max_piece_size()) return kNoToken;
    std::string text(2 * word.size(), '\0');
    text.resize(write_in_alphabet(word, text.data()));
    return vocab().find(text);
  }

  void encode_word(std::string_view word, Merger* merger, std::vector<TokenId>* ids) const {
    if (pretokenizer_.ignore_merges) {
      if (const TokenId id = find_word(word); id != kNoToken) return ids->push_back(id);
    }
    std::vector<Symbol>& symbols = merger->symbols();
    symbols.clear();
    for (uint32_t i = 0; i < word.size(); ++i) symbols.push_back({i, i + 1, bytes_[static_cast<uint8_t>(word[i])]});
    merger->run([this](const Symbol& left, const Symbol& right) -> Merge { return merges_.find(left.id, right.id); });
    for (const Symbol& symbol : symbols) {
      // A byte without a token is dropped, as the reference does.
      if (symbol.id != kNoToken) ids->push_back(symbol.id);
    }
  }

  void append_normal(TokenId id, std::string* text) const override {
    std::string_view piece = vocab().piece(id);
    while (!piece.empty()) {
      const size_t size = unicode::valid_char_size(piece);
      const int32_t byte = size == 0 ? -1 : byte_of_character(unicode::decode_valid(piece.data()).code_point);
      if (byte >= 0) {
        text->push_back(static_cast<char>(byte));
      } else {
        text->append(piece.substr(0, size == 0 ? 1 : size));  // not written in the alphabet: as it stands
      }
      piece.remove_prefix(size == 0 ? 1 : size);
    }
  }

  const Pretokenizer& pretokenizer_;
  MergeTable merges_;
  std::array<TokenId, 256> bytes_;
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> create_bpe(const gguf::Metadata& metadata, Vocabulary vocab) {
  WC_ASSIGN(const std::string_view name, metadata.string_or(kPreKey, "default"));
  const Pretokenizer* pretokenizer = find_pretokenizer(name);
  if (pretokenizer == nullptr) return unsupported_tokenizer(kPreKey, name);
  WC_ASSIGN(const std::span<const std::string_view> lines, metadata.strings(kMergesKey));
  MergeTable merges;
  WC_TRY(merges.build(lines, vocab));
  SpecialIds defaults;
  defaults.add_bos = pretokenizer->add_bos;
  WC_TRY(vocab.load_special(metadata, defaults));
  return std::unique_ptr<Tokenizer>(std::make_unique<BpeTokenizer>(std::move(vocab), *pretokenizer, std::move(merges)));
}

}  // namespace wasmchord
