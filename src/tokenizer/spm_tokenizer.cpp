// SentencePiece BPE ("llama"): pairs merge by the score of the piece they make.
// Algorithm: SentencePiece, src/bpe_model.cc, in the form of llama.cpp's llm_tokenizer_spm, whose ids are the reference
// where the two differ: every token is a candidate for a merge, control tokens included, and invalid UTF-8 falls back
// to its bytes instead of becoming U+FFFD.
#include <algorithm>
#include <bit>
#include <string>

#include "src/tokenizer/kinds.h"
#include "src/tokenizer/merge.h"
#include "src/tokenizer/unicode.h"
#include "src/tokenizer/word_cache.h"

namespace wasmchord {

namespace {

constexpr std::string_view kSpace = "\xE2\x96\x81";  // U+2581 stands for a space in pieces

// Bytes of the first symbol: a character, or an invalid byte. (In the reference an invalid lead byte takes the bytes
// after it along, so that a space there is lost.)
size_t symbol_size(std::string_view text) {
  if (static_cast<uint8_t>(text[0]) < 0x80) return 1;
  return std::max<size_t>(unicode::valid_char_size(text.substr(0, 4)), 1);
}

// Ascending key for descending score. -0 and 0 are one score.
uint32_t merge_key(float score) {
  const auto bits = std::bit_cast<uint32_t>(score + 0.0f);
  return (bits & 0x80000000u) != 0 ? bits : ~(bits | 0x80000000u);
}

void append_escaped(std::string_view text, std::string* out) {
  for (size_t at; (at = text.find(' ')) != text.npos; text.remove_prefix(at + 1)) {
    out->append(text.substr(0, at));
    out->append(kSpace);
  }
  out->append(text);
}

// SentencePiece's `remove_extra_whitespaces` (normalizer.cc): no spaces at either end, one between words; at the end,
// U+2581 counts as a space.
void append_collapsed(std::string_view text, std::string* out) {
  const size_t start = out->size();
  for (const char c : text) {
    if (c == ' ' && (out->size() == start || out->back() == ' ')) continue;
    out->push_back(c);
  }
  for (std::string_view rest = *out; out->size() > start; rest = *out) {
    if (rest.ends_with(' ')) {
      out->pop_back();
    } else if (rest.ends_with(kSpace)) {
      out->resize(out->size() - kSpace.size());
    } else {
      break;
    }
  }
}

bool starts_with_space(std::string_view text) { return text.substr(0, kSpace.size()) == kSpace; }

class SpmTokenizer final : public Tokenizer {
 public:
  struct Options {
    bool add_space_prefix;
    bool remove_extra_spaces;
  };
  SpmTokenizer(Vocabulary vocabulary, const Options& options)
      : Tokenizer("llama", std::move(vocabulary), options.add_space_prefix),
        remove_extra_spaces_(options.remove_extra_spaces) {
    const auto size = static_cast<TokenId>(vocab().size());
    for (TokenId id = 0; id < size && splits_; ++id) splits_ = !joins_words(vocab().piece(id));
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const char raw = static_cast<char>(byte);
      bytes_[byte] = vocab().byte_token(static_cast<uint8_t>(byte));
      if (bytes_[byte] == kNoToken) bytes_[byte] = vocab().find({&raw, 1});
    }
  }

 private:
  // Whether the piece has a space symbol behind another symbol, so that a merge can reach from one word into the next.
  static bool joins_words(std::string_view piece) {
    bool after_other = false;
    for (size_t i = 0; i < piece.size(); i += symbol_size(piece.substr(i))) {
      const bool space = starts_with_space(piece.substr(i));
      if (space && after_other) return true;
      after_other = !space;
    }
    return false;
  }

  Status encode_text(std::string_view text, bool at_start, std::vector<TokenId>* ids) const override {
    std::string collapsed;
    if (remove_extra_spaces_) {
      append_collapsed(text, &collapsed);
      text = collapsed;
      if (text.empty()) return Status::ok();
    }
    std::string escaped;
    escaped.reserve(text.size() + text.size() / 2 + kSpace.size());
    if (at_start && adds_space()) escaped.append(kSpace);
    append_escaped(text, &escaped);

    WordCache cache(escaped.size());
    Merger merger;
    for (std::string_view rest = escaped; !rest.empty();) {
      const std::string_view word = rest.substr(0, word_size(rest));
      rest.remove_prefix(word.size());
      if (cache.append(word, ids)) continue;
      const size_t first = ids->size();
      WC_TRY(encode_word(word, &merger, ids));
      cache.insert(word, first, *ids);
    }
    return Status::ok();
  }

  // Up to the first space symbol behind another symbol. Where no piece joins words, no merge crosses that place, so
  // words can be merged one by one with the result of merging the whole text.
  size_t word_size(std::string_view text) const {
    if (!splits_) return text.size();
    bool after_other = false;
    size_t i = 0;
    while (i < text.size()) {
      const auto byte = static_cast<uint8_t>(text[i]);
      if (byte < 0x80) {
        after_other = true;
        ++i;
        continue;
      }
      const bool space = byte == 0xE2 && starts_with_space(text.substr(i));
      if (space && after_other) return i;
      after_other = !space;
      i += symbol_size(text.substr(i));
    }
    return text.size();
  }

  Status encode_word(std::string_view word, Merger* merger, std::vector<TokenId>* ids) const {
    std::vector<Symbol>& symbols = merger->symbols();
    symbols.clear();
    for (size_t i = 0; i < word.size();) {
      const size_t end = i + symbol_size(word.substr(i));
      symbols.push_back({static_cast<uint32_t>(i), static_cast<uint32_t>(end), kNoToken});
      i = end;
    }
    merger->run([this, word](const Symbol& left, const Symbol& right) -> Merge {
      const TokenId id = vocab().find(word.substr(left.begin, right.end - left.begin));
      return id == kNoToken ? Merge{kNoMerge, id} : Merge{merge_key(vocab().score(id)), id};
    });
    for (const Symbol& symbol : symbols) {
      TokenId id = symbol.id;
      const std::string_view text = word.substr(symbol.begin, symbol.end - symbol.begin);
      if (id == kNoToken) id = vocab().find(text);
      if (id != kNoToken) {
        ids->push_back(id);
      } else {
        WC_TRY(append_bytes(text, ids));
      }
    }
    return Status::ok();
  }

  // A symbol that is no token: its bytes, or the unknown token where the vocabulary lacks one of them.
  Status append_bytes(std::string_view text, std::vector<TokenId>* ids) const {
    const size_t size = ids->size();
    for (const char c : text) {
      const TokenId id = bytes_[static_cast<uint8_t>(c)];
      if (id != kNoToken) {
        ids->push_back(id);
        continue;
      }
      ids->resize(size);
      if (unk() == kNoToken)
        return Status(Code::kBadVocabulary, "no token for a byte of the text, and none for unknown");
      ids->push_back(unk());
      return Status::ok();
    }
    return Status::ok();
  }

  void append_normal(TokenId id, std::string* text) const override {
    std::string_view piece = vocab().piece(id);
    for (size_t at; (at = piece.find(kSpace)) != piece.npos; piece.remove_prefix(at + kSpace.size())) {
      text->append(piece.substr(0, at));
      text->push_back(' ');
    }
    text->append(piece);
  }

  bool remove_extra_spaces_;
  bool splits_ = true;  // words can be merged one by one
  TokenId bytes_[256];  // token of each byte, or kNoToken
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> create_spm(const gguf::Metadata& metadata, Vocabulary vocab) {
  SpecialIds defaults;
  defaults.bos = 1;
  defaults.eos = 2;
  defaults.unk = 0;
  defaults.add_bos = true;
  WC_TRY(vocab.load_special(metadata, defaults));
  SpmTokenizer::Options options;
  WC_ASSIGN(options.add_space_prefix, metadata.boolean_or("tokenizer.ggml.add_space_prefix", true));
  WC_ASSIGN(options.remove_extra_spaces, metadata.boolean_or("tokenizer.ggml.remove_extra_whitespaces", false));
  return std::unique_ptr<Tokenizer>(std::make_unique<SpmTokenizer>(std::move(vocab), options));
}

}  // namespace wasmchord
