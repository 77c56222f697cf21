// The vocabulary of the test model that comes with the repository.
#include <gtest/gtest.h>

#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

class Tales : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string path = data_path("models/tales-1m-q8_0.gguf");
    auto tokenizer = create_from_file(path);
    ASSERT_TRUE(tokenizer.is_ok()) << tokenizer.status().message();
    tokenizer_ = *std::move(tokenizer);
  }
  std::unique_ptr<Tokenizer> tokenizer_;
};

TEST_F(Tales, Properties) {
  EXPECT_EQ(tokenizer_->kind(), "llama");
  EXPECT_EQ(tokenizer_->vocab_size(), 4096u);
  EXPECT_EQ(tokenizer_->piece(tokenizer_->bos()), "<s>");
  EXPECT_EQ(tokenizer_->piece(tokenizer_->eos()), "</s>");
  EXPECT_EQ(tokenizer_->piece(tokenizer_->eot()), "<|end|>");
  EXPECT_TRUE(tokenizer_->add_bos());
  EXPECT_FALSE(tokenizer_->add_eos());
  EXPECT_EQ(tokenizer_->end_of_generation().size(), 2u);
}

// ids/tales.plain.ids: ids of the sentencepiece library 0.1.97 with the model's tokenizer.model, BOS put in front.
TEST_F(Tales, DifficultTexts) {
  const std::vector<std::string> texts = difficult_texts();
  const std::vector<std::string> lines = split(read_text(data_path("tokenizers/ids/tales.plain.ids")), "\n");
  ASSERT_EQ(texts.size(), 200u);
  ASSERT_EQ(lines.size(), texts.size() + 1);
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(encode(*tokenizer_, texts[i], {true, false}), parse_ids(lines[i])) << i << ": " << texts[i];
  }
}

TEST_F(Tales, RoundTrips) {
  for (const std::string& text : difficult_texts()) {
    EXPECT_EQ(decode(*tokenizer_, encode(*tokenizer_, text, {true, false})), readable(*tokenizer_, text));
    EXPECT_EQ(decode(*tokenizer_, encode(*tokenizer_, text, {false, true}), true), readable(*tokenizer_, text));
  }
  const std::string chat = "<|user|>\nhi <|end|>\n<|assistant|>\n";
  const std::vector<TokenId> ids = encode(*tokenizer_, chat, {false, true});
  EXPECT_EQ(decode(*tokenizer_, ids, true), chat);
  EXPECT_EQ(decode(*tokenizer_, ids, false), "\nhi \n\n");
  EXPECT_EQ(ids.front(), tokenizer_->find("<|user|>"));
}

}  // namespace
}  // namespace wasmchord::test
