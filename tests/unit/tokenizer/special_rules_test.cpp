// Rules that go by a token's text or the file's metadata.
#include <gtest/gtest.h>

#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

using Texts = std::vector<std::string>;

Texts ends(const Tokenizer& tokenizer) {
  Texts texts;
  for (const TokenId id : tokenizer.end_of_generation()) {
    EXPECT_TRUE(tokenizer.is_end_of_generation(id));
    texts.emplace_back(tokenizer.piece(id));
  }
  return texts;
}

TEST(SpecialRules, EosEotAndEomEndATurn) {
  MicroVocabulary vocabulary = micro_bpe("gpt-2");
  const auto end = static_cast<uint32_t>(vocabulary.tokens.size());
  vocabulary.add("<x>", TokenType::kControl).add("<y>", TokenType::kControl).add("<z>", TokenType::kControl);
  const auto tokenizer = make(vocabulary.builder()
                                  .kv("tokenizer.ggml.eos_token_id", end)
                                  .kv("tokenizer.ggml.eot_token_id", end + 1)
                                  .kv("tokenizer.ggml.eom_token_id", end + 2));
  EXPECT_EQ(ends(*tokenizer), (Texts{"<|end|>", "<x>", "<y>", "<z>"}));
  EXPECT_EQ(tokenizer->eos(), static_cast<TokenId>(end));
  EXPECT_EQ(tokenizer->eot(), static_cast<TokenId>(end + 1));
  EXPECT_FALSE(tokenizer->is_end_of_generation(0));
  EXPECT_FALSE(tokenizer->is_end_of_generation(-1));
  EXPECT_FALSE(tokenizer->is_end_of_generation(INT32_MAX));
}

TEST(SpecialRules, WithoutIdsAByteLevelVocabularyHasNone) {
  const auto tokenizer = make(micro_bpe("gpt-2").builder());
  EXPECT_EQ(tokenizer->bos(), kNoToken);
  EXPECT_EQ(tokenizer->eos(), kNoToken);
  EXPECT_EQ(ends(*tokenizer), Texts{"<|end|>"});
  EXPECT_EQ(tokenizer->piece(tokenizer->eot()), "<|end|>");
}

TEST(SpecialRules, WellKnownTextsAreControlTokensWhateverTheirType) {
  MicroVocabulary vocabulary = micro_bpe("gpt-2");
  vocabulary.add("<|im_end|>").add("<|eom_id|>", TokenType::kUserDefined).add("<fim_prefix>");
  const auto tokenizer = make(vocabulary.builder());
  EXPECT_EQ(ends(*tokenizer), (Texts{"<|end|>", "<|im_end|>", "<|eom_id|>"}));
  const TokenId id = vocabulary.id("<|im_end|>");
  EXPECT_EQ(encode(*tokenizer, "<|im_end|>", {false, true}), std::vector<TokenId>{id});
  EXPECT_GT(encode(*tokenizer, "<|im_end|>").size(), 1u);
  EXPECT_EQ(decode(*tokenizer, {id}), "");
  EXPECT_EQ(decode(*tokenizer, {id}, true), "<|im_end|>");
  EXPECT_EQ(encode(*tokenizer, "<fim_prefix>", {false, true}).size(), 1u);
}

TEST(SpecialRules, StruckOutHtmlIsNoEndOfTurn) {
  MicroVocabulary vocabulary = micro_bpe("gpt-2");
  vocabulary.add("</s>");
  const auto ordinary = make(vocabulary.builder());
  EXPECT_EQ(ends(*ordinary), Texts{"<|end|>"});
  EXPECT_EQ(decode(*ordinary, {vocabulary.id("</s>")}), "</s>");
  vocabulary.types.back() = static_cast<int32_t>(TokenType::kControl);
  const auto control = make(vocabulary.builder());
  EXPECT_EQ(ends(*control), (Texts{"<|end|>", "</s>"}));
}

TEST(SpecialRules, TheEndOfAPartIsNoEndOfTurn) {
  MicroVocabulary harmony = micro_bpe("gpt-4o");
  harmony.add("<|return|>", TokenType::kControl).add("<|call|>", TokenType::kControl);
  harmony.add("<|channel|>", TokenType::kControl);
  const auto tokenizer = make(harmony.builder());
  EXPECT_EQ(ends(*tokenizer), (Texts{"<|return|>", "<|call|>"}));
  EXPECT_EQ(decode(*tokenizer, {harmony.id("<|channel|>"), harmony.id("<|end|>")}), "<|channel|><|end|>");

  MicroVocabulary gemma = micro_bpe("gpt-4o");
  gemma.add("<|tool_response>", TokenType::kControl).add("</s>", TokenType::kControl);
  EXPECT_EQ(ends(*make(gemma.builder())), (Texts{"<|end|>", "<|tool_response>"}));
}

TEST(SpecialRules, TypesAreReportedAsInTheFile) {
  const MicroVocabulary vocabulary = micro_spm();
  const auto tokenizer = make(vocabulary.builder());
  EXPECT_EQ(tokenizer->type(0), TokenType::kUnknown);
  EXPECT_EQ(tokenizer->type(1), TokenType::kControl);
  EXPECT_EQ(tokenizer->type(3), TokenType::kByte);
  EXPECT_EQ(tokenizer->type(vocabulary.id("ab")), TokenType::kNormal);
  EXPECT_EQ(tokenizer->score(vocabulary.id("he")), -2.0f);
  EXPECT_EQ(tokenizer->piece(vocabulary.id("he")), "he");
  EXPECT_EQ(tokenizer->vocab_size(), vocabulary.tokens.size());
  EXPECT_EQ(tokenizer->sep(), kNoToken);
  EXPECT_EQ(tokenizer->pad(), kNoToken);
}

}  // namespace
}  // namespace wasmchord::test
