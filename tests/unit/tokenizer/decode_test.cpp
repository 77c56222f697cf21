// Ids back to text: round trips, and streams cut anywhere.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <thread>

#include "src/tokenizer/unicode.h"
#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

std::string stream(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, bool special = false) {
  StreamDecoder decoder(&tokenizer, special);
  std::string text;
  for (const TokenId id : ids) {
    const size_t size = text.size();
    EXPECT_TRUE(decoder.push(id, &text).is_ok());
    const std::string_view added = std::string_view(text).substr(size);
    EXPECT_EQ(unicode::valid_prefix(added), added.size()) << "incomplete text given out";
  }
  decoder.flush(&text);
  return text;
}

// Byte tokens for the text.
std::vector<TokenId> as_bytes(std::string_view text) {
  std::vector<TokenId> ids;
  for (const char c : text) ids.push_back(3 + static_cast<uint8_t>(c));
  return ids;
}

TEST(Decode, FirstSpaceIsRemovedWhereEncodeAddsOne) {
  const auto tokenizer = make(micro_spm().builder());
  for (const std::string text : {"the a", " the", "  ", " ", "", "a"}) {
    EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, text, {true, false})), text);
    EXPECT_EQ(stream(*tokenizer, encode(*tokenizer, text, {true, false})), text);
  }
  const auto without = make(micro_spm().builder().kv("tokenizer.ggml.add_space_prefix", false));
  for (const std::string text : {"the a", " the", "  "}) {
    EXPECT_EQ(decode(*without, encode(*without, text, {true, false})), text);
  }
}

TEST(Decode, SpecialTokensInTheText) {
  const auto tokenizer = make(micro_spm().builder());
  const std::string text = "the</s>a</s> b<unk>c";
  const std::vector<TokenId> ids = encode(*tokenizer, text, {false, true});
  EXPECT_EQ(decode(*tokenizer, ids, true), text);
  EXPECT_EQ(decode(*tokenizer, ids, false), "thea bc");
}

TEST(Decode, OneTokenIsNotTrimmed) {
  const MicroVocabulary vocabulary = micro_spm();
  const auto tokenizer = make(vocabulary.builder());
  std::string text;
  ASSERT_TRUE(tokenizer->decode_token(vocabulary.id("\xE2\x96\x81the"), false, &text).is_ok());
  EXPECT_EQ(text, " the");
}

TEST(Decode, ContinuedTextKeepsItsFirstSpace) {
  const MicroVocabulary vocabulary = micro_spm();
  const auto tokenizer = make(vocabulary.builder());
  StreamDecoder decoder(tokenizer.get(), false);
  std::string text;
  decoder.reset(false);
  ASSERT_TRUE(decoder.push(vocabulary.id("\xE2\x96\x81the"), &text).is_ok());
  EXPECT_EQ(text, " the");
  decoder.reset(true);
  ASSERT_TRUE(decoder.push(vocabulary.id("\xE2\x96\x81the"), &text).is_ok());
  ASSERT_TRUE(decoder.push(vocabulary.id("\xE2\x96\x81the"), &text).is_ok());
  EXPECT_EQ(text, " thethe the");
}

TEST(Stream, HoldsBackWhatIsIncomplete) {
  const auto tokenizer = make(micro_spm().builder().kv("tokenizer.ggml.add_space_prefix", false));
  const std::string rocket = "\xF0\x9F\x9A\x80";
  StreamDecoder decoder(tokenizer.get(), false);
  std::string text;
  const std::vector<TokenId> ids = as_bytes(rocket);
  for (size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(text, "");
    ASSERT_TRUE(decoder.push(ids[i], &text).is_ok());
  }
  EXPECT_EQ(text, rocket);
  ASSERT_TRUE(decoder.push(ids[0], &text).is_ok());
  decoder.flush(&text);
  EXPECT_EQ(text, rocket + "\xEF\xBF\xBD");
  decoder.flush(&text);
  EXPECT_EQ(text, rocket + "\xEF\xBF\xBD");
  ASSERT_TRUE(decoder.push(ids[0], &text).is_ok());
  decoder.reset(true);
  decoder.flush(&text);
  EXPECT_EQ(text, rocket + "\xEF\xBF\xBD");
}

TEST(Stream, ReplacesWhatCanNeverBecomeValid) {
  const auto tokenizer = make(micro_spm().builder().kv("tokenizer.ggml.add_space_prefix", false));
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(stream(*tokenizer, as_bytes("a\xFFz")), "a" + r + "z");
  EXPECT_EQ(stream(*tokenizer, as_bytes("\xE2\x82z")), r + "z");
  EXPECT_EQ(stream(*tokenizer, as_bytes("\xF0\x9F\xF0\x9F\x9A\x80")), r + "\xF0\x9F\x9A\x80");
  EXPECT_EQ(stream(*tokenizer, as_bytes("\xED\xA0\x80")), r + r + r);
  EXPECT_EQ(stream(*tokenizer, as_bytes("\xC3")), r);
}

// Every way to cut a text into tokens of any bytes gives the same text.
TEST(Stream, SameTextHoweverItIsCut) {
  const std::string text = "\xE2\x82\xAC\xC3\xA9 \xF0\x9F\x9A\x80z";
  MicroVocabulary vocabulary = micro_spm();
  for (size_t begin = 0; begin < text.size(); ++begin) {
    for (size_t size = 1; begin + size <= text.size(); ++size) {
      if (vocabulary.id(text.substr(begin, size)) == kNoToken) vocabulary.add(text.substr(begin, size));
    }
  }
  const auto tokenizer = make(vocabulary.builder());
  for (uint32_t cuts = 0; cuts < 1u << (text.size() - 1); ++cuts) {
    std::vector<TokenId> ids;
    size_t begin = 0;
    for (size_t end = 1; end <= text.size(); ++end) {
      if (end < text.size() && (cuts >> (end - 1) & 1) == 0) continue;
      ids.push_back(vocabulary.id(text.substr(begin, end - begin)));
      begin = end;
    }
    ASSERT_EQ(stream(*tokenizer, ids), text) << cuts;
  }
}

class RoundTrip : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    tokenizer_ = shared_vocabulary(GetParam());
    if (tokenizer_ == nullptr) GTEST_SKIP() << "no shared vocabulary " << GetParam() << " in " << WC_SHARED_DIR;
  }
  void check(const std::string& text) {
    const std::vector<TokenId> ids = encode(*tokenizer_, text, {true, false});
    const size_t added = tokenizer_->add_bos() ? 1 : 0;
    const std::vector<TokenId> own(ids.begin() + static_cast<ptrdiff_t>(added), ids.end());
    const std::string expected = readable(*tokenizer_, text);
    ASSERT_EQ(decode(*tokenizer_, ids), expected);
    ASSERT_EQ(decode(*tokenizer_, own, true), expected);
    ASSERT_EQ(stream(*tokenizer_, ids), expected);
  }
  std::unique_ptr<Tokenizer> tokenizer_;
};

TEST_P(RoundTrip, DifficultTexts) {
  for (const std::string& text : difficult_texts()) check(text);
}

TEST_P(RoundTrip, Corpus) {
  const std::string folder = shared_path("corpus");
  if (!exists(folder)) GTEST_SKIP() << "no corpus in " << WC_SHARED_DIR;
  for (const auto& book : std::filesystem::directory_iterator(folder)) {
    const std::string text = read_text(book.path().string());
    check(text);
  }
}

TEST_P(RoundTrip, SpecialTokensParsed) {
  for (const std::string& text : difficult_texts()) {
    if (std::string(GetParam()) == "phi-3" && text.find('<') != text.npos)
      continue;  // white space after them is dropped
    const std::vector<TokenId> ids = encode(*tokenizer_, text, {false, true});
    ASSERT_EQ(decode(*tokenizer_, ids, true), readable(*tokenizer_, text));
  }
}

// WordPiece normalises its text, so it has no way back.
INSTANTIATE_TEST_SUITE_P(Vocabularies, RoundTrip,
                         ::testing::Values("llama-spm", "phi-3", "gpt-2", "phi-2", "falcon", "starcoder",
                                           "deepseek-llm", "llama-bpe", "qwen2"),
                         [](const auto& vocabulary) { return test_name(vocabulary.param); });

TEST(Decode, ThreadsShareATokenizer) {
  const auto tokenizer = make(micro_spm().builder());
  const std::vector<std::string> texts = difficult_texts();
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (const std::string& text : texts) {
        if (decode(*tokenizer, encode(*tokenizer, text)) != readable(*tokenizer, text)) ++wrong[static_cast<size_t>(t)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace wasmchord::test
