// Log-probabilities from logits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace wasmchord::cli {

// log(sum(exp(logits))), so that logits[i] - log_normalizer(logits) is the log-probability of i.
double log_normalizer(std::span<const float> logits);

// The k most likely ids with their log-probabilities, most likely first, equal ones by id.
std::vector<std::pair<int32_t, double>> most_likely(std::span<const float> logits, size_t k);

}  // namespace wasmchord::cli
