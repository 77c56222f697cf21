// Applies single samplers to a list of logits, as the chain would.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "src/sampler/params.h"

namespace wasmchord::test {

inline constexpr float kInf = std::numeric_limits<float>::infinity();
using Params = std::vector<SamplerParam>;

// The candidates of `logits`, ids ascending.
struct Race {
  explicit Race(const std::vector<float>& logits) {
    for (const float logit : logits) store.push_back({static_cast<int32_t>(store.size()), logit, 0.0f});
    candidates.all = store;
    candidates.size = store.size();
  }
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  Race& apply(SamplerResult sampler) {
    EXPECT_TRUE(sampler.is_ok()) << sampler.status().message();
    if (sampler) sampler.value()->apply(&candidates);
    return *this;
  }
  std::vector<int32_t> ids() const {
    std::vector<int32_t> out;
    for (const Candidate& c : candidates.all.first(candidates.size)) out.push_back(c.id);
    return out;
  }
  std::vector<int32_t> sorted_ids() const {
    std::vector<int32_t> out = ids();
    std::sort(out.begin(), out.end());
    return out;
  }
  float logit_of(int32_t id) const {
    for (const Candidate& c : candidates.all.first(candidates.size)) {
      if (c.id == id) return c.logit;
    }
    return std::nanf("");
  }

  std::vector<Candidate> store;
  Candidates candidates;
};

// Normally distributed logits; `step` > 0 rounds them to its multiples, which makes ties.
inline std::vector<float> random_logits(size_t n, uint32_t seed, float step = 0.0f) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, 3.0f);
  std::vector<float> logits(n);
  for (float& logit : logits) {
    logit = normal(random);
    if (step > 0) logit = std::round(logit / step) * step;
  }
  return logits;
}

// The ids by descending logit, ties by lower id.
inline std::vector<int32_t> ranking(const std::vector<float>& logits) {
  std::vector<int32_t> ids(logits.size());
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i);
  std::stable_sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) {
    return logits[static_cast<size_t>(a)] > logits[static_cast<size_t>(b)];
  });
  return ids;
}

inline std::vector<double> softmax(const std::vector<float>& logits) {
  const double max = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p;
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double{logit} - max);
  for (const float logit : logits) p.push_back(std::exp(double{logit} - max) / sum);
  return p;
}

inline std::vector<float> logs(std::initializer_list<double> probabilities) {
  std::vector<float> out;
  for (const double p : probabilities) out.push_back(static_cast<float>(std::log(p)));
  return out;
}

}  // namespace wasmchord::test
