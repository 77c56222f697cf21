#include "src/tokenizer/pretokenizer.h"

#include <gtest/gtest.h>

#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

using Words = std::vector<std::string>;

Words words_of(std::string_view name, std::string_view text) {
  const Pretokenizer* pretokenizer = find_pretokenizer(name);
  if (pretokenizer == nullptr) return {"unknown"};
  Words words;
  split_words(pretokenizer->passes, text, [&words](std::string_view word) {
    words.emplace_back(word);
    return true;
  });
  return words;
}

TEST(Pretokenizer, UnknownNames) {
  EXPECT_EQ(find_pretokenizer("nosuch"), nullptr);
  EXPECT_EQ(find_pretokenizer(""), nullptr);
  EXPECT_NE(find_pretokenizer("default"), nullptr);
}

TEST(Pretokenizer, Gpt2) {
  EXPECT_EQ(words_of("gpt-2", "Don't  stop 123 a1!? \n x"),
            (Words{"Don", "'t", " ", " stop", " 123", " a", "1", "!?", " \n", " x"}));
  EXPECT_EQ(words_of("gpt-2", "we'LL 'll"), (Words{"we", "'", "LL", " '", "ll"}));
  EXPECT_EQ(words_of("gpt-2", "a   "), (Words{"a", "   "}));
  EXPECT_EQ(words_of("gpt-2", " "), (Words{" "}));
}

TEST(Pretokenizer, Llama3) {
  EXPECT_EQ(words_of("llama-bpe", "We'LL see\n\n  12345 (ab)..\n\nx \n y"),
            (Words{"We", "'LL", " see", "\n\n", " ", " ", "123", "45", " (", "ab", ")..\n\n", "x", " \n", " y"}));
  EXPECT_EQ(words_of("llama-bpe", "\tword $x"), (Words{"\tword", " $", "x"}));
}

TEST(Pretokenizer, Qwen2SplitsDigits) { EXPECT_EQ(words_of("qwen2", "a 123"), (Words{"a", " ", "1", "2", "3"})); }

TEST(Pretokenizer, Qwen35KeepsMarksInWords) {
  EXPECT_EQ(words_of("qwen35", "a\xCC\x81 b"), (Words{"a\xCC\x81", " b"}));
  EXPECT_EQ(words_of("qwen2", "a\xCC\x81 b"), (Words{"a", "\xCC\x81", " b"}));
}

TEST(Pretokenizer, MiniCpm5CutsNumbersFirst) {
  EXPECT_EQ(words_of("minicpm5", "x 12345"), (Words{"x", " ", "123", "45"}));
}

TEST(Pretokenizer, SeedCoderLeavesLineBreaksAlone) {
  EXPECT_EQ(words_of("seed-coder", "a;\nb"), (Words{"a", ";", "\n", "b"}));
  EXPECT_EQ(words_of("qwen2", "a;\nb"), (Words{"a", ";\n", "b"}));
}

TEST(Pretokenizer, StarcoderCutsDigitsFirst) {
  EXPECT_EQ(words_of("starcoder", "ab 12 c"), (Words{"ab", " ", "1", "2", " c"}));
}

TEST(Pretokenizer, FalconAndDefault) {
  EXPECT_EQ(words_of("falcon", "a 12345+b `c`"), (Words{"a", " ", "123", "45", "+", "b", " ", "`", "c", "`"}));
  EXPECT_EQ(words_of("default", "a 1234+`c"), (Words{"a", " ", "123", "4", "+", "`", "c"}));
}

TEST(Pretokenizer, DeepseekLlm) {
  EXPECT_EQ(words_of("deepseek-llm", "Ab1 c.\n\xE4\xB8\xAD\xE6\x96\x87 12  "),
            (Words{"Ab", "1", " c", ".", "\n", "\xE4\xB8\xAD\xE6\x96\x87", " ", "12", "  "}));
}

TEST(Pretokenizer, DeepseekCoder) {
  EXPECT_EQ(words_of("deepseek-coder", "a b\n12 (c"), (Words{"a", " b", "\n", "1", "2", " (", "c"}));
}

TEST(Pretokenizer, DeepseekV3) {
  EXPECT_EQ(words_of("deepseek-v3", ".text 1234 \xE4\xB8\xAD (a) $$\n"),
            (Words{".text", " ", "123", "4", " ", "\xE4\xB8\xAD", " (", "a", ")", " $$\n"}));
  EXPECT_EQ(words_of("deepseek-v3", "\xE2\x80\x8B\xE2\x80\x8B "), (Words{"\xE2\x80\x8B\xE2\x80\x8B", " "}));
}

TEST(Pretokenizer, Gpt4oSplitsWordsByCase) {
  EXPECT_EQ(words_of("gpt-4o", "fooBar HTMLPage isn'T A\xC3\x89"),
            (Words{"foo", "Bar", " HTMLPage", " isn'T", " A\xC3\x89"}));
  EXPECT_EQ(words_of("gpt-4o",
                     "\xC3\x89"
                     "AB a/b/\n//\n"),
            (Words{"\xC3\x89", "AB", " a", "/b", "/\n//\n"}));
  EXPECT_EQ(words_of("tekken", "fooBar isn't 12"), (Words{"foo", "Bar", " isn", "'t", " ", "1", "2"}));
}

TEST(Pretokenizer, Bloom) {
  EXPECT_EQ(words_of("bloom", "ab, cd.e (f)"), (Words{"ab", ",", " cd", ".", "e", " (", "f", ")"}));
  EXPECT_EQ(words_of("viking", "a12"), (Words{"a", "1", "2"}));
}

TEST(Pretokenizer, EveryOneKeepsEveryByte) {
  for (const char* name :
       {"default", "llama3", "minicpm5", "qwen2", "qwen35", "bailingmoe", "seed-coder", "gpt-2", "starcoder", "falcon",
        "deepseek-llm", "deepseek-coder", "deepseek-v3", "gpt-4o", "tekken", "bloom", "viking"}) {
    for (const std::string& text : difficult_texts()) {
      std::string joined;
      for (const std::string& word : words_of(name, text)) {
        EXPECT_FALSE(word.empty());
        joined += word;
      }
      EXPECT_EQ(joined, text) << name;
    }
  }
}

}  // namespace
}  // namespace wasmchord::test
