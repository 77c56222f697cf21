// What a hostile or careless vocabulary may say, and what create() answers.
#include "src/tokenizer/vocabulary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

void expect_refused(const GgufBuilder& file, Code code, std::string_view named) {
  const auto tokenizer = create(file);
  ASSERT_FALSE(tokenizer.is_ok()) << named;
  EXPECT_EQ(tokenizer.status().code(), code) << tokenizer.status().message();
  EXPECT_NE(tokenizer.status().message().find(named), std::string::npos) << tokenizer.status().message();
}

TEST(Vocabulary, ModelMissingUnknownOrOfTheWrongType) {
  expect_refused(GgufBuilder(), Code::kMissingKey, "tokenizer.ggml.model");
  expect_refused(GgufBuilder().kv("tokenizer.ggml.model", uint32_t{1}), Code::kWrongKeyType, "tokenizer.ggml.model");
  MicroVocabulary vocabulary = micro_spm();
  vocabulary.model = "t5\n";
  expect_refused(vocabulary.builder(), Code::kUnsupportedTokenizer, "'t5?'");
}

TEST(Vocabulary, TokensMissingEmptyOrOfTheWrongType) {
  const auto llama = [] { return GgufBuilder().kv("tokenizer.ggml.model", "llama"); };
  expect_refused(llama(), Code::kMissingKey, "tokenizer.ggml.tokens");
  expect_refused(llama().array("tokenizer.ggml.tokens", std::vector<std::string>()), Code::kBadVocabulary,
                 "tokenizer.ggml.tokens");
  expect_refused(llama().array("tokenizer.ggml.tokens", std::vector<uint32_t>{1}), Code::kWrongKeyType,
                 "tokenizer.ggml.tokens");
  expect_refused(llama().array("tokenizer.ggml.tokens", std::vector<std::string>{std::string(9000, 'a')}),
                 Code::kBadVocabulary, "tokenizer.ggml.tokens");
}

TEST(Vocabulary, ScoresShortOrNotNumbers) {
  MicroVocabulary vocabulary = micro_spm();
  vocabulary.scores.pop_back();
  expect_refused(vocabulary.builder(), Code::kBadVocabulary, "tokenizer.ggml.scores");
  vocabulary.scores.push_back(std::nanf(""));
  expect_refused(vocabulary.builder(), Code::kBadVocabulary, "tokenizer.ggml.scores");
  vocabulary.scores.clear();
  expect_refused(vocabulary.builder().array("tokenizer.ggml.scores", std::vector<std::string>{"x"}),
                 Code::kWrongKeyType, "tokenizer.ggml.scores");
}

TEST(Vocabulary, ScoresInfiniteOrAbsentAreFine) {
  MicroVocabulary vocabulary = micro_spm();
  vocabulary.scores[static_cast<size_t>(vocabulary.id("ab"))] = -std::numeric_limits<float>::infinity();
  vocabulary.scores[static_cast<size_t>(vocabulary.id("bc"))] = std::numeric_limits<float>::infinity();
  const auto infinite = create(vocabulary.builder());
  ASSERT_TRUE(infinite.is_ok());
  EXPECT_EQ(pieces(**infinite, "abc").back(), "bc");
  vocabulary.scores.clear();
  const auto absent = create(vocabulary.builder());
  ASSERT_TRUE(absent.is_ok());
  EXPECT_EQ((*absent)->score(5), 0.0f);
}

TEST(Vocabulary, TypesShortOddOrOfTheWrongType) {
  MicroVocabulary vocabulary = micro_spm();
  vocabulary.types.pop_back();
  expect_refused(vocabulary.builder(), Code::kBadVocabulary, "tokenizer.ggml.token_type");
  vocabulary.types.push_back(99);
  vocabulary.types[3] = -1;
  const auto odd = create(vocabulary.builder());
  ASSERT_TRUE(odd.is_ok()) << odd.status().message();
  EXPECT_EQ((*odd)->type(3), TokenType::kUndefined);
  EXPECT_EQ(decode(**odd, {3, static_cast<TokenId>((*odd)->vocab_size()) - 1}), "");
  vocabulary.types.clear();
  expect_refused(vocabulary.builder().array("tokenizer.ggml.token_type", std::vector<float>(500)), Code::kWrongKeyType,
                 "tokenizer.ggml.token_type");
}

TEST(Vocabulary, ByteTokensMustBeWrittenAsBytes) {
  for (const char* text : {"<0x", "<0xGG>", "a", "<0x411>", ""}) {
    MicroVocabulary vocabulary = micro_spm();
    vocabulary.tokens[10] = text;
    expect_refused(vocabulary.builder(), Code::kBadVocabulary, "token 10");
  }
  EXPECT_EQ(parse_byte_token("<0xfF>"), 255);
  EXPECT_EQ(parse_byte_token("<0x00>"), 0);
}

TEST(Vocabulary, SpecialIdsOutsideTheVocabulary) {
  for (const char* key :
       {"tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id", "tokenizer.ggml.unknown_token_id",
        "tokenizer.ggml.padding_token_id", "tokenizer.ggml.seperator_token_id", "tokenizer.ggml.eot_token_id",
        "tokenizer.ggml.eom_token_id", "tokenizer.ggml.cls_token_id", "tokenizer.ggml.fim_pad_token_id"}) {
    expect_refused(micro_spm().builder().kv(key, UINT32_MAX), Code::kBadVocabulary, key);
    expect_refused(micro_spm().builder().kv(key, uint32_t{1000}), Code::kBadVocabulary, key);
    expect_refused(micro_spm().builder().kv(key, "1"), Code::kWrongKeyType, key);
    expect_refused(micro_spm().builder().kv(key, int32_t{-1}), Code::kBadKeyValue, key);
  }
}

TEST(Vocabulary, AddedTokensThatTheFileDoesNotName) {
  MicroVocabulary vocabulary = micro_bpe("gpt-2");
  for (const char* rule : {"bos", "eos", "sep"}) {
    const std::string key = std::string("tokenizer.ggml.add_") + rule + "_token";
    expect_refused(vocabulary.builder().kv(key, true), Code::kBadVocabulary, key);
    expect_refused(vocabulary.builder().kv(key, uint32_t{1}), Code::kWrongKeyType, key);
    EXPECT_TRUE(create(vocabulary.builder().kv(key, false)).is_ok());
  }
}

TEST(Vocabulary, FamilyDefaultsOutsideATinyVocabularyDoNotCount) {
  MicroVocabulary vocabulary;
  const auto tokenizer = create(vocabulary.add("a").builder());
  ASSERT_TRUE(tokenizer.is_ok()) << tokenizer.status().message();
  EXPECT_EQ((*tokenizer)->bos(), kNoToken);
  EXPECT_EQ((*tokenizer)->eos(), kNoToken);
  EXPECT_EQ((*tokenizer)->unk(), 0);
  EXPECT_FALSE((*tokenizer)->add_bos());
}

TEST(Vocabulary, MergesMissingOrMalformed) {
  MicroVocabulary vocabulary = micro_bpe("gpt-2");
  for (const char* merge : {"ab", "", " ", "x ", " x", "a zzzz", "zzzz a", "x y"}) {
    MicroVocabulary bad = vocabulary;
    bad.merges.emplace_back(merge);
    expect_refused(bad.builder(), Code::kBadVocabulary, "tokenizer.ggml.merges: merge 9");
  }
  GgufBuilder without;
  without.kv("tokenizer.ggml.model", "gpt2").array("tokenizer.ggml.tokens", vocabulary.tokens);
  expect_refused(without, Code::kMissingKey, "tokenizer.ggml.merges");
  vocabulary.merges.emplace_back("h e");  // again: the first counts
  EXPECT_TRUE(create(vocabulary.builder()).is_ok());
  vocabulary.merges.clear();
  EXPECT_TRUE(create(vocabulary.builder()).is_ok());
}

TEST(Vocabulary, UnknownPretokenizer) {
  expect_refused(micro_bpe("nosuch").builder(), Code::kUnsupportedTokenizer, "tokenizer.ggml.pre: 'nosuch'");
}

TEST(Vocabulary, DuplicateAndEmptyTokens) {
  MicroVocabulary vocabulary = micro_spm();
  const auto last = static_cast<TokenId>(vocabulary.tokens.size());
  vocabulary.add("ab", TokenType::kNormal, 100).add("", TokenType::kNormal).add("", TokenType::kControl);
  const auto tokenizer = create(vocabulary.builder());
  ASSERT_TRUE(tokenizer.is_ok());
  EXPECT_EQ((*tokenizer)->find("ab"), vocabulary.id("ab"));
  EXPECT_EQ((*tokenizer)->find(""), kNoToken);
  EXPECT_EQ((*tokenizer)->find("nothing"), kNoToken);
  EXPECT_EQ(decode(**tokenizer, {last, last + 1, last + 2}), "ab");
  EXPECT_EQ(encode(**tokenizer, "ab").back(), vocabulary.id("ab"));
}

TEST(Vocabulary, TokensNeedNotBeUtf8) {
  MicroVocabulary vocabulary = micro_spm();
  vocabulary.add("\xFF\xFE", TokenType::kNormal, 3).add(std::string_view("a\0b", 3), TokenType::kNormal, 4);
  const auto tokenizer = create(vocabulary.builder());
  ASSERT_TRUE(tokenizer.is_ok());
  EXPECT_EQ((*tokenizer)->find(std::string_view("a\0b", 3)), static_cast<TokenId>(vocabulary.tokens.size() - 1));
  EXPECT_EQ(decode(**tokenizer, encode(**tokenizer, "x\xFF\xFEy")), "x\xFF\xFEy");
}

TEST(Vocabulary, IdsOutsideTheVocabularyCannotBeDecoded) {
  const auto tokenizer = create(micro_spm().builder());
  std::string text = "kept";
  StreamDecoder stream(tokenizer->get(), false);
  for (const TokenId id : {-1, static_cast<TokenId>((*tokenizer)->vocab_size()), INT32_MAX, INT32_MIN}) {
    EXPECT_EQ((*tokenizer)->decode_token(id, false, &text).code(), Code::kBadToken);
    EXPECT_EQ((*tokenizer)->decode(std::vector<TokenId>{5, id}, false, &text).code(), Code::kBadToken);
    EXPECT_EQ(stream.push(id, &text).code(), Code::kBadToken);
  }
  EXPECT_EQ(text, "kept");
}

}  // namespace
}  // namespace wasmchord::test
