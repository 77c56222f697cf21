// The samplers that re-weight: penalties and logit_bias.
#include <cfloat>
#include <deque>
#include <map>

#include "tests/unit/sampler/sampler_support.h"

namespace wasmchord {
namespace {

using test::kInf;
using test::Params;
using test::Race;
using test::random_logits;

std::unique_ptr<Sampler> make_prepared(const Params& params, uint32_t vocab_size) {
  SamplerResult result = make_penalties(params);
  EXPECT_TRUE(result.is_ok()) << result.status().message();
  result.value()->prepare(vocab_size);
  return std::move(result).value();
}

TEST(Penalties, EqualTheFormulaOverASlidingWindow) {
  constexpr uint32_t kVocab = 50;
  for (const int last_n : {-1, 1, 7, 64}) {
    const Params params = {{"last_n", double(last_n)}, {"repeat", 1.3}, {"frequency", 0.2}, {"presence", -0.4}};
    const std::unique_ptr<Sampler> sampler = make_prepared(params, kVocab);
    std::mt19937 random(5);
    std::deque<int32_t> window;
    for (int step = 0; step < 300; ++step) {
      const int32_t token = static_cast<int32_t>(random() % (kVocab + 5)) - 2;  // some outside the vocabulary
      sampler->accept(token);
      window.push_back(token);
      if (last_n > 0 && window.size() > static_cast<size_t>(last_n)) window.pop_front();
      const std::vector<float> logits = random_logits(kVocab, static_cast<uint32_t>(step));
      std::map<int32_t, int> counts;
      for (const int32_t t : window) ++counts[t];
      Race race(logits);
      if (step % 2 == 1) race.apply(make_top_k(Params{{"k", 20}}));
      sampler->apply(&race.candidates);
      for (const Candidate& c : race.candidates.all.first(race.candidates.size)) {
        double expected = logits[static_cast<size_t>(c.id)];
        if (const int n = counts[c.id]; n > 0) {
          expected = expected > 0 ? expected / 1.3 : expected * 1.3;
          expected += -n * 0.2 + 0.4;
        }
        ASSERT_NEAR(c.logit, expected, 1e-5) << "last_n " << last_n << " step " << step;
      }
    }
  }
}

TEST(Penalties, OffChangesNothing) {
  for (const Params& params : {Params{}, Params{{"last_n", 0}, {"repeat", 2}}}) {
    const std::unique_ptr<Sampler> sampler = make_prepared(params, 4);
    sampler->accept(1);
    Race race({1, 2, 3, 4});
    race.candidates.sorted = true;
    sampler->apply(&race.candidates);
    EXPECT_EQ(race.logit_of(1), 2.0f);
    EXPECT_TRUE(race.candidates.sorted);
  }
}

TEST(Penalties, ResetAndPrepareForget) {
  const std::unique_ptr<Sampler> sampler = make_prepared({{"presence", 1}}, 4);
  for (const bool by_reset : {true, false}) {
    sampler->accept(1);
    sampler->accept(1);
    Race before({1, 2, 3, 4});
    sampler->apply(&before.candidates);
    EXPECT_EQ(before.logit_of(1), 1.0f);
    if (by_reset) {
      sampler->reset();
    } else {
      sampler->prepare(4);
    }
    Race after({1, 2, 3, 4});
    sampler->apply(&after.candidates);
    EXPECT_EQ(after.logit_of(1), 2.0f);
  }
}

TEST(Penalties, AcceptBeforePrepareIsIgnored) {
  SamplerResult sampler = make_penalties(Params{{"presence", 1}});
  sampler.value()->accept(1);
  sampler.value()->prepare(4);
  Race race({1, 2, 3, 4});
  sampler.value()->apply(&race.candidates);
  EXPECT_EQ(race.logit_of(1), 2.0f);
}

TEST(Penalties, StayBelowInfinity) {
  const std::unique_ptr<Sampler> sampler = make_prepared({{"repeat", 1e-30}, {"presence", -3e38}}, 3);
  for (const int32_t token : {0, 1, 2}) sampler->accept(token);
  Race race({1e20f, -1e20f, -kInf});
  sampler->apply(&race.candidates);
  EXPECT_EQ(race.logit_of(0), FLT_MAX);
  EXPECT_LE(race.logit_of(1), FLT_MAX);
  EXPECT_EQ(race.logit_of(2), -kInf);
}

TEST(LogitBias, AddsToItsTokens) {
  const Params params = {{"token", 1}, {"bias", 2.5}, {"token", 3}, {"bias", -double{kInf}},
                         {"token", 1}, {"bias", 0.5}, {"token", 9}, {"bias", 7}};
  Race race({1, 2, 3, 4});
  race.candidates.sorted = true;
  race.apply(make_logit_bias(params));
  EXPECT_EQ(race.logit_of(0), 1.0f);
  EXPECT_EQ(race.logit_of(1), 5.0f);
  EXPECT_EQ(race.logit_of(3), -kInf);
  EXPECT_FALSE(race.candidates.sorted);
}

TEST(LogitBias, FindsTokensAfterReordering) {
  Race race(random_logits(100, 1));
  race.apply(make_top_k(Params{{"k", 10}}));
  const int32_t last = race.ids().back();
  const float before = race.logit_of(last);
  race.apply(make_logit_bias(Params{{"token", double(last)}, {"bias", 100}}));
  EXPECT_EQ(race.logit_of(last), before + 100.0f);
}

}  // namespace
}  // namespace wasmchord
