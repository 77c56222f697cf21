// What several samplers share: ordering, selection of the best, softmax, selection by probability mass.
#pragma once

#include <algorithm>
#include <array>
#include <cfloat>
#include <limits>

#include "src/sampler/sampler.h"

namespace wasmchord {

inline constexpr float kExcluded = -std::numeric_limits<float>::infinity();

// The total order of candidates, best first.
inline bool better(const Candidate& a, const Candidate& b) {
  return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

// A computed logit as float: what is finite stays so, -infinity stays excluded.
inline float bounded_logit(double logit) {
  if (logit == double{kExcluded}) return kExcluded;
  return static_cast<float>(std::clamp(logit, -double{FLT_MAX}, double{FLT_MAX}));
}

size_t best_index(const Candidates& candidates);  // size >= 1
void sort_by_logit(Candidates* candidates);
// Keeps the k best, sorted; all of them, in their order, where there are no more than k (k >= 1).
void keep_best(Candidates* candidates, size_t k);
// Keeps [0, size), which changes the distribution.
void truncate(Candidates* candidates, size_t size);
// p_i = e^(l_i - max) / sum_j e^(l_j - max); all 0 where every logit is -infinity.
void compute_probabilities(Candidates* candidates);

// Probabilities that come from float logits carry errors of this order: a mass this close to the wanted one reaches it,
// so that 0.4 + 0.3 reaches 0.7.
inline constexpr double kMassTolerance = 1e-6;

// The smallest set of lowest scores that holds `mass` of the probability and at least `min_keep` candidates.
struct MassRule {
  double mass;
  size_t min_keep;
  bool reached(double sum, size_t count) const {
    return sum >= mass - kMassTolerance && count >= std::max<size_t>(min_keep, 1);
  }
};

// Drops candidates that MassRule drops for sure, without sorting: their scores are binned, and every bin beyond the one
// in which the rule is fulfilled goes. Needs probabilities; `lowest` is the lowest score (finite). Keeps the order.
template <typename Score>
void drop_beyond_mass(Candidates* candidates, const MassRule& rule, double lowest, Score score) {
  constexpr size_t kBins = 256;
  constexpr double kBinsPerUnit = 8.0;  // the last bin starts 32 below the best: e^-32 of its probability
  const auto bin_of = [&](const Candidate& c) {
    const double distance = (score(c) - lowest) * kBinsPerUnit;
    return distance < kBins - 1 ? static_cast<size_t>(distance) : kBins - 1;
  };
  std::array<double, kBins> masses{};
  std::array<size_t, kBins> counts{};
  const std::span<Candidate> live = candidates->all.first(candidates->size);
  for (const Candidate& c : live) {
    const size_t bin = bin_of(c);
    masses[bin] += double{c.p};
    ++counts[bin];
  }
  size_t last = 0, count = counts[0];
  for (double sum = masses[0]; last + 1 < kBins && !rule.reached(sum, count); sum += masses[last]) {
    count += counts[++last];
  }
  size_t kept = 0;
  for (const Candidate& c : live) {
    if (bin_of(c) <= last) live[kept++] = c;
  }
  candidates->size = kept;
}

// Keeps the set of `rule`, ordered by score and then id.
template <typename Score>
void keep_mass(Candidates* candidates, const MassRule& rule, double lowest, Score score) {
  constexpr size_t kSmall = 512;  // below, sorting everything costs less than binning
  if (candidates->size > kSmall) drop_beyond_mass(candidates, rule, lowest, score);
  const std::span<Candidate> live = candidates->all.first(candidates->size);
  std::sort(live.begin(), live.end(), [&](const Candidate& a, const Candidate& b) {
    const double score_a = score(a), score_b = score(b);
    return score_a < score_b || (score_a == score_b && a.id < b.id);
  });
  size_t count = 0;
  for (double sum = 0; count < live.size() && !rule.reached(sum, count); ++count) sum += double{live[count].p};
  truncate(candidates, count);
}

}  // namespace wasmchord
