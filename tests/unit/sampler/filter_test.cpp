// The samplers that narrow: top_k, top_p, min_p, typical and temperature's limit.
#include "src/sampler/select.h"
#include "tests/unit/sampler/sampler_support.h"

namespace wasmchord {
namespace {

using test::kInf;
using test::logs;
using test::Params;
using test::Race;
using test::random_logits;
using test::ranking;
using test::softmax;

using Ids = std::vector<int32_t>;

const size_t kSizes[] = {1, 2, 7, 100, 513, 5000};
const float kSteps[] = {0.0f, 0.5f};

template <typename F>
void for_random_logits(F check) {
  for (const size_t n : kSizes) {
    for (const float step : kSteps) {
      SCOPED_TRACE(std::to_string(n) + " logits, step " + std::to_string(step));
      check(random_logits(n, static_cast<uint32_t>(n), step));
    }
  }
}

Ids head(const Ids& ids, size_t k) {
  return Ids(ids.begin(), ids.begin() + static_cast<ptrdiff_t>(std::min(k, ids.size())));
}

double total(const std::vector<double>& p, const Ids& ids, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += p[static_cast<size_t>(ids[i])];
  return sum;
}

// `kept` must be the shortest head of `order` that holds `mass` and min_keep candidates.
void expect_mass_head(const Ids& kept, const Ids& order, const std::vector<double>& p, double mass, size_t min_keep) {
  constexpr double kTolerance = 1e-5;
  ASSERT_EQ(kept, head(order, kept.size()));
  EXPECT_GE(total(p, order, kept.size()), std::min(mass, 1.0) - kTolerance);
  EXPECT_GE(kept.size(), std::min(std::max<size_t>(min_keep, 1), order.size()));
  if (kept.size() > std::max<size_t>(min_keep, 1)) {
    EXPECT_LT(total(p, order, kept.size() - 1), mass + kTolerance);
  }
}

TEST(TopK, KeepsTheBestSorted) {
  for_random_logits([](const std::vector<float>& logits) {
    for (const double k : {1.0, 2.0, 40.0, 100.0, 600.0, 4999.0}) {
      if (k >= static_cast<double>(logits.size())) continue;
      Race race(logits);
      race.apply(make_top_k(Params{{"k", k}}));
      EXPECT_EQ(race.ids(), head(ranking(logits), static_cast<size_t>(k)));
      EXPECT_TRUE(race.candidates.sorted);
    }
  });
}

TEST(TopK, AscendingLogits) {
  std::vector<float> logits(20000);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i);
  EXPECT_EQ(Race(logits).apply(make_top_k(Params{{"k", 50}})).ids(), head(ranking(logits), 50));
}

TEST(TopK, ZeroAndMoreThanThereAreKeepAll) {
  const std::vector<float> logits = {1, 3, 2};
  EXPECT_EQ(Race(logits).apply(make_top_k(Params{{"k", 0}})).ids(), (Ids{0, 1, 2}));
  EXPECT_EQ(Race(logits).apply(make_top_k(Params{{"k", 3}})).sorted_ids(), (Ids{0, 1, 2}));
  EXPECT_EQ(Race(logits).apply(make_top_k(Params{{"k", 1000}})).sorted_ids(), (Ids{0, 1, 2}));
}

TEST(TopK, TiesGoToTheLowerId) {
  EXPECT_EQ(Race(std::vector<float>(5000, 1.5f)).apply(make_top_k(Params{{"k", 3}})).ids(), (Ids{0, 1, 2}));
  EXPECT_EQ(Race({0.0f, -0.0f, 0.0f}).apply(make_top_k(Params{{"k", 2}})).ids(), (Ids{0, 1}));
}

TEST(TopP, KeepsTheNucleus) {
  for_random_logits([](const std::vector<float>& logits) {
    for (const double p : {0.0, 0.1, 0.5, 0.9, 0.95, 0.999, 0.9999999}) {
      for (const double min_keep : {0.0, 1.0, 5.0, 700.0}) {
        for (const bool presorted : {false, true}) {
          Race race(logits);
          if (presorted) sort_by_logit(&race.candidates);
          race.apply(make_top_p(Params{{"p", p}, {"min_keep", min_keep}}));
          expect_mass_head(race.ids(), ranking(logits), softmax(logits), p, static_cast<size_t>(min_keep));
          EXPECT_TRUE(race.candidates.sorted);
        }
      }
    }
  });
}

TEST(TopP, DecimalMassesAreReached) {
  const std::vector<float> logits = logs({0.1, 0.2, 0.3, 0.4});
  EXPECT_EQ(Race(logits).apply(make_top_p(Params{{"p", 0.7}})).ids(), (Ids{3, 2}));
  EXPECT_EQ(Race(logits).apply(make_top_p(Params{{"p", 0.8}})).ids(), (Ids{3, 2, 1}));
  EXPECT_EQ(Race(logits).apply(make_top_p(Params{{"p", 0}})).ids(), (Ids{3}));
  EXPECT_EQ(Race(logits).apply(make_top_p(Params{{"p", 0}, {"min_keep", 2}})).ids(), (Ids{3, 2}));
  EXPECT_EQ(Race(logits).apply(make_top_p(Params{{"p", 1}})).ids(), (Ids{0, 1, 2, 3}));
}

TEST(TopP, ExtremeLogits) {
  std::vector<float> logits(1000, -FLT_MAX);
  logits[7] = FLT_MAX;
  logits[9] = -kInf;
  EXPECT_EQ(Race(logits).apply(make_top_p(Params{{"p", 0.99}})).ids(), (Ids{7}));
  EXPECT_EQ(Race(logits).apply(make_top_p(Params{{"p", 0.99}, {"min_keep", 3}})).ids(), (Ids{7, 0, 1}));
}

TEST(MinP, KeepsWhatIsNotFarBelowTheBest) {
  for_random_logits([](const std::vector<float>& logits) {
    for (const double p : {1e-300, 1e-6, 0.05, 0.3, 1.0}) {
      Race race(logits);
      race.apply(make_min_p(Params{{"p", p}}));
      const double max = *std::max_element(logits.begin(), logits.end());
      Ids expected;
      for (size_t i = 0; i < logits.size(); ++i) {
        if (std::exp(logits[i] - max) >= p * (1 - 1e-12)) expected.push_back(static_cast<int32_t>(i));
      }
      EXPECT_EQ(race.ids(), expected);
    }
  });
}

TEST(MinP, EdgeCases) {
  const std::vector<float> logits = logs({0.1, 0.2, 0.3, 0.4});
  EXPECT_EQ(Race(logits).apply(make_min_p(Params{{"p", 0}})).ids(), (Ids{0, 1, 2, 3}));
  EXPECT_EQ(Race(logits).apply(make_min_p(Params{{"p", 0.26}})).ids(), (Ids{1, 2, 3}));
  EXPECT_EQ(Race(logits).apply(make_min_p(Params{{"p", 1}})).ids(), (Ids{3}));
  EXPECT_EQ(Race(logits).apply(make_min_p(Params{{"p", 1}, {"min_keep", 3}})).ids(), (Ids{3, 2, 1}));
  EXPECT_EQ(Race(logits).apply(make_min_p(Params{{"p", 1}, {"min_keep", 9}})).ids(), (Ids{0, 1, 2, 3}));
  EXPECT_EQ(Race({5, 5}).apply(make_min_p(Params{{"p", 1}})).ids(), (Ids{0, 1}));
  EXPECT_EQ(Race({5, -kInf}).apply(make_min_p(Params{{"p", 1e-300}})).ids(), (Ids{0}));
}

// Ids by rising |-ln p - H|, ties by id; nearly equal distances (rounding of the two computations) keep the order of
// `like`.
Ids typical_order(const std::vector<double>& p) {
  double entropy = 0;
  for (const double x : p) entropy -= x > 0 ? x * std::log(x) : 0;
  Ids ids(p.size());
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i);
  std::stable_sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) {
    return std::fabs(-std::log(p[static_cast<size_t>(a)]) - entropy) <
           std::fabs(-std::log(p[static_cast<size_t>(b)]) - entropy) - 1e-9;
  });
  return ids;
}

TEST(Typical, KeepsTheTypicalSet) {
  for (const size_t n : kSizes) {
    const std::vector<float> logits = random_logits(n, 11);
    for (const double p : {0.0, 0.2, 0.5, 0.95}) {
      for (const double min_keep : {0.0, 5.0, 700.0}) {
        SCOPED_TRACE(std::to_string(n) + " logits, p " + std::to_string(p));
        Race race(logits);
        race.apply(make_typical(Params{{"p", p}, {"min_keep", min_keep}}));
        expect_mass_head(race.ids(), typical_order(softmax(logits)), softmax(logits), p, static_cast<size_t>(min_keep));
      }
    }
  }
}

TEST(Typical, EdgeCases) {
  EXPECT_EQ(Race(logs({0.97, 0.01, 0.01, 0.01})).apply(make_typical(Params{{"p", 0.5}})).ids(), (Ids{0}));
  EXPECT_EQ(Race(logs({0.4, 0.2, 0.2, 0.2})).apply(make_typical(Params{{"p", 0.5}})).ids(), (Ids{1, 2, 3}));
  EXPECT_EQ(Race(logs({0.4, 0.6})).apply(make_typical(Params{{"p", 1}})).ids(), (Ids{0, 1}));
  EXPECT_EQ(Race({1, -kInf, 1}).apply(make_typical(Params{{"p", 0.9}})).ids(), (Ids{0, 2}));
  EXPECT_EQ(Race({3}).apply(make_typical(Params{{"p", 0}})).ids(), (Ids{0}));
}

TEST(Temperature, DividesTheLogits) {
  for_random_logits([](const std::vector<float>& logits) {
    for (const double t : {1e-5, 0.8, 1.0, 2.0, 1e30}) {
      Race race(logits);
      race.apply(make_temperature(Params{{"t", t}}));
      ASSERT_EQ(race.candidates.size, logits.size());
      for (size_t i = 0; i < logits.size(); ++i) {
        EXPECT_EQ(race.store[i].logit, static_cast<float>(double{logits[i]} / t));
      }
    }
  });
}

TEST(Temperature, ZeroAndBelowKeepTheBest) {
  for_random_logits([](const std::vector<float>& logits) {
    for (const double t : {0.0, -1.0, 1e-300}) {
      EXPECT_EQ(Race(logits).apply(make_temperature(Params{{"t", t}})).ids(), head(ranking(logits), 1));
    }
  });
}

TEST(Temperature, StaysFinite) {
  Race race({FLT_MAX, -FLT_MAX, -kInf});
  race.apply(make_temperature(Params{{"t", 0.001}}));
  EXPECT_EQ(race.store[0].logit, FLT_MAX);
  EXPECT_EQ(race.store[1].logit, -FLT_MAX);
  EXPECT_EQ(race.store[2].logit, -kInf);
}

TEST(Filters, LeaveExcludedCandidatesToTheChain) {
  for (const auto make : {make_top_p, make_min_p, make_typical}) {
    Race race({-kInf, -kInf});
    race.apply(make(Params{{"p", 0.5}}));
    EXPECT_EQ(race.candidates.size, 2u);
  }
}

TEST(Filters, ProbabilitiesAreRenormalisedAfterNarrowing) {
  Race race(random_logits(2000, 3));
  race.apply(make_top_p(Params{{"p", 0.9}})).apply(make_min_p(Params{{"p", 0.1}}));
  compute_probabilities(&race.candidates);
  double sum = 0;
  for (const Candidate& c : race.candidates.all.first(race.candidates.size)) sum += double{c.p};
  EXPECT_NEAR(sum, 1.0, 1e-6);
}

}  // namespace
}  // namespace wasmchord
