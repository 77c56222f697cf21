// From a RoPE configuration to the table of angles per position.
#pragma once

#include <vector>

#include "src/model/config.h"
#include "src/ops/plan.h"

namespace wasmchord {

// Divisors of each pair's frequency, [n_rot / 2] or empty: `rope_freqs` of Llama 3, or `rope_factors_short` and
// `rope_factors_long` of LongRoPE (Ding et al. 2024, arXiv:2402.13753), of which the second is for contexts longer than
// the original one.
struct RopeFactors {
  std::vector<float> always, short_context, long_context;
};

RopeTable make_rope_table(const RopeConfig& rope, const RopeFactors& factors);

}  // namespace wasmchord
