// Ids of the reference (llama.cpp) for every shared vocabulary.
#include <gtest/gtest.h>

#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

class Golden : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    tokenizer_ = shared_vocabulary(GetParam());
    if (tokenizer_ == nullptr) GTEST_SKIP() << "no shared vocabulary " << GetParam() << " in " << WC_SHARED_DIR;
  }

  void check_difficult(const std::string& mode, bool parse_special) {
    const std::vector<std::string> texts = difficult_texts();
    const std::string name = std::string("tokenizers/ids/") + GetParam() + "." + mode + ".ids";
    std::vector<std::string> lines = split(read_text(shared_path(name)), "\n");
    lines.pop_back();
    ASSERT_EQ(texts.size(), 200u);
    ASSERT_EQ(lines.size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      EXPECT_EQ(encode(*tokenizer_, texts[i], {true, parse_special}), parse_ids(lines[i])) << i << ": " << texts[i];
    }
  }

  std::unique_ptr<Tokenizer> tokenizer_;
};

TEST_P(Golden, DifficultTextsWithSpecialTokensAsText) { check_difficult("plain", false); }
TEST_P(Golden, DifficultTextsWithSpecialTokensParsed) { check_difficult("special", true); }

TEST_P(Golden, UpstreamTexts) {
  const std::string name = shared_path(std::string("tokenizers/upstream/") + GetParam());
  if (!exists(name + ".inp")) GTEST_SKIP() << "no upstream texts for " << GetParam();
  const std::vector<std::string> texts = split(read_text(name + ".inp"), "\n__ggml_vocab_test__\n");
  const std::vector<std::string> lines = split(read_text(name + ".out"), "\n");
  ASSERT_GE(texts.size(), 40u);
  ASSERT_EQ(lines.size(), texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(encode(*tokenizer_, texts[i], {false, true}), parse_ids(lines[i])) << i << ": " << texts[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Vocabularies, Golden, ::testing::ValuesIn(kVocabularies),
                         [](const auto& vocabulary) { return test_name(vocabulary.param); });

struct Ends {
  const char* name;
  std::vector<const char*> texts;
};

TEST(GoldenRules, EndOfGenerationTokens) {
  const Ends expected[] = {{"llama-spm", {"</s>"}},
                           {"phi-3", {"</s>", "<|endoftext|>", "<|end|>"}},
                           {"llama-bpe", {"<|end_of_text|>", "<|eot_id|>"}},
                           {"qwen2", {"<|endoftext|>", "<|im_end|>"}},
                           {"falcon", {"<|endoftext|>"}}};
  for (const Ends& ends : expected) {
    const auto tokenizer = shared_vocabulary(ends.name);
    if (tokenizer == nullptr) GTEST_SKIP() << "no shared vocabularies in " << WC_SHARED_DIR;
    std::vector<std::string> texts;
    for (const TokenId id : tokenizer->end_of_generation()) texts.emplace_back(tokenizer->piece(id));
    EXPECT_EQ(texts, std::vector<std::string>(ends.texts.begin(), ends.texts.end())) << ends.name;
  }
}

}  // namespace
}  // namespace wasmchord::test
