// The hostile files whose vocabulary is what is wrong with them.
#include <gtest/gtest.h>

#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

struct Case {
  const char* file;
  Code code;  // kOk: accepted
  const char* named;
};

const Case kCases[] = {
    {"m_ok", Code::kOk, ""},
    {"m_tok_bad_utf8", Code::kOk, ""},
    {"m_types_range", Code::kOk, ""},  // unknown types count as undefined
    {"m_missing_tokenizer_ggml_tokens", Code::kMissingKey, "tokenizer.ggml.tokens"},
    {"m_tok_empty", Code::kBadVocabulary, "tokenizer.ggml.tokens"},
    {"m_tok_wrong_elem_type", Code::kWrongKeyType, "tokenizer.ggml.tokens"},
    {"m_tok_byte_malformed", Code::kBadVocabulary, "tokenizer.ggml.tokens"},
    {"m_tok_dup", Code::kBadVocabulary, "tokenizer.ggml.tokens"},  // its byte tokens are all "a"
    {"m_scores_nan", Code::kBadVocabulary, "tokenizer.ggml.scores"},
    {"m_scores_short", Code::kBadVocabulary, "tokenizer.ggml.scores"},
    {"m_types_short", Code::kBadVocabulary, "tokenizer.ggml.token_type"},
    {"m_bos_id_oob", Code::kBadVocabulary, "tokenizer.ggml.bos_token_id"},
    {"m_unknown_id_oob", Code::kBadVocabulary, "tokenizer.ggml.unknown_token_id"},
    {"m_padding_id_oob", Code::kBadVocabulary, "tokenizer.ggml.padding_token_id"},
    {"m_bpe_no_merges", Code::kMissingKey, "tokenizer.ggml.merges"},
    {"m_bpe_bad_merges", Code::kBadVocabulary, "tokenizer.ggml.merges"},
    {"m_bpe_pre_unknown", Code::kUnsupportedTokenizer, "tokenizer.ggml.pre"},
};

class MalformedVocabulary : public ::testing::TestWithParam<Case> {};

TEST_P(MalformedVocabulary, IsAnsweredAsDocumented) {
  const Case& expected = GetParam();
  const std::string path = data_path(std::string("gguf-malformed/") + expected.file + ".gguf");
  ASSERT_TRUE(exists(path)) << path;
  const auto tokenizer = create_from_file(path);
  EXPECT_EQ(tokenizer.status().code(), expected.code) << tokenizer.status().message();
  EXPECT_NE(tokenizer.status().message().find(expected.named), std::string::npos) << tokenizer.status().message();
  if (!tokenizer) return;
  std::vector<TokenId> ids;
  EXPECT_TRUE((*tokenizer)->encode("some text\xFF", {true, true}, &ids).is_ok());
  for (const TokenId id : ids) EXPECT_LT(static_cast<uint32_t>(id), (*tokenizer)->vocab_size());
  decode(**tokenizer, ids, true);
}

INSTANTIATE_TEST_SUITE_P(Files, MalformedVocabulary, ::testing::ValuesIn(kCases),
                         [](const auto& file) { return std::string(file.param.file); });

}  // namespace
}  // namespace wasmchord::test
