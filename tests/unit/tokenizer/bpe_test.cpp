#include <gtest/gtest.h>

#include "src/tokenizer/byte_alphabet.h"
#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

using Pieces = std::vector<std::string>;

TEST(Bpe, ByteAlphabetIsOneToOne) {
  for (uint32_t byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(byte_of_character(character_of_byte(static_cast<uint8_t>(byte))), static_cast<int32_t>(byte));
  }
  EXPECT_EQ(character_of_byte(' '), 0x120u);
  EXPECT_EQ(character_of_byte('\n'), 0x10Au);
  EXPECT_EQ(character_of_byte(0xAD), 0x143u);
  EXPECT_EQ(byte_of_character(0x144), -1);
  EXPECT_EQ(byte_of_character(' '), -1);
}

TEST(Bpe, MergesByRank) {
  const auto tokenizer = make(micro_bpe("gpt-2").builder());
  EXPECT_EQ(tokenizer->kind(), "gpt2");
  EXPECT_EQ(pieces(*tokenizer, "hello"), Pieces{"hello"});
  // "h e" goes first, then "ll" and what follows; the space merges with "he" alone.
  EXPECT_EQ(pieces(*tokenizer, " hello"), Pieces({"\xC4\xA0", "hello"}));
  EXPECT_EQ(pieces(*tokenizer, " he"), Pieces{"\xC4\xA0he"});
  EXPECT_EQ(pieces(*tokenizer, "12312"), Pieces({"123", "12"}));
}

TEST(Bpe, LeftmostOfEqualRanks) {
  const auto tokenizer = make(micro_bpe("gpt-2").builder());
  EXPECT_EQ(pieces(*tokenizer, "aaaaa"), Pieces({"aaaa", "a"}));
  EXPECT_EQ(encode(*tokenizer, std::string(1001, 'a')).size(), 251u);
}

TEST(Bpe, InvalidUtf8BecomesTheReplacementCharacter) {
  const auto tokenizer = make(micro_bpe("gpt-2").builder());
  EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, "a\xFFz\xE2\x82")), "a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Bpe, BytesWithoutATokenAreDropped) {
  MicroVocabulary vocabulary;
  vocabulary.model = "gpt2";
  vocabulary.add("a").add("b").add("ab");
  vocabulary.merges = {"a b"};
  const auto tokenizer = make(vocabulary.builder());
  EXPECT_EQ(pieces(*tokenizer, "xabxab"), (Pieces{"ab", "ab"}));
}

TEST(Bpe, WholeWordsGoBeforeMergesWhereTheFamilyDoesSo) {
  for (const bool ignore : {false, true}) {
    MicroVocabulary vocabulary = micro_bpe(ignore ? "tekken" : "gpt-4o");
    vocabulary.add("lloh");  // a token that no merge makes
    vocabulary.merges.erase(vocabulary.merges.begin() + 3);
    const auto tokenizer = make(vocabulary.builder().kv("tokenizer.ggml.add_bos_token", false));
    EXPECT_EQ(pieces(*tokenizer, "lloh"), ignore ? Pieces{"lloh"} : (Pieces{"ll", "o", "h"}));
    EXPECT_EQ(pieces(*tokenizer, std::string(100, 'l')).size(), 50u);
  }
}

TEST(Bpe, FamilyAddsBos) {
  MicroVocabulary vocabulary = micro_bpe("llama-bpe");
  const auto bos = static_cast<uint32_t>(vocabulary.id("<|end|>"));
  const auto by_family = make(vocabulary.builder().kv("tokenizer.ggml.bos_token_id", bos));
  EXPECT_EQ(pieces(*by_family, "hello", {true, false}), (Pieces{"<|end|>", "hello"}));
  EXPECT_TRUE(by_family->add_bos());
  const auto without_id = make(vocabulary.builder());
  EXPECT_FALSE(without_id->add_bos());
  vocabulary.pre = "qwen2";
  const auto other_family = make(vocabulary.builder().kv("tokenizer.ggml.bos_token_id", bos));
  EXPECT_FALSE(other_family->add_bos());
}

TEST(Bpe, WithoutAPretokenizerTheDefaultOne) {
  const auto tokenizer = make(micro_bpe("").builder());
  EXPECT_EQ(pieces(*tokenizer, "a+1234"), (Pieces{"a", "+", "123", "4"}));
}

TEST(Bpe, UserDefinedTokensAreDecodedAsTheyStand) {
  MicroVocabulary vocabulary = micro_bpe("gpt-2");
  vocabulary.add("\xC4\xA0\xC3\xB8", TokenType::kUserDefined);
  const auto tokenizer = make(vocabulary.builder());
  const std::string text = "a\xC4\xA0\xC3\xB8 b";
  EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, text)), text);
  EXPECT_EQ(encode(*tokenizer, text)[1], vocabulary.id("\xC4\xA0\xC3\xB8"));
}

TEST(Bpe, PiecesOutsideTheAlphabetDecodeAsTheyStand) {
  MicroVocabulary vocabulary = micro_bpe("gpt-2");
  vocabulary.add("\xE2\x82\xAC\xC4\xA0\xFF x");
  const auto tokenizer = make(vocabulary.builder());
  EXPECT_EQ(decode(*tokenizer, {vocabulary.id("\xE2\x82\xAC\xC4\xA0\xFF x")}), "\xE2\x82\xAC \xFF x");
}

}  // namespace
}  // namespace wasmchord::test
