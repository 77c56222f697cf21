#include <gtest/gtest.h>

#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

using Pieces = std::vector<std::string>;
#define SP "\xE2\x96\x81"

TEST(Spm, MergesByScore) {
  const auto tokenizer = make(micro_spm().builder());
  EXPECT_EQ(tokenizer->kind(), "llama");
  EXPECT_EQ(pieces(*tokenizer, "the"), Pieces{SP "the"});
  // "ab" scores above "bc", wherever it stands.
  EXPECT_EQ(pieces(*tokenizer, "abc"), (Pieces{SP, "ab", "c"}));
  EXPECT_EQ(pieces(*tokenizer, "bcab"), (Pieces{SP, "bc", "ab"}));
  EXPECT_EQ(pieces(*tokenizer, "a  a"), (Pieces{SP, "a", SP SP, "a"}));
}

TEST(Spm, AddsTheFilesBosAndEos) {
  const MicroVocabulary vocabulary = micro_spm();
  const auto by_default = make(vocabulary.builder());
  EXPECT_EQ(encode(*by_default, "", {true, false}), std::vector<TokenId>{1});
  EXPECT_EQ(pieces(*by_default, "a", {true, false}), (Pieces{"<s>", SP, "a"}));
  const auto with_eos =
      make(vocabulary.builder().kv("tokenizer.ggml.add_bos_token", false).kv("tokenizer.ggml.add_eos_token", true));
  EXPECT_EQ(pieces(*with_eos, "a", {true, false}), (Pieces{SP, "a", "</s>"}));
  EXPECT_TRUE(encode(*with_eos, "").empty());
}

TEST(Spm, SpacePrefixAtTheStartAndAfterSpecialTokens) {
  const auto tokenizer = make(micro_spm().builder());
  EXPECT_EQ(pieces(*tokenizer, "a</s>b<s>", {false, true}), (Pieces{SP, "a", "</s>", SP, "b", "<s>"}));
  const auto without = make(micro_spm().builder().kv("tokenizer.ggml.add_space_prefix", false));
  EXPECT_EQ(pieces(*without, "a</s>b", {false, true}), (Pieces{"a", "</s>", "b"}));
}

TEST(Spm, FallsBackToBytes) {
  const auto tokenizer = make(micro_spm().builder());
  EXPECT_EQ(pieces(*tokenizer, "\xC3\xA9\xE2\x82\xAC"), (Pieces{SP, "\xC3\xA9", "<0xE2>", "<0x82>", "<0xAC>"}));
  // Invalid UTF-8 keeps its bytes: nothing is lost.
  for (const std::string text : {"\xFF", "a\xC3", "\xE2\x82z", "\x80\x80", "\xF0 b", "\xE2 the"}) {
    EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, text)), text);
  }
}

TEST(Spm, WithoutByteTokensTheUnknownTokenStandsForACharacter) {
  MicroVocabulary vocabulary;
  vocabulary.add("<unk>", TokenType::kUnknown).add(SP).add("a");
  const auto tokenizer = make(vocabulary.builder());
  EXPECT_EQ(pieces(*tokenizer,
                   "a\xE2\x82\xAC"
                   "a"),
            (Pieces{SP, "a", "<unk>", "a"}));
}

TEST(Spm, WithoutUnknownTokenEncodingFails) {
  MicroVocabulary vocabulary;
  vocabulary.add(SP).add("a").add("b");
  const auto tokenizer = make(vocabulary.builder()
                                  .kv("tokenizer.ggml.add_bos_token", false)
                                  .kv("tokenizer.ggml.unknown_token_id", uint32_t{2}));
  EXPECT_EQ(pieces(*tokenizer, "z"), (Pieces{SP, "b"}));
  MicroVocabulary none;
  none.model = "llama";
  none.add(SP).add("a");
  const auto header = header_of(none.builder());
  // The family's default, id 0, is the space piece here; such a file has an unknown token after all.
  EXPECT_EQ(pieces(*make(none.builder()), "z"), (Pieces{SP, SP}));
}

TEST(Spm, RemovesExtraSpacesOnRequest) {
  const auto tokenizer = make(micro_spm().builder().kv("tokenizer.ggml.remove_extra_whitespaces", true));
  EXPECT_EQ(pieces(*tokenizer, "  a   a "), (Pieces{SP, "a", SP, "a"}));
  EXPECT_TRUE(pieces(*tokenizer, "   ").empty());
}

// A piece with a space inside makes words depend on each other.
TEST(Spm, PiecesThatJoinWords) {
  MicroVocabulary vocabulary = micro_spm();
  vocabulary.add("a" SP, TokenType::kNormal, 5).add("a" SP "b", TokenType::kNormal, 6);
  const auto tokenizer = make(vocabulary.builder());
  EXPECT_EQ(pieces(*tokenizer, "a b"), (Pieces{SP, "a" SP "b"}));
  EXPECT_EQ(pieces(*tokenizer, "a the"), (Pieces{SP, "a" SP, "t", "he"}));
}

TEST(Spm, DoesNotDependOnTheWordCache) {
  const auto tokenizer = make(micro_spm().builder());
  std::string text;
  std::vector<TokenId> expected;
  for (int i = 0; i < 300; ++i) {
    const std::string word = i % 3 == 0 ? "the" : i % 3 == 1 ? "abc" : "\xE2\x82\xAC";
    text += (i == 0 ? "" : " ") + word;
    const std::vector<TokenId> ids = encode(*tokenizer, word);
    expected.insert(expected.end(), ids.begin(), ids.end());
  }
  EXPECT_EQ(encode(*tokenizer, text), expected);
}

}  // namespace
}  // namespace wasmchord::test
