// The sentencepiece library as an oracle for the "llama" kind.
//
// What "no difference" means: on valid UTF-8 the ids are equal. On invalid UTF-8 the two differ by design: the library
// first replaces every byte that is not part of a character by U+FFFD, while we, like llama.cpp, fall back to the bytes
// themselves and lose nothing. There, our ids of the replaced text are compared with the library's ids of the raw text,
// and our own ids of the raw text must decode to it. Llama 2's normaliser is the identity.
#include <gtest/gtest.h>
#include <sentencepiece_processor.h>

#include <random>

#include "src/tokenizer/unicode.h"
#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

class Texts {
 public:
  explicit Texts(uint64_t seed) : random_(seed) {}

  std::string next(bool allow_invalid) {
    std::string text;
    for (uint64_t n = below(30); n > 0; --n) append_part(allow_invalid, &text);
    return text;
  }

 private:
  uint64_t below(uint64_t n) { return random_() % n; }

  uint32_t code_point() {
    switch (below(12)) {
      case 0:
        return 0x300 + below(0x70);  // combining marks
      case 1:
        return 0x1F300 + below(0x400);  // emoji
      case 2:
        return 0x4E00 + below(0x5200);  // ideographs
      case 3:
        return 0xA0 + below(0x560);  // Latin, Greek, Cyrillic
      case 4:
        return 0x900 + below(0x700);  // Indic
      case 5:
        return 0xAC00 + below(0x2BA4);  // Hangul
      case 6:
        return below(0x20);  // control characters
      case 7:
        return 0x2000 + below(0x600);  // spaces, joiners, symbols, U+2581
      case 8: {
        const auto any = static_cast<uint32_t>(below(0x110000));
        return any >= 0xD800 && any < 0xE000 ? 0x10FFFF : any;
      }
      default:
        return 0x20 + below(0x5F);
    }
  }

  void append_part(bool allow_invalid, std::string* text) {
    static constexpr const char* kParts[] = {"<s>",
                                             "</s>",
                                             "<unk>",
                                             "<0x41>",
                                             " the",
                                             "ing",
                                             "tion ",
                                             "    ",
                                             "\n\n",
                                             "\xE2\x96\x81",
                                             "\xE2\x96\x81\xE2\x96\x81",
                                             "http://",
                                             "1234",
                                             " .",
                                             "\r\n"};
    switch (below(allow_invalid ? 8 : 7)) {
      case 0:
        *text += kParts[below(std::size(kParts))];
        break;
      case 1: {  // a run
        const uint32_t c = code_point();
        for (uint64_t n = below(50); n > 0; --n) unicode::append_utf8(c, text);
        break;
      }
      case 2:
        text->append(below(20), ' ');
        break;
      case 7:  // stray bytes, truncated and overlong sequences
        for (uint64_t n = 1 + below(4); n > 0; --n)
          text->push_back(static_cast<char>(below(2) ? 0x80 + below(0x80) : below(256)));
        break;
      default:
        unicode::append_utf8(code_point(), text);
        break;
    }
  }

  std::mt19937_64 random_;
};

class SentencePieceOracle : public ::testing::Test {
 protected:
  void load(const std::string& model, const std::string& vocabulary) {
    if (!exists(model) || !exists(vocabulary)) GTEST_SKIP() << "needs " << model << " and " << vocabulary;
    ASSERT_TRUE(library_.LoadFromSerializedProto(read_text(model)).ok());
    auto tokenizer = create_from_file(vocabulary);
    ASSERT_TRUE(tokenizer.is_ok()) << tokenizer.status().message();
    tokenizer_ = *std::move(tokenizer);
  }
  void load_llama2() {
    load(shared_path("tokenizers/llama2.sentencepiece.model"), shared_path("tokenizers/vocab/llama-spm.gguf"));
  }
  std::vector<TokenId> library_ids(const std::string& text) const {
    std::vector<int> ids;
    EXPECT_TRUE(library_.Encode(text, &ids).ok());
    return ids;
  }
  void compare(uint64_t seed, int count, bool allow_invalid) {
    Texts texts(seed);
    for (int i = 0; i < count; ++i) {
      const std::string text = texts.next(allow_invalid);
      const bool valid = unicode::valid_prefix(text) == text.size();
      std::string replaced;
      unicode::append_sanitized(text, &replaced);
      ASSERT_EQ(encode(*tokenizer_, replaced), library_ids(text)) << "seed " << seed << ", text " << i << ": " << text;
      if (!valid) {
        ASSERT_EQ(decode(*tokenizer_, encode(*tokenizer_, text)), readable(*tokenizer_, text)) << i;
      }
    }
  }
  sentencepiece::SentencePieceProcessor library_;
  std::unique_ptr<Tokenizer> tokenizer_;
};

TEST_F(SentencePieceOracle, Llama2OnValidTexts) {
  load_llama2();
  if (tokenizer_ != nullptr) compare(1, 70000, false);
}

TEST_F(SentencePieceOracle, Llama2OnTextsWithInvalidBytes) {
  load_llama2();
  if (tokenizer_ != nullptr) compare(2, 30000, true);
}

TEST_F(SentencePieceOracle, Llama2OnDifficultTexts) {
  load_llama2();
  if (tokenizer_ == nullptr) return;
  for (const std::string& text : difficult_texts()) EXPECT_EQ(encode(*tokenizer_, text), library_ids(text)) << text;
}

TEST_F(SentencePieceOracle, Tales) {
  load(shared_path("models/tales/tokenizer.model"), data_path("models/tales-1m-q8_0.gguf"));
  if (tokenizer_ != nullptr) compare(3, 20000, true);
}

// The library with `remove_extra_whitespaces` switched on in its model: the fields of normalizer_spec are
// name (tag 0x0A), precompiled_charsmap (0x12), add_dummy_prefix (0x18), remove_extra_whitespaces (0x20).
TEST_F(SentencePieceOracle, RemovesExtraSpaces) {
  const std::string model = shared_path("tokenizers/llama2.sentencepiece.model");
  const std::string vocabulary = shared_path("tokenizers/vocab/llama-spm.gguf");
  if (!exists(model) || !exists(vocabulary)) GTEST_SKIP() << "needs " << model << " and " << vocabulary;
  std::string proto = read_text(model);
  const std::string off("identity\x12\x00\x18\x01\x20\x00", 14);
  const size_t at = proto.rfind(off);
  ASSERT_NE(at, proto.npos);
  proto[at + off.size() - 1] = 1;
  ASSERT_TRUE(library_.LoadFromSerializedProto(proto).ok());

  const auto header = header_of([&] {
    const auto plain = create_from_file(vocabulary);
    GgufBuilder file;
    std::vector<std::string> tokens;
    std::vector<float> scores;
    std::vector<int32_t> types;
    for (TokenId id = 0; id < static_cast<TokenId>((*plain)->vocab_size()); ++id) {
      tokens.emplace_back((*plain)->piece(id));
      scores.push_back((*plain)->score(id));
      types.push_back(static_cast<int32_t>((*plain)->type(id)));
    }
    file.kv("tokenizer.ggml.model", "llama").array("tokenizer.ggml.tokens", tokens);
    file.array("tokenizer.ggml.scores", scores).array("tokenizer.ggml.token_type", types);
    return file.kv("tokenizer.ggml.remove_extra_whitespaces", true);
  }());
  auto tokenizer = Tokenizer::create(header->metadata);
  ASSERT_TRUE(tokenizer.is_ok());
  Texts texts(4);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = texts.next(false);
    ASSERT_EQ(encode(**tokenizer, text), library_ids(text)) << i << ": [" << text << "]";
  }
}

}  // namespace
}  // namespace wasmchord::test
