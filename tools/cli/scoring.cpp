#include "tools/cli/scoring.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace wasmchord::cli {

double log_normalizer(std::span<const float> logits) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) {
    sum += std::exp(logit - highest);
  }
  return highest + std::log(sum);
}

std::vector<std::pair<int32_t, double>> most_likely(std::span<const float> logits, size_t k) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  k = std::min(k, ids.size());
  std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(k), ids.end(),
                    [&](int32_t a, int32_t b) { return logits[a] != logits[b] ? logits[a] > logits[b] : a < b; });
  const double normalizer = log_normalizer(logits);
  std::vector<std::pair<int32_t, double>> top;
  top.reserve(k);
  for (size_t i = 0; i < k; ++i) {
    top.emplace_back(ids[i], logits[ids[i]] - normalizer);
  }
  return top;
}

}  // namespace wasmchord::cli
