// No text takes quadratic time: a megabyte without a single word boundary is encoded in seconds. A quadratic algorithm
// would take 10^12 steps and run into the test's time limit. Vocabularies made here get a quarter of a megabyte;
// sanitized code, which is slower, an eighth of it all.
#include <gtest/gtest.h>

#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

constexpr size_t kMegabyte = size_t{1} << (WC_SANITIZED ? 17 : 20);

std::string repeat(std::string_view unit, size_t size) {
  std::string text;
  while (text.size() < size) text += unit;
  return text;
}

void encode_endless(const Tokenizer& tokenizer, bool keeps_text, size_t size = kMegabyte / 4) {
  for (const std::string_view unit :
       {"a", " ", "\n", "ab", "1", "=", "\xC3\xA9", "\xF0\x9F\x9A\x80", "aB", "\xE3\x80\x80"}) {
    const std::string text = repeat(unit, size) + "x";
    const std::vector<TokenId> ids = encode(tokenizer, text, {false, true});
    if (keeps_text) {
      ASSERT_EQ(decode(tokenizer, ids), text);
    }
  }
  encode(tokenizer, repeat("\xFF", size), {false, true});
  encode(tokenizer, repeat("\xE2", size), {false, true});
}

TEST(Speed, MicroVocabularies) {
  encode_endless(**create(micro_spm().builder()), true);
  MicroVocabulary joined = micro_spm();
  encode_endless(**create(joined.add("a\xE2\x96\x81").builder()), true);
  for (const char* pre : {"default", "llama3", "gpt-2", "deepseek-llm", "deepseek-v3", "gpt-4o", "bloom"}) {
    encode_endless(**create(micro_bpe(pre).builder()), true);
  }
}

class SharedSpeed : public ::testing::TestWithParam<const char*> {};

TEST_P(SharedSpeed, EndlessWords) {
  const auto tokenizer = shared_vocabulary(GetParam());
  if (tokenizer == nullptr) GTEST_SKIP() << "no shared vocabulary " << GetParam() << " in " << WC_SHARED_DIR;
  encode_endless(*tokenizer, tokenizer->kind() != "bert", kMegabyte);
}

INSTANTIATE_TEST_SUITE_P(Vocabularies, SharedSpeed, ::testing::Values("llama-spm", "llama-bpe", "phi-2", "bert-bge"),
                         [](const auto& vocabulary) { return test_name(vocabulary.param); });

}  // namespace
}  // namespace wasmchord::test
