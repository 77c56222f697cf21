// Steps: which logits they sample from, which tokens they compute, what ends them.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/session/sessions.h"

namespace wasmchord::test {
namespace {

TokenId likeliest(const std::vector<float>& logits) {
  return static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

class Generation : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(session_->prefill(prompt_).is_ok());
    options_.ignore_end = true;
    ASSERT_TRUE(session_->generate(options_).is_ok());
  }
  const std::vector<TokenId> prompt_ = first_of(tiny_ids(), 12);
  GenerateOptions options_;
  std::unique_ptr<Session> session_ = session_of(random_model());
};

TEST_F(Generation, FirstStepSamplesFromThePrefillsLogits) {
  const std::vector<float> before = logits_of(*session_);
  Step step;
  ASSERT_TRUE(session_->step(&step).is_ok());
  EXPECT_EQ(step.token, likeliest(before));
  EXPECT_EQ(session_->info().position, 12u) << "nothing had to be computed";
  EXPECT_EQ(bit_difference(logits_of(*session_), before), "");
}

TEST_F(Generation, EachFurtherStepComputesOneToken) {
  std::vector<TokenId> text = prompt_;
  for (uint32_t i = 0; i < 20; ++i) {
    Step step;
    ASSERT_TRUE(session_->step(&step).is_ok());
    EXPECT_EQ(session_->info().position, 12 + i);
    EXPECT_EQ(session_->info().decode_tokens, i + 1);
    const std::vector<float> expected = fresh_logits(random_model(), text);
    EXPECT_EQ(bit_difference(logits_of(*session_), expected), "") << "a token was left out or fed twice";
    EXPECT_EQ(step.token, likeliest(expected));
    text.push_back(step.token);
  }
}

TEST_F(Generation, TokenGivenOutLastGoesInFrontOfTheNextPrefill) {
  const Generated some = run_steps(*session_, 5);
  ASSERT_EQ(session_->info().position, 16u);
  const std::vector<TokenId> more = {77, 78};
  ASSERT_TRUE(session_->prefill(more).is_ok());
  EXPECT_EQ(session_->info().position, 19u);
  const auto all = joined(joined(prompt_, some.ids), more);
  EXPECT_EQ(bit_difference(logits_of(*session_), fresh_logits(random_model(), all)), "");
}

TEST_F(Generation, TokenGivenOutLastIsComputedByAnEmptyPrefill) {
  const Generated some = run_steps(*session_, 3);
  ASSERT_TRUE(session_->prefill({}).is_ok());
  EXPECT_EQ(session_->info().position, 15u);
  EXPECT_EQ(bit_difference(logits_of(*session_), fresh_logits(random_model(), joined(prompt_, some.ids))), "");
}

TEST_F(Generation, GoesOnWhereAnotherOneEnded) {
  const Generated whole = run_steps(*session_, 10);
  const auto other = session_of(random_model());
  options_.max_tokens = 4;
  const Generated a = continue_text(*other, prompt_, options_);
  EXPECT_EQ(a.code, Code::kEnd);
  EXPECT_EQ(a.reason, EndReason::kLength);
  options_.max_tokens = 6;
  ASSERT_TRUE(other->generate(options_).is_ok());
  const Generated b = run_steps(*other);
  EXPECT_EQ(joined(a.ids, b.ids), whole.ids);
}

TEST_F(Generation, IsOverAfterAPrefillOrATruncation) {
  Step step;
  ASSERT_TRUE(session_->prefill(std::vector<TokenId>{9}).is_ok());
  EXPECT_EQ(session_->step(&step).code(), Code::kInvalidState);
  ASSERT_TRUE(session_->generate(options_).is_ok());
  ASSERT_TRUE(session_->step(&step).is_ok());
  ASSERT_TRUE(session_->truncate(session_->info().position).is_ok());
  EXPECT_EQ(session_->step(&step).code(), Code::kInvalidState);
  EXPECT_EQ(step.token, kNoToken);
}

TEST_F(Generation, EndsAfterMaxTokens) {
  options_.max_tokens = 1;
  ASSERT_TRUE(session_->generate(options_).is_ok());
  const Generated out = run_steps(*session_);
  EXPECT_EQ(out.code, Code::kEnd);
  EXPECT_EQ(out.reason, EndReason::kLength);
  EXPECT_EQ(out.ids.size(), 1u);
  Step step;
  EXPECT_EQ(session_->step(&step).code(), Code::kInvalidState);
}

// Presence weighs so much that a token which was seen is never chosen again.
TEST(Samplers, AreToldOfThePromptAndOfEachStep) {
  const std::vector<TokenId> prompt = first_of(tiny_ids(), 60);
  SamplerChain chain;
  const SamplerParam params[] = {{"last_n", -1}, {"presence", 1000}};
  ASSERT_TRUE(chain.add("penalties", params).is_ok());
  GenerateOptions options;
  options.sampler = &chain;
  options.ignore_end = true;
  options.max_tokens = 20;
  const auto session = session_of(random_model());
  std::vector<TokenId> all = joined(prompt, continue_text(*session, prompt, options).ids);
  ASSERT_TRUE(session->generate(options).is_ok());
  all = joined(all, run_steps(*session).ids);
  ASSERT_EQ(all.size(), 100u);
  std::sort(all.begin() + 60, all.end());
  EXPECT_EQ(std::adjacent_find(all.begin() + 60, all.end()), all.end());
  for (TokenId id : prompt) EXPECT_FALSE(std::binary_search(all.begin() + 60, all.end(), id)) << id;
}

TEST(Samplers, GoOnInTheNextGeneration) {
  const std::vector<TokenId> prompt = first_of(tiny_ids(), 12);
  SamplerChain chain;
  const SamplerParam seed{"seed", 7};
  ASSERT_TRUE(chain.add("dist", {&seed, 1}).is_ok());
  GenerateOptions options;
  options.sampler = &chain;
  options.ignore_end = true;
  options.max_tokens = 20;
  const Generated whole = continue_text(*session_of(random_model()), prompt, options);
  chain.reset();
  options.max_tokens = 10;
  const auto session = session_of(random_model());
  const Generated a = continue_text(*session, prompt, options);
  ASSERT_TRUE(session->generate(options).is_ok());
  EXPECT_EQ(joined(a.ids, run_steps(*session).ids), whole.ids);
}

TEST(Steps, WithoutAGenerationAreAStateError) {
  const auto session = session_of(random_model());
  Step step;
  EXPECT_EQ(session->step(&step).code(), Code::kInvalidState);
  EXPECT_EQ(session->generate({}).code(), Code::kInvalidState) << "no token was computed";
}

TEST(ContextFull, IsAStatusAndLosesNothing) {
  const std::vector<TokenId> prompt = first_of(tiny_ids(), 12);
  GenerateOptions options;
  options.ignore_end = true;
  const auto session = session_of(random_model(), 20);
  const Generated out = continue_text(*session, prompt, options);
  EXPECT_EQ(out.code, Code::kContextFull);
  EXPECT_EQ(session->info().position, 20u);
  EXPECT_EQ(out.ids.size(), 9u) << "eight that were computed and one sampled behind them";
  const auto roomy = session_of(random_model());
  options.max_tokens = 9;
  EXPECT_EQ(out.ids, continue_text(*roomy, prompt, options).ids);
  // All of it is still there: a shorter context goes on from it.
  ASSERT_TRUE(session->truncate(15).is_ok());
  ASSERT_TRUE(session->prefill(std::vector<TokenId>{3}).is_ok());
  const auto kept = joined(joined(prompt, first_of(out.ids, 3)), {3});
  EXPECT_EQ(bit_difference(logits_of(*session), fresh_logits(random_model(), kept)), "");
}

TEST(ContextFull, OfThePromptStillGivesOneToken) {
  const std::vector<TokenId> prompt = first_of(tiny_ids(), 12);
  GenerateOptions options;
  options.ignore_end = true;
  const auto session = session_of(random_model(), 12);
  const Generated out = continue_text(*session, prompt, options);
  EXPECT_EQ(out.ids.size(), 1u);
  EXPECT_EQ(out.code, Code::kContextFull);
}

// eos_token_id set to what the model says third.
TEST(EndOfGeneration, StopsAndIsNotPartOfTheText) {
  const std::vector<TokenId> prompt = first_of(tiny_ids(), 12);
  GenerateOptions options;
  options.max_tokens = 10;
  options.ignore_end = true;
  const Generated free = continue_text(*session_of(random_model()), prompt, options);
  const TokenId eos = free.ids[2];
  const auto at = std::find(free.ids.begin(), free.ids.end(), eos) - free.ids.begin();
  const auto model = load(tiny("mqa").set("tokenizer.ggml.eos_token_id", static_cast<uint32_t>(eos)).build());
  options.ignore_end = false;
  const auto session = session_of(model);
  const Generated out = continue_text(*session, prompt, options);
  EXPECT_EQ(out.code, Code::kEnd);
  EXPECT_EQ(out.reason, EndReason::kToken);
  EXPECT_EQ(out.ids, first_of(free.ids, static_cast<size_t>(at) + 1));
  options.ignore_end = true;
  const auto ignoring = session_of(model);
  EXPECT_EQ(continue_text(*ignoring, prompt, options).ids, free.ids);
}

TEST(EndOfGeneration, EndsAnAnswer) {
  const auto& model = story_model();
  const auto session = session_of(model, 256);
  const Generated out = continue_text(*session, encode(*model, "<|user|>\nWho are you?<|end|>\n<|assistant|>\n"), {});
  EXPECT_EQ(out.code, Code::kEnd);
  EXPECT_EQ(out.reason, EndReason::kToken);
  EXPECT_EQ(out.ids.back(), model->tokenizer().eot());
  EXPECT_EQ(out.text.find("<|end|>"), std::string::npos);
  EXPECT_FALSE(out.text.empty());
}

bool valid_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t n = lead < 0x80                   ? 1
                     : lead >= 0xc2 && lead < 0xe0 ? 2
                     : lead >= 0xe0 && lead < 0xf0 ? 3
                     : lead >= 0xf0 && lead < 0xf5 ? 4
                                                   : 0;
    if (n == 0 || i + n > text.size()) return false;
    for (size_t k = 1; k < n; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += n;
  }
  return true;
}

// A model that says random bytes: every step's text is whole characters, together they are the decoder's.
TEST(Text, IsValidUtf8AtEachStep) {
  const auto& model = random_model();
  for (double seed : {1.0, 2.0, 3.0}) {
    SamplerChain chain;
    const SamplerParam hot{"t", 5.0}, start{"seed", seed};
    ASSERT_TRUE(chain.add("temperature", {&hot, 1}).is_ok());
    ASSERT_TRUE(chain.add("dist", {&start, 1}).is_ok());
    GenerateOptions options;
    options.sampler = &chain;
    options.ignore_end = true;
    options.max_tokens = 100;
    const auto session = session_of(model, 200);
    const Generated out = continue_text(*session, {1, 5}, options);
    for (const std::string& text : out.texts) EXPECT_TRUE(valid_utf8(text)) << testing::PrintToString(text);
    StreamDecoder decoder(&model->tokenizer(), false);
    decoder.reset(false);
    std::string expected;
    for (TokenId id : out.ids) ASSERT_TRUE(decoder.push(id, &expected).is_ok());
    decoder.flush(&expected);
    EXPECT_EQ(out.text, expected);
    EXPECT_NE(out.text.find("\xef\xbf\xbd"), std::string::npos) << "invalid bytes came by";
    chain.reset();
    const auto again = session_of(model, 200);
    EXPECT_EQ(continue_text(*again, {1, 5}, options).ids, out.ids) << "the same seed";
  }
}

}  // namespace
}  // namespace wasmchord::test
