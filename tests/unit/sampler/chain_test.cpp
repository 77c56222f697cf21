// Whole chains: choice, determinism, order, state and refusal.
#include "tests/unit/sampler/sampler_support.h"

namespace wasmchord {
namespace {

using test::kInf;
using test::logs;
using test::Params;
using test::random_logits;
using test::ranking;

struct Step {
  std::string_view name;
  Params params;
};

SamplerChain make_chain(const std::vector<Step>& steps, size_t vocab_size) {
  SamplerChain chain;
  for (const Step& step : steps) {
    const Status status = chain.add(step.name, step.params);
    EXPECT_TRUE(status.is_ok()) << status.message();
  }
  chain.prepare(static_cast<uint32_t>(vocab_size));
  return chain;
}

int32_t sample(SamplerChain* chain, const std::vector<float>& logits) {
  const Result<int32_t> token = chain->sample(logits);
  EXPECT_TRUE(token.is_ok()) << token.status().message();
  return token ? *token : -1;
}

std::vector<int32_t> draw(SamplerChain* chain, const std::vector<float>& logits, size_t n) {
  std::vector<int32_t> tokens;
  for (size_t i = 0; i < n; ++i) {
    tokens.push_back(sample(chain, logits));
    chain->accept(tokens.back());
  }
  return tokens;
}

std::vector<Step> usual(double seed) {
  return {{"penalties", {{"last_n", 64}, {"repeat", 1.1}}},
          {"top_k", {{"k", 40}}},
          {"top_p", {{"p", 0.95}}},
          {"min_p", {{"p", 0.05}}},
          {"temperature", {{"t", 0.8}}},
          {"dist", {{"seed", seed}}}};
}

TEST(Chain, GreedyAndNoMemberTakeTheBest) {
  for (const size_t n : {1u, 2u, 33u, 4000u}) {
    for (const float step : {0.0f, 1.0f}) {
      const std::vector<float> logits = random_logits(n, 3, step);
      SamplerChain greedy = make_chain({{"greedy", {}}}, n), empty = make_chain({}, n);
      EXPECT_EQ(sample(&greedy, logits), ranking(logits)[0]);
      EXPECT_EQ(sample(&empty, logits), ranking(logits)[0]);
    }
  }
}

// The statistic's 99.9 % quantile for 4 degrees of freedom is 18.47.
TEST(Chain, DistFollowsTheProbabilities) {
  const double p[] = {0.5, 0.25, 0.15, 0.07, 0.03};
  const std::vector<float> logits = logs({0.5, 0.25, 0.15, 0.07, 0.03});
  for (const double seed : {0.0, 1.0, 123456789.0}) {
    SamplerChain chain = make_chain({{"dist", {{"seed", seed}}}}, 5);
    constexpr size_t kDraws = 50000;
    double counts[5] = {};
    for (const int32_t token : draw(&chain, logits, kDraws)) counts[token] += 1;
    double chi_square = 0;
    for (int i = 0; i < 5; ++i) {
      const double expected = p[i] * kDraws;
      chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    EXPECT_LT(chi_square, 18.47);
  }
}

TEST(Chain, DistNeverTakesWhatIsExcluded) {
  SamplerChain chain = make_chain({{"dist", {}}}, 4);
  for (const int32_t token : draw(&chain, {-kInf, 1.0f, -kInf, -kInf}, 100)) EXPECT_EQ(token, 1);
}

// Pinned: must be the same on every platform, with every compiler, for ever.
TEST(Chain, SequenceIsPinned) {
  std::vector<float> logits(1000);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>((i * 7919) % 1000) * 0.015625f;
  SamplerChain chain = make_chain(usual(42), logits.size());
  const std::vector<int32_t> expected = {284, 420, 877, 346, 889, 247, 852, 963,
                                         309, 988, 667, 840, 926, 729, 494, 815};
  EXPECT_EQ(draw(&chain, logits, 16), expected);
}

TEST(Chain, EqualSeedsEqualTokens) {
  const std::vector<float> logits = random_logits(3000, 9);
  SamplerChain a = make_chain(usual(5), logits.size()), b = make_chain(usual(5), logits.size());
  SamplerChain other = make_chain(usual(6), logits.size());
  const std::vector<int32_t> tokens = draw(&a, logits, 50);
  EXPECT_EQ(draw(&b, logits, 50), tokens);
  EXPECT_NE(draw(&other, logits, 50), tokens);
}

TEST(Chain, ResetAndAnotherVocabularyRestartEverything) {
  const std::vector<float> logits = random_logits(3000, 9);
  SamplerChain chain = make_chain(usual(5), logits.size());
  const std::vector<int32_t> tokens = draw(&chain, logits, 50);
  EXPECT_NE(draw(&chain, logits, 50), tokens);
  chain.reset();
  EXPECT_EQ(draw(&chain, logits, 50), tokens);
  chain.prepare(3000);  // prepared already: the stream goes on
  EXPECT_NE(draw(&chain, logits, 50), tokens);
  chain.prepare(2);
  chain.prepare(3000);
  EXPECT_EQ(draw(&chain, logits, 50), tokens);
}

TEST(Chain, OrderMatters) {
  const std::vector<float> logits = logs({0.4, 0.3, 0.3});
  const Step top_k = {"top_k", {{"k", 1}}}, bias = {"logit_bias", {{"token", 2}, {"bias", 9}}};
  SamplerChain before = make_chain({bias, top_k}, 3), after = make_chain({top_k, bias}, 3);
  EXPECT_EQ(sample(&before, logits), 2);
  EXPECT_EQ(sample(&after, logits), 0);
}

TEST(Chain, AChoiceEndsTheChain) {
  SamplerChain chain = make_chain({{"greedy", {}}, {"logit_bias", {{"token", 0}, {"bias", 99}}}}, 2);
  EXPECT_EQ(sample(&chain, {0.0f, 1.0f}), 1);
}

TEST(Chain, PenaltiesSeeAcceptedTokens) {
  SamplerChain chain = make_chain({{"penalties", {{"presence", 2}, {"last_n", 2}}}}, 3);
  EXPECT_EQ(draw(&chain, {3.0f, 2.0f, 0.0f}, 4), (std::vector<int32_t>{0, 1, 0, 0}));
}

TEST(Chain, MembersAddedAfterPrepareArePrepared) {
  SamplerChain chain = make_chain({}, 3);
  ASSERT_TRUE(chain.add("penalties", Params{{"presence", 2}}).is_ok());
  EXPECT_EQ(draw(&chain, {3.0f, 2.0f, 0.0f}, 2), (std::vector<int32_t>{0, 1}));
}

TEST(Chain, SamplingAloneChangesNoPenalty) {
  SamplerChain chain = make_chain({{"penalties", {{"presence", 9}}}}, 2);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sample(&chain, {1.0f, 0.0f}), 0);
}

TEST(Chain, BadLogitsAreRefusedAndNamed) {
  SamplerChain chain = make_chain(usual(1), 3);
  for (const float bad : {std::nanf(""), -std::nanf(""), kInf}) {
    const Result<int32_t> token = chain.sample(std::vector<float>{0.0f, bad, 1.0f});
    EXPECT_EQ(token.status().code(), Code::kBadLogits);
    EXPECT_NE(token.status().message().find("token 1"), std::string::npos) << token.status().message();
  }
  EXPECT_EQ(chain.sample(std::vector<float>(3, -kInf)).status().code(), Code::kBadLogits);
}

TEST(Chain, AllExcludedIsRefusedByEveryMember) {
  for (size_t i = 0; i < sampler_count(); ++i) {
    SamplerChain chain = make_chain({{sampler_name(i), {}}}, 600);
    EXPECT_EQ(chain.sample(std::vector<float>(600, -kInf)).status().code(), Code::kBadLogits) << sampler_name(i);
  }
  SamplerChain chain =
      make_chain({{"logit_bias", {{"token", 0}, {"bias", -double{kInf}}, {"token", 1}, {"bias", -double{kInf}}}},
                  {"top_p", {}},
                  {"dist", {}}},
                 2);
  EXPECT_EQ(chain.sample(std::vector<float>{1, 2}).status().code(), Code::kBadLogits);
}

TEST(Chain, EveryMemberHandlesASingleCandidate) {
  for (size_t i = 0; i < sampler_count(); ++i) {
    SamplerChain chain = make_chain({{sampler_name(i), {}}}, 1);
    EXPECT_EQ(sample(&chain, {-1e30f}), 0) << sampler_name(i);
  }
}

TEST(Chain, WrongSizesAreRefused) {
  SamplerChain chain;
  EXPECT_EQ(chain.sample(std::vector<float>{1}).status().code(), Code::kInvalidState);
  chain.prepare(2);
  EXPECT_EQ(chain.sample(std::vector<float>{1}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(chain.sample(std::vector<float>{1, 2, 3}).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace wasmchord
