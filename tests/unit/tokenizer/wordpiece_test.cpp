#include <gtest/gtest.h>

#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

using Pieces = std::vector<std::string>;
#define SP "\xE2\x96\x81"

MicroVocabulary micro_bert() {
  MicroVocabulary vocabulary;
  vocabulary.model = "bert";
  vocabulary.add("[PAD]", TokenType::kControl).add("[UNK]", TokenType::kControl).add("[CLS]", TokenType::kControl);
  vocabulary.add("[SEP]", TokenType::kControl);
  for (const char* text :
       {SP "un", SP "play", "able", "ing", SP "e", SP "cafe", SP "!", SP "\xE4\xB8\xAD", SP "$", SP "i"}) {
    vocabulary.add(text);
  }
  return vocabulary;
}

GgufBuilder with_ids(const MicroVocabulary& vocabulary) {
  return vocabulary.builder()
      .kv("tokenizer.ggml.cls_token_id", uint32_t{2})
      .kv("tokenizer.ggml.seperator_token_id", uint32_t{3})
      .kv("tokenizer.ggml.unknown_token_id", uint32_t{1});
}

TEST(WordPiece, LongestMatchFirst) {
  const auto tokenizer = make(with_ids(micro_bert()));
  EXPECT_EQ(tokenizer->kind(), "bert");
  EXPECT_EQ(pieces(*tokenizer, "unable playing"), (Pieces{SP "un", "able", SP "play", "ing"}));
  EXPECT_EQ(pieces(*tokenizer, "unx play"), (Pieces{"[UNK]", SP "play"}));
  EXPECT_EQ(pieces(*tokenizer, "able"), Pieces{"[UNK]"});
  EXPECT_EQ(pieces(*tokenizer, "play", {true, false}), (Pieces{"[CLS]", SP "play", "[SEP]"}));
}

TEST(WordPiece, LowersStripsAndSplits) {
  const auto tokenizer = make(with_ids(micro_bert()));
  EXPECT_EQ(pieces(*tokenizer, "CAF\xC3\x89! PLAYING"), (Pieces{SP "cafe", SP "!", SP "play", "ing"}));
  EXPECT_EQ(pieces(*tokenizer, "cafe\xCC\x81"), Pieces{SP "cafe"});
  EXPECT_EQ(pieces(*tokenizer,
                   "un\xE4\xB8\xAD"
                   "e$"),
            (Pieces{SP "un", SP "\xE4\xB8\xAD", SP "e", SP "$"}));
  EXPECT_EQ(pieces(*tokenizer,
                   "pl\xE2\x80\x8B"
                   "ay\x01\xFF\xEF\xBF\xBDing"),
            (Pieces{SP "play", "ing"}));
  EXPECT_EQ(pieces(*tokenizer, "\xC4\xB0"), Pieces{SP "i"});
  EXPECT_TRUE(pieces(*tokenizer, " \n\t\xE3\x80\x80 ").empty());
}

TEST(WordPiece, NormalizerOptions) {
  const auto cased = make(with_ids(micro_bert()).kv("tokenizer.ggml.normalizer.lowercase", false));
  EXPECT_EQ(pieces(*cased, "Cafe caf\xC3\xA9 cafe"), (Pieces{"[UNK]", "[UNK]", SP "cafe"}));
  const auto accents = make(with_ids(micro_bert()).kv("tokenizer.ggml.normalizer.strip_accents", false));
  EXPECT_EQ(pieces(*accents, "CAFE CAF\xC3\x89"), (Pieces{SP "cafe", "[UNK]"}));
}

TEST(WordPiece, Decodes) {
  const auto tokenizer = make(with_ids(micro_bert()));
  EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, "unable playing", {true, false})), "unable playing");
  EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, "play", {true, false}), true), "[CLS]play[SEP]");
}

}  // namespace
}  // namespace wasmchord::test
