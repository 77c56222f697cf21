// WordPiece ("bert"): words are matched greedily by their longest known prefix.
// Source: BERT, tokenization.py, in the form of llama.cpp's llm_tokenizer_wpm: pieces that start a word carry U+2581,
// pieces inside a word carry nothing; accents are stripped by taking the first code point of the decomposition.
#include <algorithm>
#include <string>

#include "src/tokenizer/kinds.h"
#include "src/tokenizer/unicode.h"

namespace wasmchord {

namespace {

constexpr std::string_view kWordStart = "\xE2\x96\x81";  // U+2581

// The blocks that BERT takes for Chinese; 2B920 (for 2B820) as in the Hugging Face tokenizers and the reference.
bool is_chinese(uint32_t c) {
  constexpr uint32_t kBlocks[][2] = {{0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xF900, 0xFAFF},   {0x20000, 0x2A6DF},
                                     {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0x2F800, 0x2FA1F}};
  return std::any_of(std::begin(kBlocks), std::end(kBlocks),
                     [c](const uint32_t(&block)[2]) { return c >= block[0] && c <= block[1]; });
}

struct Normalizer {
  bool lower_case = true;
  bool strip_accents = true;
};

class WordPieceTokenizer final : public Tokenizer {
 public:
  WordPieceTokenizer(Vocabulary vocabulary, const Normalizer& normalizer)
      : Tokenizer("bert", std::move(vocabulary), true), normalizer_(normalizer) {
    std::vector<bool> seen(vocab().max_piece_size() + 1);
    for (uint32_t id = 0; id < vocab().size(); ++id) seen[vocab().piece(static_cast<TokenId>(id)).size()] = true;
    for (size_t size = seen.size() - 1; size > 0; --size) {
      if (seen[size]) sizes_.push_back(size);
    }
  }

 private:
  Status encode_text(std::string_view text, bool, std::vector<TokenId>* ids) const override {
    std::string word(kWordStart);
    const auto flush = [&] {
      if (word.size() > kWordStart.size()) encode_word(word, ids);
      word.assign(kWordStart);
    };
    while (!text.empty()) {
      const size_t size = unicode::valid_char_size(text);
      // U+FFFD, which an invalid byte becomes, is dropped like NUL and control characters.
      uint32_t c = size == 0 ? unicode::kReplacement : unicode::decode_valid(text.data()).code_point;
      text.remove_prefix(std::max<size_t>(size, 1));
      if (normalizer_.strip_accents) c = unicode::nfd_first(c);
      const uint8_t flags = unicode::flags(c);
      if ((flags & unicode::kSpace) != 0) {
        flush();
        continue;
      }
      if (c == 0 || c == unicode::kReplacement || (flags & unicode::kControl) != 0) continue;
      if (normalizer_.strip_accents && (flags & unicode::kMark) != 0) continue;
      const bool alone =
          (flags & unicode::kPunctuation) != 0 || (c < 0x7F && (flags & unicode::kSymbol) != 0) || is_chinese(c);
      if (alone) flush();
      unicode::append_utf8(normalizer_.lower_case ? unicode::to_lower(c) : c, &word);
      if (alone) flush();
    }
    flush();
    return Status::ok();
  }

  // The unknown token for a word that does not match to its end.
  void encode_word(std::string_view word, std::vector<TokenId>* ids) const {
    const size_t first = ids->size();
    while (!word.empty()) {
      const size_t matched = append_longest(word, ids);
      if (matched == 0) {
        ids->resize(first);
        if (unk() != kNoToken) ids->push_back(unk());
        return;
      }
      word.remove_prefix(matched);
    }
  }

  size_t append_longest(std::string_view word, std::vector<TokenId>* ids) const {
    for (const size_t size : sizes_) {
      if (size > word.size()) continue;
      if (const TokenId id = vocab().find(word.substr(0, size)); id != kNoToken) {
        ids->push_back(id);
        return size;
      }
    }
    return 0;
  }

  void append_normal(TokenId id, std::string* text) const override {
    std::string_view piece = vocab().piece(id);
    for (size_t at; (at = piece.find(kWordStart)) != piece.npos; piece.remove_prefix(at + kWordStart.size())) {
      text->append(piece.substr(0, at));
      text->push_back(' ');
    }
    text->append(piece);
  }

  Normalizer normalizer_;
  std::vector<size_t> sizes_;  // of pieces, descending
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> create_wordpiece(const gguf::Metadata& metadata, Vocabulary vocab) {
  SpecialIds defaults;
  defaults.bos = 101;
  defaults.unk = 100;
  defaults.sep = 102;
  defaults.pad = 0;
  defaults.add_bos = true;
  defaults.add_sep = true;
  WC_TRY(vocab.load_special(metadata, defaults));
  Normalizer normalizer;
  WC_ASSIGN(normalizer.lower_case, metadata.boolean_or("tokenizer.ggml.normalizer.lowercase", true));
  WC_ASSIGN(normalizer.strip_accents,
            metadata.boolean_or("tokenizer.ggml.normalizer.strip_accents", normalizer.lower_case));
  return std::unique_ptr<Tokenizer>(std::make_unique<WordPieceTokenizer>(std::move(vocab), normalizer));
}

}  // namespace wasmchord
